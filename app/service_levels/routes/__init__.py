"""Calendars and policies for those who may administer them, and the clocks of a case for all of staff."""

from __future__ import annotations

from app.service_levels.routes import calendars, clocks, policies, simulations

ROUTES = [*calendars.ROUTES, *policies.ROUTES, *clocks.ROUTES, *simulations.ROUTES]
