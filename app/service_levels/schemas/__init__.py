"""What service levels look like on the wire."""
