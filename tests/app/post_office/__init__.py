"""Tests of the demo's post office."""
