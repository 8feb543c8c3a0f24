"""The built-in words of every mail that the desk writes by itself, in each of its languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wording:
    subject: str
    body: str


PLACEHOLDERS: dict[str, str] = {
    "mail.subject": "Re: The oven does not heat",
    "case.number": "#1042",
    "case.subject": "The oven does not heat",
    "case.status": "Open",
    "case.category": "open",
    "case.priority": "normal",
    "case.queue": "Support",
    "case.channel": "mail",
    "case.link": "https://desk.example/cases/42",
    "contact.name": "Aino Virtanen",
    "account.name": "Northwind Foods",
    "agent.name": "Maria Keller",
    "desk.name": "Harbour Support",
    "answer.due": "Tue 24 Nov 2026, 11:00",
    "signature": "Harbour Support\nQuay 3",
}
"""What a template may name in double braces, with the sample that a preview shows. `account.name`, `agent.name`,
`answer.due` and `signature` may be empty."""

SWITCH_OFF = {
    "en": "You do not want these notices? Switch them off here; answers of our people reach you all the same:",
    "ru": "Не хотите получать такие уведомления? Отключите их здесь; ответы сотрудников будут приходить по-прежнему:",
    "fi": "Etkö halua näitä ilmoituksia? Poista ne käytöstä tästä; henkilöstömme vastaukset tulevat silti perille:",
}
"""Below every notice, above the link."""

_EN = {
    "registered": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nyour message has reached us. It has the number {{case.number}}.\n"
        "{{#answer.due}}We will answer by {{answer.due}}.\n{{/answer.due}}\n"
        "You can simply answer this mail, or follow the case here:\n{{case.link}}\n\n{{desk.name}}",
    ),
    "taken": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nsomebody is now working on your case {{case.number}}.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "waiting": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nto go on with your case {{case.number}} we need an answer from you. "
        "Until then it waits.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "resolved": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nwe think that your case {{case.number}} is solved. "
        "If it is not, just answer this mail and it is open again.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "closed": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nyour case {{case.number}} is closed.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "reopened": Wording(
        "{{mail.subject}}",
        "Hello {{contact.name}},\n\nyour case {{case.number}} is open again, and we are looking at it."
        "\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "password_reset": Wording(
        "New password for {{desk.name}}",
        "Hello {{contact.name}},\n\nwith this link you choose a new password. It works once, for {{hours}} hours:\n"
        "{{link}}\n\nIf you did not ask for it, do nothing: your password stays as it is.\n\n{{desk.name}}",
    ),
    "sign_in_link": Wording(
        "Sign in to {{desk.name}}",
        "Hello {{contact.name}},\n\nthis link signs you in. It works once, for {{hours}} hours:\n{{link}}\n\n"
        "If you did not ask for it, do nothing.\n\n{{desk.name}}",
    ),
    "claim": Wording(
        "Your access to {{desk.name}}",
        "Hello {{contact.name}},\n\nwith this link you choose a password and see your cases. "
        "It works once, for {{hours}} hours:\n{{link}}\n\nIf you did not ask for it, do nothing.\n\n{{desk.name}}",
    ),
    "invite": Wording(
        "You are invited to {{desk.name}}",
        "Hello {{contact.name}},\n\nyou have been invited. With this link you choose a password. "
        "It works once, for {{hours}} hours:\n{{link}}\n\n{{desk.name}}",
    ),
}

_RU = {
    "registered": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nМы получили ваше сообщение. Номер обращения: {{case.number}}.\n"
        "{{#answer.due}}Мы ответим до {{answer.due}}.\n{{/answer.due}}\n"
        "Вы можете просто ответить на это письмо или следить за обращением здесь:\n{{case.link}}\n\n{{desk.name}}",
    ),
    "taken": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nВаше обращение {{case.number}} взято в работу.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "waiting": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nЧтобы продолжить работу над обращением {{case.number}}, нам нужен ваш ответ. "
        "До этого оно ожидает.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "resolved": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nМы считаем, что обращение {{case.number}} решено. "
        "Если это не так, просто ответьте на это письмо, и мы откроем его снова.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "closed": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nВаше обращение {{case.number}} закрыто.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "reopened": Wording(
        "{{mail.subject}}",
        "Здравствуйте, {{contact.name}}!\n\nВаше обращение {{case.number}} снова открыто, мы уже смотрим."
        "\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "password_reset": Wording(
        "Новый пароль — {{desk.name}}",
        "Здравствуйте, {{contact.name}}!\n\nПо этой ссылке можно выбрать новый пароль. Она действует один раз, "
        "срок в часах: {{hours}}.\n{{link}}\n\nЕсли вы этого не просили, ничего не делайте: пароль останется прежним."
        "\n\n{{desk.name}}",
    ),
    "sign_in_link": Wording(
        "Вход — {{desk.name}}",
        "Здравствуйте, {{contact.name}}!\n\nЭта ссылка для входа действует один раз, срок в часах: {{hours}}.\n{{link}}\n\n"
        "Если вы этого не просили, ничего не делайте.\n\n{{desk.name}}",
    ),
    "claim": Wording(
        "Ваш доступ — {{desk.name}}",
        "Здравствуйте, {{contact.name}}!\n\nПо этой ссылке вы выберете пароль и увидите свои обращения. "
        "Она действует один раз, срок в часах: {{hours}}.\n{{link}}\n\nЕсли вы этого не просили, ничего не делайте."
        "\n\n{{desk.name}}",
    ),
    "invite": Wording(
        "Приглашение — {{desk.name}}",
        "Здравствуйте, {{contact.name}}!\n\nВас пригласили. По этой ссылке можно выбрать пароль. Она действует один раз, "
        "срок в часах: {{hours}}.\n{{link}}\n\n{{desk.name}}",
    ),
}

_FI = {
    "registered": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\nviestisi on saapunut meille. Sen numero on {{case.number}}.\n"
        "{{#answer.due}}Vastaamme viimeistään {{answer.due}}.\n{{/answer.due}}\n"
        "Voit vastata suoraan tähän viestiin tai seurata asiaa täällä:\n{{case.link}}\n\n{{desk.name}}",
    ),
    "taken": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\nasiaasi {{case.number}} käsitellään nyt.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "waiting": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\ntarvitsemme sinulta vastauksen, jotta voimme jatkaa asian {{case.number}} käsittelyä. "
        "Siihen asti asia odottaa.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "resolved": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\nuskomme, että asiasi {{case.number}} on ratkaistu. "
        "Jos näin ei ole, vastaa tähän viestiin, niin asia avataan uudelleen.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "closed": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\nasiasi {{case.number}} on suljettu.\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "reopened": Wording(
        "{{mail.subject}}",
        "Hei {{contact.name}},\n\nasiasi {{case.number}} on avattu uudelleen, ja käsittelemme sitä."
        "\n\n{{case.link}}\n\n{{desk.name}}",
    ),
    "password_reset": Wording(
        "Uusi salasana: {{desk.name}}",
        "Hei {{contact.name}},\n\ntästä linkistä voit valita uuden salasanan. Linkki toimii kerran, {{hours}} tunnin ajan:\n"
        "{{link}}\n\nJos et pyytänyt tätä, älä tee mitään: salasanasi pysyy ennallaan.\n\n{{desk.name}}",
    ),
    "sign_in_link": Wording(
        "Kirjautuminen: {{desk.name}}",
        "Hei {{contact.name}},\n\ntämä linkki kirjaa sinut sisään. Se toimii kerran, {{hours}} tunnin ajan:\n{{link}}\n\n"
        "Jos et pyytänyt tätä, älä tee mitään.\n\n{{desk.name}}",
    ),
    "claim": Wording(
        "Pääsysi palveluun {{desk.name}}",
        "Hei {{contact.name}},\n\ntästä linkistä valitset salasanan ja näet asiasi. "
        "Linkki toimii kerran, {{hours}} tunnin ajan:\n{{link}}\n\nJos et pyytänyt tätä, älä tee mitään.\n\n{{desk.name}}",
    ),
    "invite": Wording(
        "Kutsu palveluun {{desk.name}}",
        "Hei {{contact.name}},\n\nsinut on kutsuttu mukaan. Tästä linkistä valitset salasanan. "
        "Linkki toimii kerran, {{hours}} tunnin ajan:\n{{link}}\n\n{{desk.name}}",
    ),
}

BUILT_IN: dict[str, dict[str, Wording]] = {"en": _EN, "ru": _RU, "fi": _FI}
EVENTS = ("registered", "taken", "waiting", "resolved", "closed", "reopened")
"""The notices whose words can be edited; the mails of the sign-in cannot."""


def built_in(event: str, language: str) -> Wording:
    """The built-in words, in English where the language has none."""
    return BUILT_IN.get(language, _EN).get(event) or _EN[event]
