"""Words by which mail programs announce a quoted mail, and people take leave, in many languages."""

from __future__ import annotations

# Verb (stem) before the colon of an attribution.
_VERBS = (
    "wrote", "writes", "said", "schrieb", "geschrieben", "a écrit", "a ecrit", "écrit", "escribió", "escribio", "escribe", "va escriure",
    "escreveu", "ha scritto", "scrive", "schreef", "geschreven", "skrev", "skreiv", "skriver", "pisze", "napisał", "napisala", "napisał(a)", "napisao",
    "napisala", "napsal", "napísal", "kirjoitti", "kirjutas", "пишет", "писал", "написал", "пише", "написав", "написа", "писа",
    "yazdı", "şunları yazdı", "írta", "ezt írta", "a scris", "έγραψε", "egrapse", "rašė", "parašė", "rakstīja", "je napisal", "piše", "pisal",
    "写道", "寫道", "写了", "のメール", "のメッセージ", "さんは書きました", "書きました", "が書いた", "님이 작성", "작성:", "님의 말", "viết", "đã viết", "menulis",
    "כתב", "‫כתב", "كتب", "نوشت", "เขียน", "ने लिखा", "egin du", "escrigué", "skrifaði",
)  # fmt: skip
_STARTS = (
    "on ", "am ", "le ", "el ", "em ", "il ", "op ", "den ", "på ", "w dniu ", "dnia ", "dne ", "dňa ", "ons ", "mån ", "tors ", "fre ",
    "man ", "tir ", "tor ", "ons.", "fre.", "lör ", "sön ", "pe ", "ke ", "to ", "ti ", "ma ", "la ", "su ", "mon", "tue", "wed",
    "thu", "fri", "sat", "sun", "pon", "wt", "śr", "czw", "pt", "sob", "niedz", "pn", "ср", "пн", "вт", "чт", "пт", "сб", "вс", "в ", "у ", "στις ",
    "at ", "van ", "von ", "da ", "de ", "from ", "em:", "ngày", "pada ", "tarihinde", "dana ", "kell ", "în ", "pe data", "data ", "lunes",
    "quote", "zitat", "citat", "lainaus", "в письме", "понедельник", "вторник", "сред", "четверг", "пятниц", "суббот", "воскресень", "mandag", "tirsdag",
    "onsdag", "torsdag", "fredag", "lørdag", "søndag", "måndag", "tisdag", "lördag", "söndag", "maanantai", "tiistai", "keskiviikko",
    "torstai", "perjantai", "lauantai", "sunnuntai", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche", "vào",
    "<", "\"", "'",
)  # fmt: skip

_LABELS = {
    "from": ("from", "von", "de", "da", "van", "från", "fra", "od", "lähettäjä", "от", "отправитель", "від", "feladó", "gönderen", "kimden",
             "από", "expéditeur", "remitente", "mittente", "afzender", "absender", "avsändare", "nadawca", "odesílatel", "odosielateľ",
             "šalje", "pošiljatelj", "siuntėjas", "nuo", "no", "kellelt", "saatja", "frá", "expeditor", "de la", "差出人", "送信者", "寄件者", "发件人",
             "發件人", "寄件人", "보낸 사람", "보낸사람", "보낸이", "מאת", "من", "จาก", "từ", "dari", "от кого", "sender", "remetente"),
    "date": ("date", "sent", "gesendet", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em", "enviado em", "enviada", "fecha", "data", "inviato",
             "verzonden", "skickat", "skickat den", "sendt", "dato", "wysłano", "lähetetty", "päivämäärä", "pvm", "отправлено", "дата", "надіслано", "elküldve",
             "dátum", "gönderilme tarihi", "gönderildi", "gönderme tarihi", "tarih", "στάλθηκε", "ημερομηνία", "odesláno", "odoslané", "poslano", "išsiųsta",
             "nosūtīts", "saadetud", "kuupäev", "trimis", "送信日時", "日時", "日付", "传送时间", "发送时间", "發送時間", "寄件日期", "传送日期",
             "傳送日期", "日期", "时间", "보낸 날짜", "날짜", "נשלח", "תאריך", "تاريخ الإرسال", "التاريخ", "ngày", "tanggal", "dikirim"),
    "to": ("to", "an", "à", "para", "a", "aan", "till", "til", "do", "vastaanottaja", "кому", "címzett", "kime", "προς", "pour", "destinataire", "per", "komu", "za",
           "kam", "kellele", "saaja", "către", "destinatario", "宛先", "收件人", "收件者", "받는 사람", "받는사람", "받는이", "אל", "إلى", "empfänger",
           "mottagare", "modtager", "ontvanger", "đến", "kepada", "ถึง", "prima", "kimə", "kam"),
    "cc": ("cc", "kopie", "kopia", "kopi", "kopio", "копия", "copie à", "copie", "抄送", "副本", "참조", "másolatot kap", "bilgi", "кому копия"),
    "subject": ("subject", "betreff", "objet", "asunto", "assunto", "oggetto", "onderwerp", "ämne", "emne", "temat", "aihe", "тема", "tárgy", "konu", "θέμα",
                "předmět", "predmet", "zadeva", "tema", "teema", "subiect", "件名", "主题", "主題", "主旨", "제목", "נושא", "الموضوع", "chủ đề", "subjek", "perihal",
                "betr", "re", "efni", "assumpte", "gaia"),
    "reply-to": ("reply-to", "antwort an", "répondre à", "responder a", "odpowiedz do", "svar til", "svara till", "ответить"),
    "importance": ("importance", "wichtigkeit", "priority", "priorität", "attachments", "anlagen", "importancia", "prioridad"),
}  # fmt: skip
_LABEL_OF = {name: kind for kind, names in _LABELS.items() for name in names}

