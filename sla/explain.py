"""Why a clock is due when it is: its whole life as segments whose sums add up, and a text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sla.calendar import Calendar
from sla.clock import Clock
from sla.clocks import Clocks, Terms
from sla.events import DONE, Event, Opened, StatusChanged
from sla.states import Kind, State
from sla.zones import zone_named


class Sort(StrEnum):
    """What a stretch of time was for one clock."""

    COUNTED = "counted"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    PAUSED = "paused"
    FINISHED = "finished"  # done in between, and owed again later


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One stretch of time [start, end). `planned` is what will be, if nothing happens, up to the due moment."""

    sort: Sort
    start: datetime
    end: datetime
    note: str = ""
    planned: bool = False
    why: str = field(default="", compare=False)
    """Of a pause: what was said when it began, usually the status."""
    by: str = field(default="", compare=False)
    """Of a pause: who began it."""

    @property
    def seconds(self) -> float:
        """Return its length in absolute seconds."""
        return (self.end - self.start).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """A clock with the parts it is made of, without gaps from its start to its end, or to its due moment."""

    clock: Clock
    calendar: Calendar
    parts: tuple[Part, ...]

    def total(self, sort: Sort, *, planned: bool | None = None) -> float:
        """Return the absolute seconds of one sort; with `planned`, of the past (False) or the future (True) only."""
        chosen = (part for part in self.parts if part.sort is sort and planned in (None, part.planned))
        return round(sum(part.seconds for part in chosen), 6)


def explain(events: Iterable[Event], terms: Terms, kind: Kind, now: datetime) -> Explanation:
    """Return why the clock of `kind` stands where it stands at `now`, from what happened; `events` in order of time.

    The counted parts up to now sum to what the clock has counted; with the planned ones, to its target.
    """
    clocks = Clocks(terms=terms)
    parts: list[Part] = []
    since: datetime | None = None
    pause = ("", "")
    for event in events:
        if event.at > now:
            break
        before = clocks.of(kind)
        if since is not None:
            parts += _parts(before, clocks.terms.calendar, since, event.at, pause)
        since = event.at if since is None else max(since, event.at)
        clocks = clocks.apply(event)
        after = clocks.of(kind)
        if after.started_at != before.started_at:
            parts = []
        if isinstance(event, StatusChanged | Opened) and event.category not in DONE:
            pause = (event.why or event.category, event.by)
    clock, calendar = clocks.advance(now).of(kind), clocks.terms.calendar
    if since is not None and clock.is_owed:
        parts += _parts(clock, calendar, since, now, pause)
        if clock.state is State.RUNNING and clock.due_at is not None:
            coming = _parts(clock, calendar, max(now, since), clock.due_at, pause)
            parts += [replace(part, planned=True) for part in coming]
    while parts and parts[-1].sort is Sort.FINISHED:
        parts.pop()
    return Explanation(clock=clock, calendar=calendar, parts=tuple(_joined(parts)))


def _parts(clock: Clock, calendar: Calendar, start: datetime, end: datetime, pause: tuple[str, str]) -> list[Part]:
    """Return what [start, end) was for a clock in this state."""
    if clock.started_at is None or end <= start:
        return []
    if not clock.is_owed:
        return [Part(sort=Sort.FINISHED, start=start, end=end)]
    if clock.paused_since is not None:
        why, by = pause
        note = f"{why}, {by}" if by else why
        return [Part(sort=Sort.PAUSED, start=start, end=end, note=note, why=why, by=by)]
    parts: list[Part] = []
    reached = start
    for segment in calendar.open_segments(start, end):
        parts += _closed(calendar, reached, segment.start)
        parts.append(Part(sort=Sort.COUNTED, start=segment.start, end=segment.end))
        reached = segment.end
    parts += _closed(calendar, reached, end)
    return parts


def _closed(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Part]:
    """Split closed time by local dates, so that holidays can be named; equal neighbours are joined later."""
    while start < end:
        day = calendar.local(start).date()
        midnight = _midnight(calendar, day + timedelta(days=1))
        stop = min(end, midnight) if midnight > start else end
        sort = Sort.HOLIDAY if day in calendar.holidays else Sort.CLOSED
        yield Part(sort=sort, start=start, end=stop, note=calendar.holidays.get(day, ""))
        start = stop


def _midnight(calendar: Calendar, day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=zone_named(calendar.zone)).astimezone(UTC)


def _joined(parts: Iterable[Part]) -> Iterator[Part]:
    last: Part | None = None
    for part in parts:
        if last is not None and replace(last, end=part.end) == replace(part, start=last.start):
            last = replace(last, end=part.end)
            continue
        if last is not None:
            yield last
        last = part
    if last is not None:
        yield last


def duration_text(seconds: float) -> str:
    """Write an amount of time for people: 1 h 05 min, 45 s, -20 min."""
    sign = "-" if seconds < 0 else ""
    minutes, rest = divmod(round(abs(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    words = [f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"] if hours or minutes or not rest else []
    return sign + " ".join([*words, *([f"{rest} s"] if rest else [])])


def render_text(explanation: Explanation) -> str:
    """Return the explanation as lines of text on the calendar's wall clock: a heading, the parts, the sums."""
    clock, calendar = explanation.clock, explanation.calendar
    if clock.started_at is None:
        return f"{clock.kind}: {clock.state}"
    heading = f"{clock.kind}: {clock.state}"
    done = clock.met_at or (None if clock.is_owed else clock.ended_at)
    if done is not None:
        counted = duration_text(clock.counted_seconds)
        heading += f" on {_local_text(calendar, done)} after {counted} counted"
    if clock.target_seconds is not None:
        heading += f", target {duration_text(clock.target_seconds)}"
    if clock.due_at is not None:
        heading += f", due {_local_text(calendar, clock.due_at)}"
    lines = [f"{heading} ({calendar.zone})"]
    for part in explanation.parts:
        words = f"{part.sort}" + (f" ({part.note})" if part.note else "") + (", planned" if part.planned else "")
        begin, end = _local_text(calendar, part.start), _local_text(calendar, part.end)
        lines.append(f"  {begin} – {end}  {duration_text(part.seconds):>12}  {words}")
    sums = [f"{sort} {duration_text(explanation.total(sort))}" for sort in Sort if explanation.total(sort)]
    lines.append("  sum: " + (", ".join(sums) or "nothing yet"))
    return "\n".join(lines)


def _local_text(calendar: Calendar, moment: datetime) -> str:
    local = calendar.local(moment)
    return f"{local:%a %Y-%m-%d %H:%M:%S}" if local.second else f"{local:%a %Y-%m-%d %H:%M}"
