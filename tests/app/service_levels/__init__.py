"""Tests of service levels in the desk."""