_SEPARATOR_WORDS = (
    "original", "originalnachricht", "ursprüngliche", "ursprünglich", "nachricht", "message d'origine", "forwarded", "weitergeleitet", "message transféré",
    "mensaje", "mensagem", "messaggio", "inoltrato", "bericht", "doorgestuurd", "meddelande", "meddelelse", "besked", "melding", "videresendt", "vidarebefordra",
    "viesti", "alkuperäinen", "välitetty", "wiadomość", "oryginalna", "przekazana", "zpráva", "původní", "správa", "pôvodná", "сообщение", "исходное", "пересылаемое",
    "пересланное", "письмо", "оригинал", "повідомлення", "üzenet", "eredeti", "orijinal", "mesaj", "ileti", "izvorno", "izvirno", "poruka", "kiri", "algne",
    "laiškas", "vēstule", "μήνυμα", "元のメッセージ", "転送", "原始邮件", "原始郵件", "邮件原件", "转发", "轉寄", "원본", "전달", "הודעה", "رسالة", "antwort", "reply", "quoted", "zitat",
    "begin forwarded", "oprindelig", "opprinnelig", "ursprungligt", "pesan", "thư",
)  # fmt: skip

_REPLY_MARKS = (
    "reply above this line", "write above this line", "type your reply above", "respond above this line", "please do not write below",
    "antworten sie oberhalb dieser", "oberhalb dieser linie", "über dieser zeile", "répondre au-dessus de cette ligne", "répondez au-dessus",
    "responda por encima de esta", "escriba su respuesta por encima", "responda acima desta linha", "rispondi sopra questa", "antwoord boven deze",
    "svara ovanför denna", "skriv ditt svar ovanför", "svar over denne linje", "svar over denne linjen", "vastaa tämän rivin yläpuolelle", "kirjoita vastauksesi tämän rivin",
    "ответьте выше этой", "пишите ответ выше", "напишите ответ выше этой", "odpowiedz powyżej tej", "odpovězte nad tento", "この行より上",
)  # fmt: skip

_PROGRAM_LINES = (
    "sent from my ", "sent from ", "sent via ", "sent with ", "sent by ", "get outlook for ", "sent using ", "gesendet mit ", "gesendet von ", "von meinem ", "diese nachricht wurde von meinem ",
    "diese nachricht wurde mit ", "envoyé de ", "envoyé depuis ", "envoyé à partir de ", "télécharger outlook", "enviado desde ", "enviado do ", "enviado de ", "enviado a partir ", "enviada do ",
    "enviat des ", "inviato da ", "verzonden vanaf ", "verstuurd vanaf ", "verzonden met ", "skickat från ", "skickad från ", "sendt fra ", "sendt via ", "wysłane z ", "wysłano z ", "odesláno z", "odoslané z ",
    "lähetetty ", "hanki outlook", "отправлено с ", "отправлено из ", "отправлено от ", "надіслано з ", "iphone'umdan gönderildi", "gönderildi", "elküldve ", "trimis de pe ", "poslano s ", "poslano z ", "στάλθηκε από ",
    "iphoneから送信", "ipadから送信", "androidから送信", "发自我的", "發自我的", "从我的", "傳送自", "나의 ", "내 iphone에서", "yahoo mail for iphone", "yahoo mail on android", "outlook for android", "outlook für ", "holen sie sich outlook",
    "von outlook", "skaffa outlook", "hent outlook", "download outlook", "scarica outlook", "obtener outlook", "obter o outlook", "pobierz aplikację outlook", "outlook для", "скачать outlook", "mobile.yahoo", "mail.ru для",
    "unsent from my", "typed on my", "written on my", "via mobile", "from my android", "from my iphone", "from my mobile",
)  # fmt: skip

