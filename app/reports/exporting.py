"""A report as a file: CSV that spreadsheets open as it is, or an Excel workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import timedelta

import xlsxwriter

from app.reports.schemas import Figures

HEAD = (
    "Name",
    "Opened",
    "Resolved",
    "Reopened",
    "Reopen rate",
    "Backlog",
    "Promises kept",
    "Promises broken",
    "Share kept",
    "Answered",
    "First answer, median (h)",
    "First answer, 90th percentile (h)",
    "Resolution, median (h)",
    "Resolution, 90th percentile (h)",
)
SHARES = (4, 8)
HOURS = (10, 11, 12, 13)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""Spreadsheets run what begins like this, and names of accounts come from outside (OWASP, CSV injection)."""

Value = str | int | float | None


def share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def values_of(line: Figures) -> tuple[Value, ...]:
    def hours(seconds: int | None) -> float | None:
        return None if seconds is None else round(timedelta(seconds=seconds) / timedelta(hours=1), 2)

    return (
        line.label or "–",
        line.opened,
        line.resolved,
        line.reopened,
        share(line.reopened, line.resolved),
        line.backlog,
        line.kept,
        line.broken,
        share(line.kept, line.kept + line.broken),
        line.answered,
        hours(line.answer_median),
        hours(line.answer_p90),
        hours(line.resolution_median),
        hours(line.resolution_p90),
    )


def as_csv(lines: Sequence[Figures]) -> bytes:
    """UTF-8 with the mark by which Excel knows it; shares are between 0 and 1."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in lines:
        name, *numbers = values_of(line)
        shown = f"'{name}" if str(name).startswith(FORMULA_STARTS) else name
        writer.writerow([shown, *("" if one is None else round(one, 4) for one in numbers if not isinstance(one, str))])
    return ("\ufeff" + out.getvalue()).encode()


def as_workbook(lines: Sequence[Figures], title: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Report")
    bold, percent, hours = (
        book.add_format(how)
        for how in ({"bold": True, "text_wrap": True}, {"num_format": "0.0 %"}, {"num_format": "0.00"})
    )
    sheet.set_header(f"&L{title.replace('&', '&&')}")
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 28)
    sheet.set_column(1, len(HEAD) - 1, 13)
    sheet.write_row(0, 0, HEAD, bold)
    for at, line in enumerate(lines, start=1):
        for column, value in enumerate(values_of(line)):
            style = percent if column in SHARES else hours if column in HOURS else None
            if value is not None:
                sheet.write(at, column, value, style)
    sheet.autofilter(0, 0, max(1, len(lines)), len(HEAD) - 1)
    book.close()
    return out.getvalue()
