"""What has happened on the demo desk in its last days: cases told as lines, with minutes before now."""

from __future__ import annotations

from dataclasses import dataclass

from app.cases.rules import PriorityName


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that somebody did so many minutes ago.

    `who` is an address of app.demo.people; `what` is message, note, status, owner, priority or tags.
    """

    minutes: int
    who: str
    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Story:
    customer: str
    queue: str
    subject: str
    text: str
    minutes: int
    channel: str = "mail"
    priority: PriorityName = "normal"
    lines: tuple[Line, ...] = ()


AINO, PAVEL = "aino@northwind.example", "pavel@northwind.example"
ELINA, DMITRI = "elina@lakeside.example", "dmitri@orion.example"
GRACE, HENRIK = "grace@mailing.example", "henrik@mailing.example"
MARIA, TOMAS, OLGA = "maria@desk.example", "tomas@desk.example", "olga@desk.example"

STORIES = (
    Story(
        AINO,
        "Support",
        "Uuni 2 ei lämpene kunnolla",
        "Hei,\n\nuuni 2 jää aamuisin noin 40 astetta tavoitteesta. Eilen vielä toimi. Lokissa on virhe E-17 klo 5:12.\n"
        "Leipomo avaa kuudelta, joten asialla on kiire.\n\nTerveisin\nAino Virtanen",
        96,
        priority="high",
        lines=(
            Line(88, MARIA, "owner", MARIA),
            Line(
                86,
                MARIA,
                "note",
                "E-17 is the temperature probe of the M4 series. Spare part 4471 is in stock in Turku.",
            ),
            Line(
                81,
                MARIA,
                "message",
                "Hei Aino,\n\nE-17 tarkoittaa, että lämpötila-anturi ei vastaa. Voisitko katsoa, onko anturin liitin "
                "paikallaan uunin takana?\n\nMaria",
            ),
            Line(34, AINO, "message", "Liitin on paikallaan, mutta johto näyttää kuluneelta. Kuva tulossa."),
        ),
    ),
    Story(
        PAVEL,
        "Support",
        "Не приходит отчёт о продажах",
        "Здравствуйте!\n\nЕжедневный отчёт не приходит с понедельника. В настройках всё включено.\n\nПавел",
        310,
        channel="portal",
        lines=(
            Line(300, TOMAS, "owner", TOMAS),
            Line(
                292,
                TOMAS,
                "message",
                "Здравствуйте, Павел!\n\nМы видим, что отправка остановилась после смены пароля. Пожалуйста, войдите "
                "в отчёты один раз с новым паролем и напишите, пришло ли письмо.",
            ),
            Line(291, TOMAS, "status", "waiting"),
        ),
    ),
    Story(
        GRACE,
        "Billing",
        "Charged twice for November",
        "Hello,\n\nmy card was charged twice on 3 November (invoice 20311). Please refund one of the payments.\n\n"
        "Thank you\nGrace Okafor",
        1500,
        lines=(
            Line(1480, TOMAS, "owner", TOMAS),
            Line(
                1470,
                TOMAS,
                "note",
                "Confirmed with the payment log: the second attempt came from a retry. Refund approved by Olga.",
            ),
            Line(
                1465,
                TOMAS,
                "message",
                "Hello Grace,\n\nyou are right, and we are sorry. The refund is on its way and takes "
                "two to three working days.\n\nTomas",
            ),
            Line(1464, TOMAS, "status", "resolved"),
        ),
    ),
    Story(
        ELINA,
        "Support",
        "Vuoroluettelon tulostus leikkaa oikean reunan",
        "Hei! Kun tulostan vuoroluettelon, oikea reuna jää pois. Paperi on A4. Liitteenä ei nyt kuvaa, voin lähettää "
        "tarvittaessa.",
        47,
        lines=(),
    ),
    Story(
        DMITRI,
        "Support",
        "Нужен доступ для нового диспетчера",
        "Добрый день! Просим добавить доступ для Анны Соколовой (a.sokolova@orion.example), роль «диспетчер».",
        190,
        lines=(Line(182, OLGA, "tags", "access"),),
    ),
    Story(
        HENRIK,
        "Support",
        "How do I export last year's orders?",
        "Hi, I need all orders of 2025 as a spreadsheet for our accountant. Is there an export?",
        4300,
        channel="portal",
        priority="low",
        lines=(
            Line(4210, MARIA, "owner", MARIA),
            Line(
                4200,
                MARIA,
                "message",
                "Hi Henrik,\n\nunder Orders choose the year and then Export; the file opens in any "
                "spreadsheet program.\n\nMaria",
            ),
            Line(4100, HENRIK, "message", "Found it, thanks!"),
            Line(4090, MARIA, "status", "closed"),
        ),
    ),
    Story(
        AINO,
        "Billing",
        "Laskun osoite muuttuu 1.12.",
        "Hei, laskutusosoitteemme on 1.12. alkaen Satamakatu 8, 20100 Turku. Voitteko päivittää?",
        640,
        channel="portal",
        lines=(
            Line(600, TOMAS, "note", "Needs the address change form as well; asked accounting."),
            Line(598, TOMAS, "status", "on_hold"),
        ),
    ),
    Story(
        ELINA,
        "Support",
        "Järjestelmä ei avaudu yhdelläkään koneella",
        "Kaikki vastaanoton koneet näyttävät vain valkoista sivua klo 8 alkaen. Potilaita ei voi kirjata. Kiireellinen!",
        13,
        priority="urgent",
        lines=(),
    ),
)
