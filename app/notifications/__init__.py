"""What one person should know: a numbered list per user."""
