"""The topics of the desk and what is sent under them, for the description of the live feed."""

from __future__ import annotations

from app.cases.schemas import CaseRow, EntryView, QueueCounters
from app.notifications.schemas import CaseReadUpTo, NotificationView
from app.portal.schemas import PortalCaseRow
from channels.asyncapi import TopicKind

TOPICS = (
    TopicKind(
        topic="case/{id}",
        kind="log",
        holds=(EntryView,),
        load="GET /api/cases/{id}/entries",
        about="A case, in the positions of its reader. Customers load `/api/portal/cases/{id}/entries`.",
    ),
    TopicKind(
        topic="person/me",
        kind="log",
        holds=(NotificationView,),
        load="GET /api/notifications",
        about="What the reader is told of.",
    ),
    TopicKind(
        topic="queue/{id}",
        kind="state",
        holds=(CaseRow,),
        load="GET /api/queues/{id}/cases",
        about="The cases of a queue, and its counters. `gone` with key `0`: load its order anew.",
    ),
    TopicKind(
        topic="view/{id}",
        kind="state",
        holds=(CaseRow,),
        load="GET /api/views/{id}/cases",
        about="The cases of a view.",
    ),
    TopicKind(
        topic="queues/all",
        kind="state",
        holds=(QueueCounters,),
        load="GET /api/queues",
        about="The counters of each queue, by its id. `gone` with key `0`: load all queues anew.",
    ),
    TopicKind(
        topic="saved/all",
        kind="state",
        holds=(),
        load="GET /api/{views, macros, canned-replies}",
        about="`gone` with key `view`, `macro` or `canned_reply`: load those anew.",
    ),
    TopicKind(
        topic="reads/me",
        kind="state",
        holds=(CaseReadUpTo,),
        load="GET /api/unread",
        about="How far the reader has read each case, and how much is unread.",
    ),
    TopicKind(
        topic="cases/mine",
        kind="state",
        holds=(PortalCaseRow,),
        load="GET /api/portal/cases",
        about="A customer's own cases.",
    ),
    TopicKind(
        topic="cases/company",
        kind="state",
        holds=(PortalCaseRow,),
        load="GET /api/portal/cases?scope=company",
        about="The cases of a customer's company.",
    ),
)
