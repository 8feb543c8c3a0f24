"""Calendars, policies and the clocks of cases, stored."""
