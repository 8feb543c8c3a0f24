"""Cases → sockets: what was committed goes to the streams of those who may see it."""

from __future__ import annotations

from app.bridges import streams
from app.bridges.live_counts import LiveCounts
from app.bridges.live_rows import AT_ONCE, LiveRows
from app.bridges.live_saved import SavedFeed
from app.bridges.live_store import Store
from app.cases.counters import counted
from app.cases.entries import PublicEntry
from app.cases.events import CaseChanged, CaseRead
from app.cases.models import Case
from app.cases.order import Shelf
from app.cases.schemas import customer_entry, encode, staff_entry
from app.desk import Desk
from app.macros.events import CannedReplyChanged, MacroChanged
from app.notifications.events import Notified
from app.people.events import AccountWeighed, RightsChanged, SignedOut, TokensRevoked
from app.portal import queries as portal
from app.queues.events import QueueChanged
from app.views.events import ViewChanged
from channels.errands import Errands
from channels.frames import Gone, Read
from channels.hub import Hub

LISTS_CHANGE = frozenset({"participant_added", "participant_removed"})  # internal entries that move customers' lists


class LiveFeed:
    """Publishes after each commit. The hub finds by itself what could not be published; see `live_store.Store`."""

    def __init__(self, desk: Desk, hub: Hub, store: Store, errands: Errands) -> None:
        self._desk = desk
        self._hub = hub
        counts = LiveCounts(hub.publish_state, errands, proven=store.proven, now=desk.now)
        self._rows = LiveRows(hub, errands, count=counts.soon, views=store.views, now=desk.now)
        self._views = store.views
        self._saved = SavedFeed(hub, store.saved)

    def subscribe(self) -> None:
        bus = self._desk.bus
        bus.after(CaseChanged, self.case_changed)
        bus.after(CaseRead, self.case_read)
        bus.after(Notified, self.notified)
        bus.after(RightsChanged, self.rights_changed)
        bus.after(SignedOut, self.signed_out)
        bus.after(TokensRevoked, self.tokens_revoked)
        bus.after(QueueChanged, self.queue_changed)
        bus.after(AccountWeighed, self.account_weighed)
        bus.after(ViewChanged, self._views.view_changed)
        bus.after(ViewChanged, self._saved.view_changed)
        bus.after(MacroChanged, self._saved.macro_changed)
        bus.after(CannedReplyChanged, self._saved.reply_changed)

    async def case_changed(self, event: CaseChanged) -> None:
        staff, public = streams.case_staff(event.case_id), streams.case_public(event.case_id)
        shown = False
        kinds = {entry.kind for entry in event.entries}
        if "participant_removed" in kinds or (event.before and event.before.account_id != event.after.account_id):
            # Before the entries: whoever may no longer see the case must not get them.
            self._hub.rights_changed(topic=f"case/{event.case_id}")
        for entry in event.entries:
            self._hub.publish_entry(staff, entry.position, encode(staff_entry(entry)))
            if isinstance(entry, PublicEntry):
                shown = True
                self._hub.publish_entry(public, entry.public_position, encode(customer_entry(entry)))
        self._rows.changed(event, customers=shown or bool(kinds & LISTS_CHANGE))

    async def queue_changed(self, event: QueueChanged) -> None:
        """Lists of queues are asked for anew, and where the order changed the queue's own list too (key 0)."""
        found = await counted(self._desk.now(), queue_id=event.queue_id)
        self._hub.publish_state(streams.QUEUES, Gone("", "0", found.version))
        if event.reordered:
            self._hub.publish_state(streams.queue(event.queue_id), Gone("", "0", found.version))

    async def account_weighed(self, event: AccountWeighed) -> None:
        """The open cases of the account have other places; of very many the store tells by itself a little later."""
        cases = Case.filter(account_id=event.account_id).exclude(shelf=Shelf.DONE)
        found = await cases.order_by("id").limit(AT_ONCE).values_list("id", flat=True)
        self._rows.reranked(int(str(one)) for one in found)

    async def case_read(self, event: CaseRead) -> None:
        """A read mark goes to everybody on the case, in the positions that each side counts."""
        member = streams.member_id(event.user_id)
        if event.staff:
            self._hub.publish_passing(streams.case_staff(event.case_id), Read("", member, event.position))
            public = await portal.public_position_at(event.case_id, event.position)
            self._hub.publish_passing(streams.case_public(event.case_id), Read("", "desk", public))
        else:
            position = await portal.position_of_public(event.case_id, event.position)
            self._hub.publish_passing(streams.case_staff(event.case_id), Read("", member, position))

    async def notified(self, event: Notified) -> None:
        shown = event.notification
        self._hub.publish_entry(streams.person(event.user_id), shown.position, encode(shown))

    async def rights_changed(self, event: RightsChanged) -> None:
        self._hub.rights_changed(member=streams.member_id(event.user_id))

    async def signed_out(self, event: SignedOut) -> None:
        for session_id in event.session_ids:
            self._hub.sign_out(str(session_id))

    async def tokens_revoked(self, event: TokensRevoked) -> None:
        for token_id in event.token_ids:
            self._hub.sign_out(streams.token_session(token_id))
