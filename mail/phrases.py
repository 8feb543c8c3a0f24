"""Words by which out-of-office notes, bounces and complaints give themselves away, in the languages of the desks that use us."""

from __future__ import annotations

_SUBJECT_READ = 300  # characters
_TEXT_READ = 6_000  # characters; what a mail server says, it says at the top

# A subject that starts so, after "Re:" marks are dropped.
_OUT_OF_OFFICE_START = (
    "out of office", "out of the office", "out-of-office", "ooo:", "ooo ", "automatic reply", "automatic response", "automated reply",
    "automated response", "auto reply", "auto-reply", "autoreply", "auto response", "auto-response", "autoresponse", "auto:",
    "autoresponder", "vacation", "on vacation", "on leave", "away from my mail", "away from the office", "i am away", "i'm away",
    "i am out of", "i'm out of", "on holiday", "maternity leave", "on annual leave", "no longer with", "auto answer",
    "automatische antwort", "automatische rückantwort", "autom. antwort", "abwesenheit", "abwesend", "automatische abwesenheits",
    "außer haus", "nicht im büro", "nicht im haus", "urlaub:", "abwesenheitsnotiz", "abwesenheitsassistent", "ich bin nicht im",
    "ich bin im urlaub", "autoreply:", "abwesenheitsmeldung", "abwesenheitsbenachrichtigung",
    "réponse automatique", "absence du bureau", "absent du bureau", "absence:", "absent(e)", "message d'absence", "je suis absent",
    "en congé", "reponse automatique", "notification d'absence",
    "respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina", "ausencia", "estoy de vacaciones",
    "resposta automática", "resposta automatica", "fora do escritório", "ausência", "ausente do escritório", "fora do escritorio",
    "risposta automatica", "fuori sede", "fuori ufficio", "assente", "assenza",
    "automatisch antwoord", "afwezig", "niet aanwezig", "automatische afwezigheid", "afwezigheid", "buiten kantoor",
    "autosvar", "automatiskt svar", "frånvaro", "frånvarande", "ej på kontoret", "semester:", "inte på kontoret",
    "automatisk svar", "fravær", "ikke på kontoret", "ikke til stede", "fraværende", "fraværsbesked", "på ferie",
    "automaattinen vastaus", "poissa", "poissaolo", "lomalla", "olen lomalla", "automaattivastaus", "en ole paikalla",
    "автоматический ответ", "автоответ", "нет на месте", "в отпуске", "отсутств", "вне офиса", "я в отпуске", "автоматична відповідь",
    "odpowiedź automatyczna", "automatyczna odpowiedź", "nieobecność", "poza biurem", "jestem na urlopie", "autoodpowiedź",
    "automatická odpověď", "automaticka odpoved", "mimo kancelář", "nepřítomnost", "automatická odpoveď",
    "automatikus válasz", "házon kívül", "szabadságon", "távollét",
    "răspuns automat", "raspuns automat", "automatski odgovor", "samodejni odgovor", "automatinis atsakymas", "automātiskā atbilde",
    "automaatvastus", "автоматичен отговор", "αυτόματη απάντηση", "εκτός γραφείου",
    "otomatik yanıt", "otomatik cevap", "ofis dışında", "תשובה אוטומטית", "הודעת היעדרות", "رد تلقائي", "الرد التلقائي",
    "自動応答", "自動返信", "不在通知", "不在の", "自动回复", "自動回覆", "自动答复", "不在办公室", "外出", "자동 회신", "부재중", "자동응답",
    "trả lời tự động", "balasan otomatis", "jawab automatik",
)  # fmt: skip

# A subject that has this anywhere: too plain to be a person's own words.
_OUT_OF_OFFICE_ANYWHERE = (
    "out of office", "out-of-office", "automatic reply", "auto-reply", "autoreply", "autoresponder", "automatische antwort",
    "abwesenheitsnotiz", "réponse automatique", "respuesta automática", "resposta automática", "risposta automatica",
    "automatisch antwoord", "autosvar:", "automaattinen vastaus", "автоматический ответ", "automatyczna odpowiedź",
    "automatická odpověď", "vacation reply", "vacation response", "auto response", "auto-response", "is out of the office",
    "away from my mail", "(away)", "is on vacation", "自动回复", "自動返信", "自動応答", "자동 회신",
)  # fmt: skip

