"""What people look like on the wire."""
