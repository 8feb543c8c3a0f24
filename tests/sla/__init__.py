"""Tests of the service-level engine."""
