"""The public holidays of countries, by the package `holidays`, as dates with names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import holidays
from holidays.utils import list_localized_countries, list_supported_countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """What can be chosen: `code` is ISO 3166, `subdivisions` are codes with names, `languages` those of the names."""

    code: str
    subdivisions: dict[str, str]
    languages: tuple[str, ...]


@lru_cache(maxsize=1)
def countries() -> tuple[Country, ...]:
    """Every country there is a list for, by its code."""
    languages = list_localized_countries(include_aliases=False)
    return tuple(
        Country(code=code, subdivisions=_named(code, found), languages=tuple(languages.get(code, ())))
        for code, found in sorted(list_supported_countries(include_aliases=False).items())
    )


def _named(code: str, subdivisions: Iterable[str]) -> dict[str, str]:
    names: dict[str, str] = {}
    for alias, subdivision in getattr(holidays, code).subdivisions_aliases.items():
        names[subdivision] = max(alias, names.get(subdivision, ""), key=len)
    return {one: names.get(one, one) for one in subdivisions}


def wrong_choice(country: str, subdivision: str, language: str) -> tuple[str, str] | None:
    """The field at fault and what to do, None where the choice is fine."""
    if not country:
        return ("subdivision", "Choose a country first.") if subdivision else None
    found = next((one for one in countries() if one.code == country), None)
    if found is None:
        return "country", f"There is no list of holidays for {country!r}; use a code like FI."
    if subdivision and subdivision not in found.subdivisions:
        return "subdivision", f"{country} has no {subdivision!r}; use one of {', '.join(found.subdivisions) or 'none'}."
    if language and language not in found.languages:
        return "holiday_language", f"Use one of {', '.join(found.languages) or 'none'}."
    return None


def days_of(country: str, subdivision: str, language: str, years: Iterable[int]) -> dict[date, str]:
    """The public holidays of these years with their names; of several on one date all names."""
    if not country:
        return {}
    # Without a language the package would take that of the server's environment.
    language = language or getattr(holidays, country).default_language
    found = holidays.country_holidays(country, subdiv=subdivision or None, years=years, language=language, expand=False)
    return dict(sorted(found.items()))
