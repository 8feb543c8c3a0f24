"""Journeys with a real browser: a real desk, the built front end, Chromium."""
