"""What the benchmark of whole replies is made of: the load, and the bare statements."""
