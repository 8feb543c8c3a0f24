"""Cases and their feeds: the one write path."""
