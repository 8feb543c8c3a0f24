"""Words by which out-of-office notes, bounces and complaints give themselves away, in the languages
of the desks that use us."""

from __future__ import annotations

from . import words

_SUBJECT_READ = 300  # characters
_TEXT_READ = 6_000  # characters; what a mail server says, it says at the top

# A subject that starts so, after "Re:" marks are dropped.
_OUT_OF_OFFICE_START = words.read("out_of_office_start")

# A subject that has this anywhere: too plain to be a person's own words.
_OUT_OF_OFFICE_ANYWHERE = words.read("out_of_office_anywhere")

_ROBOT_WORDS = ("auto", "авто", "自动", "自動", "자동")  # no person begins a subject with these
_REPLY_MARKS = (
    "re:",
    "aw:",
    "sv:",
    "vs:",
    "antw:",
    "odp:",
    "res:",
    "rif:",
    "ответ:",
    "на:",
    "re :",
    "tr:",
    "fw:",
    "fwd:",
)

_UNDELIVERED_SUBJECT = words.read("undelivered_subject")

_UNDELIVERED = words.read("undelivered_text")

_COMPLAINT = ("complaint", "feedback", "abuse", "spam", "reported", "unsolicited")


def is_out_of_office(subject: str, text: str) -> bool:
    """True if the subject is that of an automatic answer. The text alone never decides: people
    write about holidays too."""
    lowered = _plain_subject(subject)
    if any(phrase in lowered for phrase in _OUT_OF_OFFICE_ANYWHERE):
        return True
    return any(_begins(lowered, phrase) for phrase in _OUT_OF_OFFICE_START)


def _begins(subject: str, phrase: str) -> bool:
    """A single word ("Absence", "Poissa") must stand alone, or before a colon or a date: "Absence form broken" is a
    person's."""
    if not subject.startswith(phrase):
        return False
    rest = subject[len(phrase) :]
    if (
        " " in phrase
        or phrase.startswith(_ROBOT_WORDS)
        or phrase.endswith(":")
        or (not phrase.isascii() and len(phrase) < 6)
    ):
        return True
    return not rest or rest[0] in ":([!.,;–—-" or rest.lstrip(" ")[:1].isdigit()


def _plain_subject(subject: str) -> str:
    lowered = " ".join(subject[:_SUBJECT_READ].lower().replace("’", "'").split())
    for _ in range(5):
        mark = next((mark for mark in _REPLY_MARKS if lowered.startswith(mark)), None)
        if mark is None:
            break
        lowered = lowered[len(mark) :].lstrip()
    return lowered.lstrip("[(*\"' ")


def says_undelivered_subject(subject: str) -> bool:
    """True if the subject is one that mail servers give to bounces and delays."""
    lowered = subject[:_SUBJECT_READ].lower()
    return any(phrase in lowered for phrase in _UNDELIVERED_SUBJECT)


def says_undelivered(text: str) -> bool:
    """True if the top of the text says that mail was not delivered."""
    lowered = text[:_TEXT_READ].lower().replace("’", "'")
    lowered = " ".join(lowered.split())
    return any(phrase in lowered for phrase in _UNDELIVERED)


def says_complaint(text: str) -> bool:
    """True if the words are those of an abuse report."""
    lowered = text.lower()
    return any(word in lowered for word in _COMPLAINT)
