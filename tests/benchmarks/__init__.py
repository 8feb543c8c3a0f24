"""Measurements against named baselines; files bench_*.py, run by `make bench`, never by the tests."""
