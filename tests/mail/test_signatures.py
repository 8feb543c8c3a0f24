"""S/MIME signatures are checked as far as they can be, and never said to be better than they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from mail.message import Signature
from mail.parsing import parse
from tests.mail.test_security import compressed

AINO = "aino@northwind.example"
MAY = datetime(2026, 5, 4, 7, 12, tzinfo=UTC)
BODY = b"Content-Type: text/plain; charset=utf-8\r\n\r\nPlease order two ovens.\r\n"
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def certificate(key: Key, address: str = AINO, *, until: datetime = MAY + timedelta(days=300)) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Aino Virtanen")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(2**80 + 17)
        .not_valid_before(MAY - timedelta(days=300))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.RFC822Name(address)]), critical=False)
        .sign(key, hashes.SHA256())
    )


def signed(key: Key, owner: x509.Certificate, *, opaque: bool = False, pss: bool = False) -> bytes:
    """A message of Aino's with this signature."""
    options = [pkcs7.PKCS7Options.Binary] if opaque else [pkcs7.PKCS7Options.DetachedSignature]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(BODY)
    more = {"rsa_padding": padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)} if pss else {}
    builder = builder.add_signer(owner, key, hashes.SHA256(), **more)
    body = builder.sign(Encoding.SMIME, options)
    head = f"From: Aino Virtanen <{AINO}>\r\nDate: Mon, 4 May 2026 10:12:00 +0300\r\nSubject: Order\r\n"
    return head.encode() + body


def check(raw: bytes) -> Signature:
    found = parse(raw).signature
    assert found is not None
    return found


@pytest.mark.parametrize("kind", ["detached", "opaque", "pss", "elliptic"])
def test_a_good_signature_names_its_signer(kind: str, rsa_key: rsa.RSAPrivateKey) -> None:
    key: Key = ec.generate_private_key(ec.SECP256R1()) if kind == "elliptic" else rsa_key
    owner = certificate(key)
    raw = signed(key, owner, opaque=kind == "opaque", pss=kind == "pss")
    found = check(raw)
    assert (found.state, found.signer, found.addresses) == ("intact", "Aino Virtanen", (AINO,))
    assert (found.matches_sender, found.expired) == (True, False)
    assert found.fingerprint == owner.fingerprint(hashes.SHA256()).hex()
    assert "two ovens" in parse(raw).text
    assert "smime_signed" in parse(raw).security


def test_line_ends_that_a_server_changed_do_not_break_it(rsa_key: rsa.RSAPrivateKey) -> None:
    raw = signed(rsa_key, certificate(rsa_key))
    assert check(raw.replace(b"\r\n", b"\n")).state == "intact"


def test_a_changed_word_is_seen(rsa_key: rsa.RSAPrivateKey) -> None:
    raw = signed(rsa_key, certificate(rsa_key))
    assert check(raw.replace(b"two ovens", b"ten ovens")).state == "broken"


def test_somebody_elses_certificate_and_an_old_one_are_told_apart(rsa_key: rsa.RSAPrivateKey) -> None:
    found = check(signed(rsa_key, certificate(rsa_key, "sven@elsewhere.example")))
    assert (found.state, found.matches_sender) == ("intact", False)
    found = check(signed(rsa_key, certificate(rsa_key, until=MAY - timedelta(days=1))))
    assert (found.state, found.expired) == ("intact", True)


def test_rubbish_is_unchecked_and_other_mail_bears_none(rsa_key: rsa.RSAPrivateKey) -> None:
    raw = signed(rsa_key, certificate(rsa_key))
    start = raw.rindex(b"\r\nMII") + 40
    assert check(raw[:start] + b"AAAAAAAA" + raw[start + 8 :]).state in ("unchecked", "broken")
    assert check(raw[:start] + b"\r\n\r\n--").state == "unchecked"
    assert parse(b"From: a@b.example\r\n\r\nHello.\r\n").signature is None


def test_a_signature_within_compressed_data_is_checked(rsa_key: rsa.RSAPrivateKey) -> None:
    entity = signed(rsa_key, certificate(rsa_key)).partition(b"Subject: Order\r\n")[2]
    raw = compressed(entity)
    assert parse(raw).security == ("smime_signed",)
    assert (check(raw).state, check(raw).addresses) == ("intact", (AINO,))
