"""Reports for team leads: what came in, what was promised and kept, how long things took, who is on."""