_FAREWELLS = (
    "best regards", "kind regards", "warm regards", "regards", "with best regards", "with kind regards", "many regards", "best wishes", "best", "all the best", "cheers", "sincerely",
    "yours sincerely", "yours faithfully", "yours truly", "sincerely yours", "warmly", "cordially", "respectfully", "br", "kr", "rgds", "thanks and regards", "thanks & regards", "thank you and regards",
    "thanks and best regards", "thanks in advance", "many thanks", "with thanks", "thanks", "thanks a lot", "thank you", "thanks again", "thank you very much", "thx", "yours", "take care", "greetings", "have a nice day", "have a great day",
    "mit freundlichen grüßen", "mit freundlichen grüssen", "mit freundlichem gruß", "mit freundlichem gruss", "mit besten grüßen", "mit besten grüssen", "mit bestem gruß", "freundliche grüße", "freundliche grüsse", "freundlicher gruß",
    "viele grüße", "viele grüsse", "beste grüße", "beste grüsse", "liebe grüße", "liebe grüsse", "schöne grüße", "herzliche grüße", "herzliche grüsse", "grüße", "gruß", "gruss", "lg", "vg", "mfg", "hochachtungsvoll", "vielen dank", "danke", "besten dank",
    "vielen dank im voraus", "cordialement", "bien cordialement", "très cordialement", "bien à vous", "salutations", "meilleures salutations", "sincères salutations", "amicalement", "bonne journée", "merci", "merci d'avance", "cdlt", "respectueusement",
    "saludos", "un saludo", "saludos cordiales", "cordiales saludos", "atentamente", "un cordial saludo", "muchas gracias", "gracias", "saludos!", "atte", "cordialmente", "un abrazo",
    "atenciosamente", "cumprimentos", "com os melhores cumprimentos", "melhores cumprimentos", "abraços", "abraço", "att", "obrigado", "obrigada", "grato", "saudações",
    "cordiali saluti", "distinti saluti", "saluti", "un saluto", "cordialmente", "grazie", "a presto", "buona giornata",
    "met vriendelijke groet", "met vriendelijke groeten", "vriendelijke groet", "vriendelijke groeten", "groeten", "groet", "groetjes", "mvg", "hartelijke groet", "hoogachtend", "bedankt", "alvast bedankt",
    "med vänlig hälsning", "med vänliga hälsningar", "vänliga hälsningar", "vänlig hälsning", "hälsningar", "hälsning", "mvh", "med venlig hilsen", "venlig hilsen", "de bedste hilsner", "mange hilsner", "bedste hilsner", "hilsen", "hilsner", "vh", "kh",
    "kærlig hilsen", "med vennlig hilsen", "vennlig hilsen", "beste hilsen", "mange tak", "på forhånd tak", "tack", "tack på förhand", "tusen tack", "takk", "på forhånd takk", "allt gott", "bästa hälsningar",
    "ystävällisin terveisin", "terveisin", "parhain terveisin", "yhteistyöterveisin", "t.", "yst. terv.", "terv.", "terv", "kiitos", "kiittäen", "kiitos etukäteen", "terkuin", "parhaat terveiset",
    "с уважением", "с наилучшими пожеланиями", "всего доброго", "с приветом", "искренне ваш", "заранее спасибо", "спасибо", "благодарю", "заранее благодарен", "заранее благодарю", "всего хорошего", "з повагою", "дякую", "с почитание", "поздрави",
    "pozdrawiam", "z poważaniem", "z powazaniem", "z wyrazami szacunku", "serdecznie pozdrawiam", "pozdrowienia", "dziękuję", "z góry dziękuję", "łączę pozdrowienia", "pozdr",
    "s pozdravem", "s úctou", "s pozdravom", "děkuji", "ďakujem", "zdraví", "hezký den", "lijep pozdrav", "srdačan pozdrav", "lep pozdrav", "s poštovanjem", "pozdrav", "hvala", "üdvözlettel", "tisztelettel", "köszönettel", "köszönöm",
    "cu respect", "cu stimă", "mulțumesc", "saygılarımla", "iyi çalışmalar", "teşekkürler", "iyi günler", "με εκτίμηση", "ευχαριστώ", "lugupidamisega", "tervitades", "parimate soovidega", "pagarbiai", "ar cieņu", "bestu kveðjur", "kveðja",
    "よろしくお願いいたします", "よろしくお願いします", "宜しくお願い致します", "敬具", "以上", "此致", "祝好", "谢谢", "감사합니다", "בברכה", "תודה", "مع أطيب التحيات", "شكرا", "trân trọng", "salam", "hormat kami",
)  # fmt: skip
_FAREWELL_SET = frozenset(_FAREWELLS)
# Words of thanks also open a letter; they take leave only with a comma, or with nothing but a name below.
_THANKS = frozenset({"thanks", "thank you", "thanks a lot", "thank you very much", "thx", "vielen dank", "danke", "besten dank", "merci", "gracias", "muchas gracias",
                     "obrigado", "obrigada", "grazie", "bedankt", "tack", "tusen tack", "mange tak", "takk", "kiitos", "спасибо", "благодарю", "дякую", "dziękuję", "děkuji", "ďakujem", "hvala",
                     "köszönöm", "mulțumesc", "teşekkürler", "ευχαριστώ", "best", "many thanks", "谢谢", "감사합니다", "תודה", "شكرا", "以上", "att", "greetings", "warmly", "thanks again",
                     "よろしくお願いいたします", "よろしくお願いします"})  # fmt: skip

