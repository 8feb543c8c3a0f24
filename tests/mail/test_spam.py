"""What filters write into headers, and whom the desk believes."""

from __future__ import annotations

import pytest

from mail.parsing import parse
from mail.spam import FILTERS, spam_verdict

EVERY = tuple(FILTERS)


def verdict(*lines: str, believed: tuple[str, ...] = EVERY, server: str = "") -> tuple[str, bool] | None:
    raw = "\r\n".join([*lines, "From: a@x.example", "To: b@y.example", "Subject: x", "", "text", ""]).encode()
    found = spam_verdict(parse(raw).headers, believed=believed, server=server)
    return None if found is None else (found.filter, found.spam)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("X-Spam-Flag: YES", ("spamassassin", True)),
        ("X-Spam-Status: Yes, score=9.1 required=5.0 tests=BAYES_99", ("spamassassin", True)),
        ("X-Spam-Status: No, score=-1.9 required=5.0", ("spamassassin", False)),
        ("X-Spamd-Result: default: False [16.20 / 15.00]; R_SPF_FAIL(1.00)", ("rspamd", True)),
        ("X-Spamd-Result: default: False [5.10 / 15.00]", ("rspamd", False)),
        ("X-Spam: Yes", ("rspamd", True)),
        ("X-Rspamd-Action: add header", ("rspamd", True)),
        ("X-Rspamd-Action: no action", ("rspamd", False)),
        ("X-MS-Exchange-Organization-SCL: 6", ("exchange", True)),
        ("X-MS-Exchange-Organization-SCL: -1", ("exchange", False)),
        ("X-Forefront-Antispam-Report: CIP:203.0.113.9;CTRY:FI;SCL:5;SFV:SPM;CAT:SPM", ("exchange", True)),
        ("X-Forefront-Antispam-Report: CIP:203.0.113.9;SCL:1;SFV:NSPM;CAT:NONE", ("exchange", False)),
        ("X-Forefront-Antispam-Report: SCL:9;SFV:SKN;CAT:HPHISH", ("exchange", False)),
        ("X-Barracuda-Spam-Status: Yes, SCORE=7.2", ("barracuda", True)),
        ("X-Gmail-Labels: Spam,Unread", ("google", True)),
        ("X-Gm-Spam: 0", ("google", False)),
        ("X-Proofpoint-Spam-Details: rule=spam_definite policy=default score=100", ("proofpoint", True)),
        ("X-Spam-Level: *****", None),
        ("X-Other: spam", None),
    ],
)
def test_each_filter_is_understood(line: str, expected: tuple[str, bool] | None) -> None:
    assert verdict(line) == expected
    assert verdict(line, believed=()) is None, "nobody is believed who was not chosen"


def test_the_receiving_server_writes_on_top() -> None:
    assert verdict("X-Spam-Flag: YES", "X-Spam-Flag: NO") == ("spamassassin", True)
    assert verdict("X-Spam-Flag: NO", "X-Spam-Flag: YES") == ("spamassassin", False)


def test_a_filter_that_names_its_server_is_believed_for_ours_alone() -> None:
    ours = "X-Spam-Checker-Version: SpamAssassin 4.0.0 (2022-12-14) on mx.desk.example"
    theirs = "X-Spam-Checker-Version: SpamAssassin 4.0.0 (2022-12-14) on mx.sender.example"
    assert verdict(ours, "X-Spam-Flag: YES", server="mx.desk.example") == ("spamassassin", True)
    assert verdict(theirs, "X-Spam-Flag: YES", server="mx.desk.example") is None


def test_a_failed_dmarc_counts_where_the_domain_asks_for_it() -> None:
    line = "Authentication-Results: mx.desk.example; spf=fail; dmarc=fail (p=REJECT sp=NONE) header.from=bank.example"
    assert verdict(line, server="mx.desk.example") == ("dmarc", True)
    assert verdict(line.replace("p=REJECT", "p=NONE"), server="mx.desk.example") == ("dmarc", False)
    assert verdict(line) is None, "without a server anybody could have written it"
    assert verdict(line, server="other.example") is None


def test_one_that_says_spam_outweighs_the_others() -> None:
    assert verdict("X-Spam-Flag: NO", "X-Barracuda-Spam-Status: Yes") == ("barracuda", True)
