"""Journeys through the whole product with real servers."""