_LIST_FOOTER = ("mailing list", "to unsubscribe", "you received this message because you are subscribed", "you are receiving this because", "— reply to this email directly",
                "reply to this email directly or view it on", "unsubscribe from this", "to post to this group", "manage your subscription")  # fmt: skip


def starts_attribution(line: str) -> bool:
    """True if the line may begin an attribution: a day, a preposition of time, a name in quotes, a digit."""
    lowered = line.lower().lstrip("*_ ")
    return lowered[:1].isdigit() or lowered.startswith(_STARTS)


def is_attribution(line: str) -> bool:
    """True for "On 3 May 2024 at 10:12, Pavel Orlov <…> wrote:" in any language known here."""
    bare = line.rstrip(" *_>\u200e\u200f")
    if len(line) > 500 or not bare.endswith((":", "：", "wrote", "schrieb", "skrev", "kirjoitti", "écrit", "---")):
        return False
    lowered = bare.lower()
    if not any(char.isdigit() for char in lowered) and "@" not in lowered and not lowered.startswith(("on ", "am ", "le ", "<")):
        return False
    tail = lowered[-110:]
    return any(verb in tail for verb in _VERBS) and (_has_date(lowered) or "@" in lowered)


def is_bare_attribution(line: str) -> bool:
    """True for a line that announces the `>` lines right below it without a known verb: a colon, and an address or a date."""
    bare = line.rstrip(" *_")
    if len(line) > 300:
        return False
    if "@" in bare and bare.endswith((">", ":", ")", "]")) and _has_date(bare.lower()):
        return True
    return bare.endswith((":", "：")) and (("@" in bare and _has_date(bare.lower())) or any(verb in bare.lower()[-40:] for verb in _VERBS))


def _has_date(lowered: str) -> bool:
    """A year, a time of day, or a day with a separator: what every mail program puts into an attribution."""
    digits = 0
    for index, char in enumerate(lowered):
        if char.isascii() and char.isdigit():
            digits += 1
            continue
        if digits == 4 or (digits in (1, 2) and char in ":./-" and lowered[index + 1 : index + 2].isdigit()):
            return True
        if digits in (1, 2) and char in "., " and index + 3 < len(lowered) and lowered[index + 1 : index + 4].strip().isalpha():
            return True
        digits = 0
    return digits == 4


def label(line: str) -> str:
    """The kind of header that a line like "*Gesendet:* Montag …" or "De : Aino" carries, or an empty string."""
    plain = line.lstrip("*_ >|•").replace("：", ":")
    name, colon, _ = plain[:60].partition(":")
    if not colon:
        return ""
    return _LABEL_OF.get(name.strip(" *_\u00a0\u200e\u200f").lower(), "")


