"""Queues: ordered work of a team."""
