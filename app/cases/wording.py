"""Words for what a case does not have, where the desk writes to somebody; screens say it from their own catalogues."""

from __future__ import annotations

NO_SUBJECT = {"en": "(no subject)", "ru": "(без темы)", "fi": "(ei aihetta)"}


def shown_subject(subject: str, language: str) -> str:
    """The subject as it is shown in `language`: the stored one, or the words for none."""
    return subject or NO_SUBJECT.get(language, NO_SUBJECT["en"])