_REPLY_MARKS = ("re:", "aw:", "sv:", "vs:", "antw:", "odp:", "res:", "rif:", "ответ:", "на:", "re :", "tr:", "fw:", "fwd:")

_UNDELIVERED_SUBJECT = (
    "undeliver", "delivery failure", "delivery failed", "delivery has failed", "delivery unsuccessful", "failure notice", "returned mail",
    "delivery status notification", "delivery status notice", "delivery notification", "delivery report", "delivery problem",
    "delivery error", "mail delivery", "mail failure", "message delivery", "could not be delivered", "couldn't be delivered",
    "cannot be delivered", "can't be delivered", "not delivered", "nondeliver", "non-deliver", "non deliver", "unable to deliver",
    "delivery delay", "delayed mail", "mail delayed", "warning: could not send", "returned to sender", "return to sender",
    "mail failed", "returning to sender", "メールエラー", "エラー通知", "mail returned", "returned e-mail", "returned email", "message returned", "error sending", "mail error", "mail system error",
    "unzustellbar", "nicht zugestellt", "nicht zustellbar", "unzugestellt", "zustellung fehlgeschlagen", "zustellungsfehler",
    "fehler bei der zustellung", "rückläufer", "non remis", "non distribué", "échec de la remise", "echec de la remise",
    "remise impossible", "non délivré", "échec de distribution", "no se puede entregar", "no se pudo entregar", "no entregado",
    "no se ha podido entregar", "error de entrega", "devuelto", "notificación de estado de entrega", "não entregue", "não foi entregue",
    "falha na entrega", "mensagem devolvida", "não é possível entregar", "mancato recapito", "non recapitabile", "mancata consegna",
    "impossibile recapitare", "consegna non riuscita", "niet bezorgd", "onbestelbaar", "niet afgeleverd", "kan niet worden bezorgd",
    "olevererat", "olevererbart", "kunde inte levereras", "oleveransbart", "kan inte levereras", "går inte att leverera",
    "ikke leveret", "kan ikke leveres", "kunne ikke leveres", "ikke levert", "uleverlig",
    "ei voida toimittaa", "ei toimitettu", "toimitus epäonnistui", "ei voi toimittaa", "toimittamatta",
    "недоставлен", "не доставлен", "не удалось доставить", "ошибка доставки", "не может быть доставлено", "невозможно доставить",
    "сбой доставки", "niedostarcz", "nie dostarcz", "nie można dostarczyć", "zwrot wiadomości", "nedoručiteln", "nelze doručit",
    "nedoručen", "kézbesíthetetlen", "nem kézbesíthető", "teslim edilemedi", "teslim edilemiyor", "παράδοση", "nu a putut fi livrat",
    "配信できません", "配信不能", "送信できません", "送信エラー", "配信エラー", "配信失敗", "未配信", "退信", "无法送达", "無法傳遞", "系统退信", "未送达", "传递失败", "반송", "배달 실패", "배달되지 않음",
    "failed delivery", "failed mail", "mail non-delivery", "user unknown", "permanent failure", "notification: delivery", "can't deliver",
    "problem delivering", "rejected:", "message rejected", "mail rejected", "delivery: ", "there was an error sending",
)  # fmt: skip