def is_separator(line: str) -> bool:
    """True for "-----Original Message-----" and its relatives in other languages."""
    if len(line) > 120 or line[:1] not in "-_=*—–#+>~" and not line.lower().startswith(("begin forwarded", "début du message", "anfang der weitergeleiteten", "inizio messaggio inoltrato", "inicio del mensaje", "início da mensagem", "vidarebefordrat brev", "videresendt besked", "начало переадресованного", "edelleenlähetetty viesti", "begin doorgestuurd bericht", "początek przekazywanej")):
        return False
    if line[:1].isalpha():
        return line.rstrip().endswith(":")
    inner = line.strip("-_=*—–#+>~ ")
    dashes = len(line) - len(inner)
    return dashes >= 4 and bool(inner) and line[:2].strip("-_=*—–#+>~ ") == "" and any(word in inner.lower() for word in _SEPARATOR_WORDS)


def is_rule(line: str) -> bool:
    """True for a line of dashes or underscores."""
    return len(line) >= 5 and not line.strip("_-=*—–─ ")


def is_reply_mark(line: str) -> bool:
    """True for the line by which desks ask to write above it."""
    lowered = line.lower()
    return len(line) < 200 and any(mark in lowered for mark in _REPLY_MARKS)


def is_list_footer(line: str) -> bool:
    """True for the first line of what list servers and forges add below a mail."""
    lowered = line.lower()
    return len(line) < 200 and any(mark in lowered for mark in _LIST_FOOTER) and not lowered.startswith(("i ", "we ", "how "))


def is_signature_mark(line: str) -> bool:
    """True for `-- ` (RFC 3676 4.3) and what is written instead of it."""
    bare = line.strip()
    return bare in ("--", "---", "—", "–", "__", "___", "-", "- -", "-- --", "--=20") or is_rule(line) or (bare.startswith("-- ") and len(bare) < 60)


def is_program_line(line: str) -> bool:
    """True for "Sent from my iPhone" and its relatives: one short line without a sentence around it."""
    bare = line.strip(" <>[]()*_.")
    lowered = bare.lower().replace("’", "'")
    if len(bare) > 90 or "," in bare[:-1] or not lowered.startswith(_PROGRAM_LINES) and not lowered.endswith(("から送信", "gönderildi", "にて送信", "에서 보냄")):
        return False
    return len(lowered.split("<")[0].split("http")[0].split()) <= 9 and not lowered.endswith("?")


def is_farewell(line: str, below: list[str]) -> bool:
    """True if the line takes leave ("Best regards,") and what stands below looks like a name and an address, not a letter."""
    lowered = line.strip(" *_").lower().replace("’", "'")
    bare = lowered.rstrip(" ,.!;:-–—")
    short = [text for text in below if len(text) <= 70]
    if bare in _FAREWELL_SET:
        if bare in _THANKS:
            return len(below) <= 1 and len(short) == len(below) and (not below or _is_name(below[0])) or (lowered.endswith(",") and bool(below) and _is_name(below[0]))
        return not below or len(below[0]) <= 60
    # "Best regards, Aino Virtanen" and "Mvh Johan" on one line.
    if len(lowered) > 60:
        return False
    for cut in (lowered.find(","), lowered.rfind(" "), lowered.find(" "), _second_space(lowered)):
        if cut > 0 and lowered[:cut].rstrip(" ,.!") in _FAREWELL_SET - _THANKS and _is_name(line.strip(" *_")[cut:].lstrip(" ,/-")):
            return not below or len(below[0]) <= 60
    return False


def _second_space(text: str) -> int:
    return text.find(" ", text.find(" ") + 1)


def _is_name(text: str) -> bool:
    """One to four words that begin with a capital letter, without a sentence's full stop."""
    parts = text.strip(" *_.,/-–").split()
    return 0 < len(parts) <= 4 and all(part[0].isupper() or not part[0].isascii() or part.lower() in ("von", "van", "de", "der", "af", "la", "&", "und", "and") for part in parts) and "?" not in text and len(text) < 50


def is_dashed_name(line: str) -> bool:
    """True for `-Pavel`, `/Pavel` and `– Pavel` as the last line."""
    return len(line) > 1 and (line[0] in "/-~–—" and _is_name(line[1:]) and (line[1] != " " or line[0] in "/–—") and len(line) < 40 and not line[1:2].isdigit())
