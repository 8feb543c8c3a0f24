"""What customers see: registration, their cases, and how the desk presents itself."""
