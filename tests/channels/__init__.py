"""Tests of the live feed engine."""
