"""The only writers of calendars and policies: each change makes a new version, and promises keep theirs."""

from __future__ import annotations

from app.service_levels.actions.calendars import (
    Holidays,
    add_feed,
    change_calendar,
    create_calendar,
    feed_was_read,
    freshen,
    hours_of,
    remove_feed,
    whole_hours,
)
from app.service_levels.actions.policies import change_policy, create_policy, terms_of
from app.service_levels.actions.simulations import ask_for_simulation, cancel_simulation

__all__ = [
    "Holidays",
    "add_feed",
    "ask_for_simulation",
    "cancel_simulation",
    "change_calendar",
    "change_policy",
    "create_calendar",
    "create_policy",
    "feed_was_read",
    "freshen",
    "hours_of",
    "remove_feed",
    "terms_of",
    "whole_hours",
]
