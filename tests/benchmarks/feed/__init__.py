"""The contestants of the benchmarks of the live feed, and what loads them."""
