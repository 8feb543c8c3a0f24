"""Views: saved questions over all cases, shared or one's own."""
