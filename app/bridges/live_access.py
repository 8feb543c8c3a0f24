"""Who may open a socket and what they may join: the permission module, asked by the live feed."""

from __future__ import annotations

from app.bridges import streams
from app.cases import actions, queries
from app.cases.queries import sight_of
from app.desk import Desk
from app.errors import DeskError
from app.people.authentication import TELLS_TROUBLE
from app.people.queries import person_of_api_token, person_of_session
from app.people.rights import Person, may_see_case, may_see_company
from app.queues.models import Queue
from app.views.actions import find_view
from channels.errors import NotAdmitted, Refused, SignedOut, Unavailable
from channels.ports import Access, Member, Scope
from channels.topics import Topic, parse_topic


class LiveAccess:
    """`Admit`, `Authorize` and `OnRead` of the channels engine, answered from the database at every question."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def admit(self, scope: Scope) -> Member:
        if isinstance(trouble := scope.get(TELLS_TROUBLE), Exception):
            raise Unavailable("Nobody can say who this is at the moment.") from trouble
        person = scope.get("user")  # set at the handshake by app.people.authentication
        if not isinstance(person, Person) or person.user_id is None:
            raise NotAdmitted("Sign in first.")
        return Member(
            id=streams.member_id(person.user_id), name=person.name, session=streams.session_id(person), detail=person
        )

    async def authorize(self, member: Member, topic: str) -> Access:
        person = await self._person_now(member.detail)
        if person is None:
            raise SignedOut("Your session has ended.")
        name = parse_topic(topic)
        access = await (self._for_staff(person, name) if person.staff else self._for_customer(person, name))
        if access is None:
            raise Refused("There is no such topic, or it is not for you.", code="not_found")
        return access

    async def on_read(self, member: Member, topic: str, access: Access, position: int) -> None:
        name = parse_topic(topic)
        person: Person = member.detail
        if name.kind != "case" or person.user_id is None:
            return
        if "write" not in person.scopes:
            raise Refused("This API token lacks the scope `write`.")
        async with self._desk.unit_of_work() as work:
            await actions.mark_read(
                work,
                case_id=int(name.key),
                user_id=person.user_id,
                name=person.name,
                position=position,
                seen_by=sight_of(person),
            )

    async def _person_now(self, known: Person) -> Person | None:
        now = self._desk.now()
        if known.token_id is not None:
            return await person_of_api_token(known.token_id, now=now)
        return await person_of_session(known.session_id or 0, now=now)

    async def _for_staff(self, person: Person, topic: Topic) -> Access | None:
        match topic.kind, topic.key:
            case "case", key if key.isdecimal():
                if not await self._may_see(person, int(key)):
                    return None
                staff, public = streams.case_staff(int(key)), streams.case_public(int(key))
                return Access(staff, typing_to=(staff, public), present_in=(staff,))
            case "queue", key if key.isdecimal() and await Queue.exists(id=int(key)):
                return Access(streams.queue(int(key)), kind="state")
            case "view", key if key.isdecimal() and await self._may_look(person, int(key)):
                return Access(streams.view(int(key)), kind="state")
            case "queues", "all":
                return Access(streams.QUEUES, kind="state")
            case "saved", "all":
                return Access(streams.SAVED, kind="state")
            case "person", "me" if person.user_id is not None:
                return Access(streams.person(person.user_id))
            case "reads", "me" if person.user_id is not None:
                return Access(streams.reads(person.user_id), kind="state")
        return None

    async def _for_customer(self, person: Person, topic: Topic) -> Access | None:
        match topic.kind, topic.key:
            case "case", key if key.isdecimal():
                if not await self._may_see(person, int(key)):
                    return None
                staff, public = streams.case_staff(int(key)), streams.case_public(int(key))
                # Customers are shown to staff, not to each other: who else of a company looks is nobody's business.
                return Access(public, typing_to=(staff, public), present_in=(staff,))
            case "cases", "mine" if person.contact_id is not None:
                return Access(streams.own_cases(person.contact_id), kind="state")
            case "cases", "company" if may_see_company(person) and person.account_id is not None:
                return Access(streams.company_cases(person.account_id), kind="state")
            case "person", "me" if person.user_id is not None:
                return Access(streams.person(person.user_id))
            case "reads", "me" if person.user_id is not None:
                return Access(streams.reads(person.user_id), kind="state")
        return None

    async def _may_see(self, person: Person, case_id: int) -> bool:
        try:
            return may_see_case(person, await queries.facts(case_id))
        except DeskError:
            return False

    async def _may_look(self, person: Person, view_id: int) -> bool:
        try:
            return await find_view(person, view_id) is not None
        except DeskError:
            return False
