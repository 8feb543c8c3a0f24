"""The words of a push: a browser shows it while no page of ours is open to say it in the person's language."""

from __future__ import annotations

from app.cases.wording import shown_subject
from app.notifications.schemas import NotificationView

TITLES: dict[str, dict[str, str]] = {
    "en": {
        "mentioned": "{by} mentioned you in {number}",
        "assigned": "{by} gave you {number}",
        "customer_replied": "{by} answered in {number}",
        "watched": "News in {number}",
        "escalated": "{number} was escalated",
        "warning": "{number} will soon be overdue",
        "mail_failed": "A mail of {number} did not arrive",
        "mailbox_failed": "A mailbox does not work",
        "mail_limit": "Notices are held back",
        "quarantine_grew": "Mail was set aside",
    },
    "ru": {
        "mentioned": "{by} упоминает вас в {number}",
        "assigned": "{number} теперь у вас ({by})",
        "customer_replied": "{by}: ответ в {number}",
        "watched": "Новое в {number}",
        "escalated": "{number}: эскалация",
        "warning": "{number}: срок скоро истечёт",
        "mail_failed": "Письмо по {number} не доставлено",
        "mailbox_failed": "Почтовый ящик не работает",
        "mail_limit": "Уведомления задержаны",
        "quarantine_grew": "Письма отложены в карантин",
    },
    "fi": {
        "mentioned": "{by} mainitsi sinut tapauksessa {number}",
        "assigned": "{number} on nyt sinulla ({by})",
        "customer_replied": "{by} vastasi tapauksessa {number}",
        "watched": "Uutta tapauksessa {number}",
        "escalated": "{number} eskaloitiin",
        "warning": "{number} myöhästyy pian",
        "mail_failed": "Tapauksen {number} viesti ei mennyt perille",
        "mailbox_failed": "Postilaatikko ei toimi",
        "mail_limit": "Ilmoituksia on pidätetty",
        "quarantine_grew": "Viestejä siirrettiin karanteeniin",
    },
}


def push_payload(notification: NotificationView, language: str, desk_name: str) -> dict[str, object]:
    """What the service worker shows: title, body, the path to open; of two with one tag the later one stays."""
    data = notification.data
    titles = TITLES.get(language, TITLES["en"])
    values = {"by": str(data.get("by") or desk_name), "number": str(data.get("number") or data.get("subject") or "")}
    words = data.get("excerpt") or data.get("subject") or data.get("text") or ""
    if not words and "subject" in data:
        words = shown_subject("", language)
    return {
        "title": titles.get(notification.kind, "{number}").format(**values).strip() or desk_name,
        "body": str(words)[:300],
        "path": case_path(notification),
        "tag": f"casefeed-{notification.position}",
        "position": notification.position,
    }


def case_path(notification: NotificationView) -> str:
    if notification.case_id is None:
        return "/console"
    position = notification.data.get("position")
    return f"/console/case/{notification.case_id}" + (f"?entry={position}" if isinstance(position, int) else "")
