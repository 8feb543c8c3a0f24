"""Canned replies and macros of the demo desk, in its three languages."""

from __future__ import annotations

from datetime import datetime

from app.database import unit_of_work
from app.events import Bus
from app.macros.actions import create_macro, create_reply
from app.macros.rules import AddTags, Reply, SetPriority, SetStatus, WriteNote
from app.people.models import User
from app.people.rights import Person
from app.queues.models import Queue

LEAD = "olga@desk.example"

LOG_WANTED = {
    "en": "Hello {{contact.name}},\n\nplease send us the log of the oven: Menu → Service → Log. "
    "With it we find the fault without a visit.\n\n{{me.name}}",
    "ru": "Здравствуйте, {{contact.name}}!\n\nПришлите, пожалуйста, журнал печи: Меню → Сервис → Журнал. "
    "По нему мы найдём неисправность без выезда.\n\n{{me.name}}",
    "fi": "Hei {{contact.name}},\n\nlähetä meille uunin loki: Valikko → Huolto → Loki. "
    "Sen avulla löydämme vian ilman käyntiä.\n\n{{me.name}}",
}
THANKS = {
    "en": "Thank you, {{contact.name}}. We are looking into it"
    "{{#answer.due}} and answer by {{answer.due}}{{/answer.due}}.\n\n{{me.name}}",
    "ru": "Спасибо, {{contact.name}}. Мы уже разбираемся{{#answer.due}} и ответим до {{answer.due}}{{/answer.due}}."
    "\n\n{{me.name}}",
    "fi": "Kiitos, {{contact.name}}. Selvitämme asiaa{{#answer.due}} ja vastaamme viimeistään {{answer.due}}"
    "{{/answer.due}}.\n\n{{me.name}}",
}
INVOICE_COPY = {
    "en": "Hello {{contact.name}},\n\nthe invoice is attached once more.\n\n{{me.name}}",
    "ru": "Здравствуйте, {{contact.name}}!\n\nСчёт ещё раз во вложении.\n\n{{me.name}}",
    "fi": "Hei {{contact.name}},\n\nlasku on vielä kerran liitteenä.\n\n{{me.name}}",
}
SOLVED = {
    "en": "Hello {{contact.name}},\n\nwe have not heard from you for a while, so we take it that {{case.number}} is "
    "solved. If not, simply answer.\n\n{{me.name}}",
    "ru": "Здравствуйте, {{contact.name}}!\n\nОт вас давно не было вестей, поэтому считаем {{case.number}} решённым. "
    "Если это не так, просто ответьте.\n\n{{me.name}}",
    "fi": "Hei {{contact.name}},\n\nemme ole kuulleet sinusta hetkeen, joten oletamme, että {{case.number}} on "
    "ratkennut. Jos näin ei ole, vastaa tähän.\n\n{{me.name}}",
}


async def texts_and_macros(bus: Bus, now: datetime) -> None:
    """What the team lead has shared with everybody."""
    user = await User.get(email=LEAD)
    lead = Person(
        user_id=user.id,
        session_id=None,
        contact_id=None,
        account_id=None,
        role="team_lead",
        name=user.name,
        language=user.language,
    )
    billing = await Queue.get(name="Billing")
    async with unit_of_work(bus, now=now) as work:
        await create_reply(work, lead, name="Send us the log", shortcut="log", texts=LOG_WANTED, shared=True)
        await create_reply(work, lead, name="Thank you, we look into it", shortcut="thanks", texts=THANKS, shared=True)
        await create_reply(
            work, lead, name="Invoice once more", shortcut="invoice", texts=INVOICE_COPY, shared=True,
            queue_id=billing.id,
        )  # fmt: skip
        await create_macro(
            work,
            lead,
            name="Ask for the log and wait",
            actions=[Reply(texts=LOG_WANTED), AddTags(tags=["log"]), SetStatus(status="waiting")],
            shared=True,
            sort=1,
        )
        await create_macro(
            work,
            lead,
            name="Solved, nobody answers any more",
            actions=[Reply(texts=SOLVED), SetStatus(status="resolved")],
            condition={"all": [{"fact": "category", "operator": "in", "value": ["waiting", "on_hold"]}]},
            shared=True,
            sort=2,
        )
        await create_macro(
            work,
            lead,
            name="Needs a technician",
            actions=[
                WriteNote(text="{{contact.name}} ({{account.name}}) needs a technician on site."),
                SetPriority(priority="high"),
                AddTags(tags=["visit"]),
                SetStatus(status="on_hold"),
            ],
            shared=True,
            sort=3,
        )
