"""Where the engines meet the application."""
