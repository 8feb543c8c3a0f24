"""The small page behind the link of a notice: switch them off, or on again. Plain HTML, for any browser."""

from __future__ import annotations

import html
from typing import Literal

TEXTS: dict[str, dict[str, str]] = {
    "en": {
        "title": "Notices by e-mail",
        "on": "You get a short mail when your cases are registered, taken, resolved or closed.",
        "off": "You get no notices about your cases. Answers of our people reach you all the same.",
        "done_off": "Done: you get no more notices.",
        "done_on": "Done: you get notices again.",
        "switch_off": "Switch notices off",
        "switch_on": "Switch notices on",
    },
    "ru": {
        "title": "Уведомления по почте",
        "on": "Вы получаете письмо, когда обращение зарегистрировано, взято в работу, решено или закрыто.",
        "off": "Уведомления о ваших обращениях отключены. Ответы сотрудников будут приходить по-прежнему.",
        "done_off": "Готово: уведомления больше не придут.",
        "done_on": "Готово: уведомления снова включены.",
        "switch_off": "Отключить уведомления",
        "switch_on": "Включить уведомления",
    },
    "fi": {
        "title": "Ilmoitukset sähköpostilla",
        "on": "Saat lyhyen viestin, kun asiasi kirjataan, otetaan työn alle, ratkaistaan tai suljetaan.",
        "off": "Et saa ilmoituksia asioistasi. Henkilöstömme vastaukset tulevat silti perille.",
        "done_off": "Valmis: et saa enää ilmoituksia.",
        "done_on": "Valmis: saat taas ilmoituksia.",
        "switch_off": "Poista ilmoitukset käytöstä",
        "switch_on": "Ota ilmoitukset käyttöön",
    },
}

_STYLE = (
    ":root{color-scheme:light dark;--ink:#1f2430;--paper:#fff;--soft:#5b6270;--line:#d9dce3;--act:#4338ca;--on:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e8eaf0;--paper:#14161c;--soft:#a3a9b8;--line:#343946;--act:#a5b4fc;"
    "--on:#14161c}}"
    "body{margin:0;font:16px/1.5 system-ui,sans-serif;background:var(--paper);color:var(--ink)}"
    "main{max-width:32rem;margin:15vh auto 0;padding:1.5rem}"
    "h1{font-size:1.25rem;margin:0 0 .75rem}p{margin:0 0 1.25rem}.soft{color:var(--soft);font-size:.875rem}"
    "button{font:inherit;font-weight:500;padding:.6rem 1rem;border:0;border-radius:.4rem;background:var(--act);"
    "color:var(--on);cursor:pointer}button:focus-visible{outline:3px solid var(--ink);outline-offset:2px}"
)


def notices_page(*, desk: str, language: str, state: Literal["on", "off"], done: bool) -> str:
    """The whole page in the contact's language; `state` is how it stands now."""
    texts = TEXTS.get(language, TEXTS["en"])
    other = "off" if state == "on" else "on"
    said = f'<p role="status"><strong>{texts[f"done_{state}"]}</strong></p>' if done else ""
    return (
        f'<!doctype html><html lang="{language if language in TEXTS else "en"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{texts['title']} · {html.escape(desk)}</title><style>{_STYLE}</style></head><body><main>"
        f'<p class="soft">{html.escape(desk)}</p><h1>{texts["title"]}</h1>{said}<p>{texts[state]}</p>'
        f'<form method="post"><input type="hidden" name="notices" value="{other}">'
        f"<button>{texts[f'switch_{other}']}</button></form></main></body></html>"
    )
