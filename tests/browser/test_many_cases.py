"""Many cases at once by keyboard: in a view and in My cases, looked at first, taken back after, one's place kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from app.cases.models import Case
from tests.browser.people import Screen, screen
from tests.support.casework import change, open_case
from tests.support.clock import RunningClock
from tests.support.desk import running_desk

if TYPE_CHECKING:
    from playwright.async_api import Browser, Locator

SUBJECTS = ("A crack in the door", "A lamp is out", "The fan is loud")


def row(shown: Screen, case: Case) -> Locator:
    return shown.page.locator(f'[data-case="{case.id}"]')


async def tags(case: Case) -> list[str]:
    return sorted((await Case.get(id=case.id)).tags)


async def test_tags_go_to_the_chosen_cases_of_a_view_and_are_taken_back(
    database: str, browser: Browser, tmp_path: Path
) -> None:
    from playwright.async_api import expect

    async with running_desk(database, tmp_path, clock=RunningClock()) as desk:
        cases = [await open_case(desk, subject=subject) for subject in SUBJECTS]
        await change(desk, cases[0], tags=["door"])
        maria = await desk.browser("maria")
        view = (await maria.post("/api/views", json={"name": "Everything", "condition": {}})).json()
        async with screen(browser, desk.url, maria) as shown:
            page = shown.page
            await shown.open(f"/console/view/{view['id']}")
            await expect(page.locator("[data-case]")).to_have_count(3)
            for case in cases[:2]:
                await row(shown, case).focus()
                await page.keyboard.press("x")
            await expect(page.get_by_text("2 selected")).to_be_visible()

            # t asks which tags, with the keyboard where they are written.
            await page.keyboard.press("t")
            await expect(page.get_by_label("Add", exact=True)).to_be_focused()
            await page.keyboard.type("part")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Control+Enter")

            # Before it is done each case says what it has and what it gets.
            preview = page.get_by_role("dialog", name="Tags: +part")
            await expect(preview.get_by_role("listitem").filter(has_text=SUBJECTS[0])).to_contain_text(
                "door → door, part"
            )
            await expect(preview.get_by_role("listitem").filter(has_text=SUBJECTS[1])).to_contain_text("– → part")
            assert await tags(cases[1]) == []
            await expect(page.get_by_role("button", name="Change 2 cases")).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Cases changed: 2", exact=True)).to_be_visible()
            assert [await tags(case) for case in cases] == [["door", "part"], ["part"], []]

            # The keyboard is at the row where it was, and goes on from there.
            await expect(row(shown, cases[1])).to_be_focused()
            await page.get_by_role("button", name="Undo").press("Enter")
            await expect(page.get_by_text("Taken back", exact=True)).to_be_visible()
            assert [await tags(case) for case in cases] == [["door"], [], []]
            assert shown.complaints == []


async def test_my_cases_are_changed_at_once_and_the_keyboard_stays_at_its_place(
    database: str, browser: Browser, tmp_path: Path
) -> None:
    from playwright.async_api import expect

    async with running_desk(database, tmp_path, clock=RunningClock()) as desk:
        maria_id = desk.people["maria"].id
        first, second, third = [await open_case(desk, subject=subject) for subject in SUBJECTS]
        for case in (first, second, third):
            await change(desk, case, owner_id=maria_id)
        async with screen(browser, desk.url, await desk.browser("maria")) as shown:
            page = shown.page
            await shown.open("/console/mine")
            await expect(page.locator("[data-case]")).to_have_count(3)
            await row(shown, second).focus()
            await page.keyboard.press("x")
            await page.get_by_role("button", name="Status").press("Enter")
            await page.get_by_role("menuitem", name="Resolved").press("Enter")
            dialog = page.get_by_role("dialog", name="Status: Resolved")
            await expect(dialog.get_by_role("listitem")).to_contain_text("New → Resolved")
            await expect(page.get_by_role("button", name="Change 1 case")).to_be_focused()
            await page.keyboard.press("Enter")

            # Its row leaves; the one that has taken its place has the keyboard.
            await expect(row(shown, second)).to_have_count(0)
            await expect(row(shown, third)).to_be_focused()
            await page.get_by_role("button", name="Undo").press("Enter")
            await expect(row(shown, second)).to_be_visible()
            await expect(page.get_by_role("listitem").filter(has=row(shown, second))).to_contain_text("New")
            assert [(await Case.get(id=case.id)).owner_id for case in (first, second, third)] == [maria_id] * 3
            assert shown.complaints == []
