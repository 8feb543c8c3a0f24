"""Who is told what: the new owner, and the owner whose customer has answered; never the one who did it."""

from __future__ import annotations

from app.notifications import queries
from tests.support.casework import change, note, open_case, reply
from tests.support.desk import TestDesk


async def told(desk: TestDesk, who: str) -> list[str]:
    return [one.kind for one in await queries.after(desk.people[who].id, 0, 100)]


async def test_who_is_given_a_case_hears_of_it_and_who_takes_it_does_not(desk: TestDesk) -> None:
    given, taken = await open_case(desk), await open_case(desk)
    await change(desk, given, "maria", owner_id=desk.people["tomas"].id)
    await change(desk, taken, "maria", owner_id=desk.people["maria"].id)
    assert (await told(desk, "tomas"), await told(desk, "maria")) == (["assigned"], [])


async def test_the_owner_hears_when_the_customer_answers(desk: TestDesk) -> None:
    case = await open_case(desk)
    await reply(desk, case, "pavel", "Nobody owns it yet.")
    await reply(desk, case, "maria")
    await reply(desk, case, "pavel", "Thank you.")
    await note(desk, case, "tomas")
    shown = await queries.after(desk.people["maria"].id, 0, 100)
    assert [(one.kind, one.case_id) for one in shown] == [("customer_replied", case.id)]
    assert shown[0].data == {"number": f"#{case.number}", "subject": case.subject}