_UNDELIVERED = (
    "could not be delivered", "couldn't be delivered", "cannot be delivered", "can not be delivered", "was not delivered", "wasn't delivered",
    "not be delivered", "unable to deliver", "wasn't able to deliver", "was not able to deliver", "not able to deliver",
    "failed to deliver", "delivery failed", "delivery has failed", "delivery to the following", "did not reach", "undeliverable",
    "undelivered", "permanent fatal error", "permanent delivery error", "permanent error", "permanent failure", "delivery failure",
    "returned to sender", "could not deliver", "couldn't deliver", "cannot deliver", "can't deliver", "delivery error", "delivery problem",
    "user unknown", "unknown user", "no such user", "mailbox unavailable", "mailbox is full", "mailbox full", "address not found",
    "recipient rejected", "recipient address rejected", "addresses failed", "address failed", "address(es) failed", "were not delivered",
    "unrouteable address", "no such recipient", "unknown recipient", "invalid recipient", "account has been disabled", "does not exist",
    "was rejected", "has been rejected", "message rejected", "refused to accept", "error while delivering", "trouble delivering",
    "failed permanently", "has been delayed", "delivery delayed", "not yet been delivered", "will continue to", "will be retried",
    "had permanent", "had delivery", "had transient", "delivery status notification", "returned because", "bounce", "unknown host", "host unknown", "no valid recipients", "error delivering", "returning to sender", "cannot send", "could not send",
    "transcript of session", "mail delivery system", "returning your", "returned message", "not found", "unable to relay", "non-existent",
    "konnte nicht zugestellt", "nicht zugestellt werden", "unzustellbar", "konnten nicht zugestellt", "zustellung", "nicht zustellbar",
    "empfänger unbekannt", "n'a pas pu être", "n'a pu être", "non remis", "n'ont pas pu", "impossible de remettre", "échec de la remise",
    "no se pudo entregar", "no se ha podido", "no ha podido ser entregado", "no pudo ser entregado", "não pôde ser entregue", "não foi possível entregar",
    "não foi entregue", "non è stato possibile", "impossibile recapitare", "non è stato recapitato", "kon niet worden", "niet bezorgd", "niet afgeleverd",
    "kunde inte levereras", "kunne ikke leveres", "kan ikke leveres", "ei voitu toimittaa", "toimitus epäonnistui", "ei voida toimittaa",
    "не было доставлено", "не удалось доставить", "не может быть доставлено", "невозможно доставить", "недоставлен", "не доставлено",
    "nie mogła zostać dostarczona", "nie została dostarczona", "nie można dostarczyć", "nelze doručit", "nebylo možné doručit", "nem kézbesíthető",
    "配信できません", "送信できません", "配送できません", "届けることができません", "お届けできません", "存在しません", "送達できません", "送信に失敗", "配信に失敗", "失敗しました",
    "无法送达", "无法投递", "退回", "未能送达", "無法傳送", "배달되지", "전송하지 못했습니다", "teslim edilemedi",
)  # fmt: skip

_COMPLAINT = ("complaint", "feedback", "abuse", "spam", "reported", "unsolicited")


def is_out_of_office(subject: str, text: str) -> bool:
    """True if the subject is that of an automatic answer. The text alone never decides: people write about holidays too."""
    lowered = _plain_subject(subject)
    return lowered.startswith(_OUT_OF_OFFICE_START) or any(phrase in lowered for phrase in _OUT_OF_OFFICE_ANYWHERE)


def _plain_subject(subject: str) -> str:
    lowered = " ".join(subject[:_SUBJECT_READ].lower().replace("’", "'").split())
    for _ in range(5):
        mark = next((mark for mark in _REPLY_MARKS if lowered.startswith(mark)), None)
        if mark is None:
            break
        lowered = lowered[len(mark) :].lstrip()
    return lowered.lstrip("[(*\"' ")


def says_undelivered_subject(subject: str) -> bool:
    """True if the subject is one that mail servers give to bounces and delays."""
    lowered = subject[:_SUBJECT_READ].lower()
    return any(phrase in lowered for phrase in _UNDELIVERED_SUBJECT)


def says_undelivered(text: str) -> bool:
    """True if the top of the text says that mail was not delivered."""
    lowered = text[:_TEXT_READ].lower().replace("’", "'")
    lowered = " ".join(lowered.split())
    return any(phrase in lowered for phrase in _UNDELIVERED)


def says_complaint(text: str) -> bool:
    """True if the words are those of an abuse report."""
    lowered = text.lower()
    return any(word in lowered for word in _COMPLAINT)
