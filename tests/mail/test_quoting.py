"""What a person newly wrote is found, whatever program quoted the rest, and in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail import attributions, quote_words, quoting
from mail.quoting import fold, newly_written
from tests.support.work import lines_run

QUOTE = "\n> Please switch it off.\n> Maria"


@pytest.mark.parametrize(
    "attribution",
    [
        "On 4 May 2026 at 10:00, Maria Keller <maria@desk.example> wrote:",
        "On Mon, May 4, 2026 at 10:00 AM Maria Keller <maria@desk.example>\nwrote:",
        "Am 04.05.2026 um 10:00 schrieb Maria Keller:",
        "Am Mo., 4. Mai 2026 um 10:00 Uhr schrieb Maria Keller <\nmaria@desk.example>:",
        "Le lun. 4 mai 2026 à 10:00, Maria Keller <maria@desk.example> a écrit :",
        "El lun, 4 may 2026 a las 10:00, Maria Keller (<maria@desk.example>)\nescribió:",
        "Em seg., 4 de mai. de 2026 às 10:00, Maria Keller <maria@desk.example> escreveu:",
        "Il giorno lun 4 mag 2026 alle ore 10:00 Maria Keller <maria@desk.example> ha scritto:",
        "Op ma 4 mei 2026 om 10:00 schreef Maria Keller <maria@desk.example>:",
        "Den mån 4 maj 2026 kl 10:00 skrev Maria Keller <maria@desk.example>:",
        "man. 4. mai 2026 kl. 10:00 skrev Maria Keller <maria@desk.example>:",
        "ma 4. toukok. 2026 klo 10.00 Maria Keller (maria@desk.example) kirjoitti:",
        "пн, 4 мая 2026 г. в 10:00, Maria Keller <maria@desk.example>:",
        "4 мая 2026 г., в 10:00, Maria Keller <maria@desk.example> написал(а):",
        "pon., 4 maj 2026 o 10:00 Maria Keller <maria@desk.example> napisał(a):",
        "po 4. 5. 2026 v 10:00 odesílatel Maria Keller <maria@desk.example> napsal:",
        "4 May 2026 Pzt, saat 10:00 tarihinde Maria Keller <maria@desk.example> şunları yazdı:",
        "Maria Keller <maria@desk.example> ezt írta (időpont: 2026. máj. 4., H, 10:00):",
        "2026年5月4日(月) 10:00 Maria Keller <maria@desk.example>:",
        "Maria Keller <maria@desk.example> 于2026年5月4日周一 10:00写道：",
        "2026년 5월 4일 (월) 오전 10:00, Maria Keller <maria@desk.example>님이 작성:",
        "2026-05-04 10:00 GMT+03:00 Maria Keller <maria@desk.example>:",
        "maria@desk.example wrote on 04.05.2026 10:00:",
    ],
)
def test_an_attribution_and_its_quote_are_folded(attribution: str) -> None:
    assert newly_written(f"It still rings.\n\n{attribution}\n{QUOTE}") == "It still rings."


@pytest.mark.parametrize(
    "attribution",
    [
        "пн, 4 мая 2026 г. в 10:00, Мария Келлер <maria@desk.example>:",
        "пн, 4 мая 2026 г. в 10:00, Мария Келлер <\nmaria@desk.example>:",
        "пн, 4 мая 2026 г. в 10:00, Мария Келлер Служба технической поддержки\n<maria@desk.example>:",
        "2026年5月4日(月) 10:00 マリア・ケラー <maria@desk.example>:",
        "2026年5月4日(月) 10時00分 マリア・ケラー <maria@desk.example\n>：",
        "Понедельник, 4 мая 2026, 10:00 +03:00 от Мария Келлер <maria@desk.example>:",
        '04.05.2026, 10:00, "Мария Келлер" <maria@desk.example>:',
        '4 мая 2026, 10:00, "Мария Келлер" (maria@desk.example):',
        "ორშ, 4 მაი. 2026, 10:00 Maria Keller <\nmaria@desk.example>:",
        "ma 4.5.2026 klo 10.00 Maria Keller <maria@desk.example>:",
        "٤ مايو ٢٠٢٦، ١٠:٠٠ ماريا <maria@desk.example>:",
    ],
)
@pytest.mark.parametrize("old", ["Please switch it off.\n\nMaria", "> Please switch it off.\n> Maria", ""])
def test_an_attribution_without_a_verb_is_known_by_moment_and_sender(attribution: str, old: str) -> None:
    assert newly_written(f"It still rings.\n\n{attribution}\n\n{old}") == "It still rings."
    below = newly_written(f"{attribution}\n\n{old}\n\nIt still rings.")
    assert below.endswith("It still rings."), "nothing newly written stands above: what is not marked stays"
    assert ("Please switch it off." in below) == (bool(old) and ">" not in old)


@pytest.mark.parametrize(
    "line",
    [
        "On 04.05.2026 at 10:00 I ordered this from Baker Ltd <orders@baker.example>:",
        "04.05.2026 10:00 is when I called this in at Support <help@desk.example>:",
        "Call on 4 May 2026 before 10:00 or mail Aino <aino@northwind.example>:",
        "host mx1.desk.example [192.0.2.22]: 550 5.1.1 <maria@desk.example>:",
        "2026-05-04 10:00:00 Aino:",
        "Aino <aino@northwind.example>:",
        "04.05.2026 Aino <aino@northwind.example>:",
    ],
)
def test_a_line_that_only_names_a_moment_or_somebody_announces_nothing(line: str) -> None:
    text = f"It still rings.\n\n{line}\n\nfive loaves,\nno more"
    assert newly_written(text) == text


@pytest.mark.parametrize(
    "attribution",
    [
        "> Понедельник, 4 мая 2026, 10:00 +03:00 от Мария Келлер <maria@desk.example>:",
        "> On 4 May 2026 at 10:00, Maria Keller <maria@desk.example>\n> wrote:\n>",
    ],
)
def test_a_marked_attribution_announces_unmarked_lines(attribution: str) -> None:
    assert newly_written(f"It still rings.\n\n{attribution}\nPlease switch it off.") == "It still rings."
    answered = f"{attribution}\nIt still rings."
    assert newly_written(answered) == "It still rings."
    between = newly_written(f"Hello.\n\n{attribution}\n\nIt still rings.\n\n> Is it off now?\n\nYes.")
    assert between == "Hello.\n\nIt still rings.\n\nYes."
    nested = newly_written(f"Hello.\n\n> It is off.\n{attribution}\nIt still rings.")
    assert nested == "Hello.\n\nIt still rings."


@pytest.mark.parametrize(
    "block",
    [
        "From: Maria\nSent: Monday\nTo: Aino\nSubject: Oven",
        "*From:* Maria\n*Date:* Monday\n*Subject:* Oven",
        "Von: Maria\nGesendet: Montag\nAn: Aino\nBetreff: Ofen",
        "De : Maria\nEnvoyé : lundi\nÀ : Aino\nObjet : Four",
        "De: Maria\nEnviado el: lunes\nPara: Aino\nAsunto: Horno",
        "Lähettäjä: Maria\nLähetetty: maanantai\nVastaanottaja: Aino\nAihe: Uuni",
        "От: Maria\nОтправлено: понедельник\nКому: Aino\nТема: Печь",
        "Från: Maria\nSkickat: måndag\nTill: Aino\nÄmne: Ugn",
        "差出人: Maria\n送信日時: 2026年5月4日\n宛先: Aino\n件名: オーブン",
        "发件人： Maria\n发送时间： 2026年5月4日\n收件人： Aino\n主题： 烤箱",
        "From: Maria [mailto:maria@desk.example] Sent: Monday To: Aino Subject: Oven",
        "-----Original Message-----\nanything",
        "-------- Ursprüngliche Nachricht --------\nanything",
        "Begin forwarded message:\n\nanything",
        "________________________________\nFrom: Maria\nSubject: Oven",
        "--- Antworten Sie oberhalb dieser Linie ---\nanything",
    ],
)
def test_everything_below_the_head_of_an_old_mail_is_folded(block: str) -> None:
    assert newly_written(f"It still rings.\n\n{block}\n\nDear Aino,\nswitch it off.") == "It still rings."


@pytest.mark.parametrize(
    "text",
    [
        "From: the oven side I hear a ring.",
        "On Monday I wrote: it rings.\nNobody came.",
        "To do:\n* call\n* wait",
        "Date: please tell me one.",
        "I wrote to maria@desk.example:\n\nplease help.",
        "Result:\n> 5 loaves an hour is what I need\nand no less",
        "a | b | c\n1 | 2 | 3",
        "Sent from my desk, it is much easier than from my phone.",
        "The best regards the oven as broken.",
        "5 > 3",
    ],
)
def test_words_that_only_look_like_a_quote_stay(text: str) -> None:
    assert newly_written(text).split("\n")[0] == text.split("\n")[0]


@pytest.mark.parametrize(
    "ending",
    [
        "-- \nAino\nNorthwind Bakery",
        "--\nAino",
        "Best regards,\nAino Virtanen\nNorthwind Bakery\n+358 40 0000000",
        "Mit freundlichen Grüßen\n\nAino Virtanen",
        "Ystävällisin terveisin\nAino",
        "С уважением,\nАйно",
        "Cordialement,\nAino",
        "Mvh Aino",
        "Kind regards, Aino Virtanen",
        "/Aino",
        "-Aino",
        "Thanks,\nAino",
        "Sent from my iPhone",
        "Von meinem iPhone gesendet",
        "Lähetetty iPhonesta",
        "Отправлено с iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Envoyé de mon iPad",
        "iPhoneから送信",
        "________________________________\nbakers mailing list\nbakers@lists.example",
    ],
)
def test_a_signature_is_folded(ending: str) -> None:
    assert newly_written(f"Oven 3 rings.\n\n{ending}") == "Oven 3 rings."


def test_folded_lines_are_named() -> None:
    folded = fold("New.\n\n-- \nAino\n\nOn 4 May 2026 Maria wrote:\n> Old.")
    assert folded.new == "New."
    assert folded.signature == (2, 3, 4)
    assert folded.quoted == (5, 6)


def test_nothing_is_thrown_away_where_all_is_quote() -> None:
    assert newly_written("> only\n> a quote") == "> only\n> a quote"
    assert newly_written("") == ""


@given(
    st.lists(
        st.sampled_from(
            [
                "",
                "> a",
                "On ",
                "On 4 May 2026 Maria <m@x.example>",
                "wrote:",
                "-- ",
                "From: a",
                "Subject: b",
                "Best regards",
                "_____",
                "a b c",
                "|",
            ]
        ),
        max_size=40,
    )
)
def test_only_whole_lines_of_the_text_are_kept(lines: list[str]) -> None:
    kept = newly_written("\n".join(lines)).split("\n")
    assert set(kept) <= {line.strip() for line in lines} | {line.rstrip() for line in lines} | set(lines) | {""}


@pytest.mark.parametrize(
    "piece",
    [
        "On ",
        "On \n",
        "On 4 May\n",
        "From: a\n",
        "> \n",
        "_____\n",
        "-- \n",
        "Best regards\n",
        "a\n\n",
        "wrote:\n",
        "4.5.2026 10:00 A <a@b.example>:\n",
        "x\n> 4.5.2026 10:00 A <a@b.example>:\n\n",
        "<\n",
        "1:00 2026 " * 20 + "<a@\n",
        "Sent from my \n",
    ],
)
def test_the_work_grows_no_faster_than_the_text(piece: str) -> None:
    def work(times: int) -> int:
        return lines_run(lambda: newly_written(piece * times), quoting, quote_words, attributions)

    assert work(400) < 5 * work(100) + 5_000
