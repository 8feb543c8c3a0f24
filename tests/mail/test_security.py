"""PGP is named for what it is: what seals the message, not what it quotes or carries along."""

from __future__ import annotations

import base64
import zlib

import pytest

from mail.parsing import parse

HEAD = b"From: aino@northwind.example\r\nSubject: Order\r\nMIME-Version: 1.0\r\n"
ARMOUR = (
    b"\r\nHash: SHA256\r\n\r\nWhere is it?\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\nabc=\r\n-----END PGP SIGNATURE-----\r\n"
)


def sealed(kind: bytes, parts: list[bytes]) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return HEAD + b"Content-Type: multipart/" + kind + b"; boundary=b\r\n\r\n" + body + b"--b--\r\n"


def test_what_is_encrypted_by_mime_stays_whole() -> None:
    armour = b"-----BEGIN PGP MESSAGE-----\r\n\r\nabc=\r\n-----END PGP MESSAGE-----\r\n"
    message = parse(
        sealed(
            b'encrypted; protocol="application/pgp-encrypted"',
            [
                b"Content-Type: application/pgp-encrypted\r\n\r\nVersion: 1",
                b"Content-Type: application/octet-stream; name=encrypted.asc\r\n\r\n" + armour,
            ],
        )
    )
    assert message.security == ("pgp_encrypted",)
    assert [file.filename for file in message.attachments] == ["version.txt", "encrypted.asc"]
    assert armour.strip() in message.attachments[1].content
    assert [file.sealed for file in message.attachments] == [True, True]


def test_what_is_signed_by_mime_is_read_and_keeps_its_signature() -> None:
    message = parse(
        sealed(
            b'signed; protocol="application/pgp-signature"; micalg=pgp-sha256',
            [
                b"Content-Type: text/plain\r\n\r\nWhere is it?",
                b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n-----BEGIN PGP SIGNATURE-----",
            ],
        )
    )
    assert message.security == ("pgp_signed",)
    assert message.text.strip() == "Where is it?"
    assert [(file.filename, file.sealed) for file in message.attachments] == [("signature.asc", False)]


@pytest.mark.parametrize(
    ("kind", "mark", "sealed"),
    [
        (b"; smime-type=enveloped-data", "smime_encrypted", True),
        (b"; smime-type=authEnveloped-data", "smime_encrypted", True),
        (b"", "smime_encrypted", True),
        (b"; smime-type=signed-data", "smime_signed", False),
        (b"; smime-type=certs-only", "", False),
        (b"; smime-type=compressed-data", "", False),
    ],
)
def test_an_opaque_seal_is_sealed_where_it_is_encrypted(kind: bytes, mark: str, sealed: bool) -> None:
    head = b"Content-Type: application/pkcs7-mime; name=smime.p7m" + kind
    message = parse(HEAD + head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n")
    assert message.security == ((mark,) if mark else ())
    assert [(file.filename, file.sealed) for file in message.attachments] == [("smime.p7m", sealed)]


@pytest.mark.parametrize(
    ("body", "marks"),
    [
        (b"-----BEGIN PGP SIGNED MESSAGE-----" + ARMOUR, ("pgp_signed",)),
        (b"Hello\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nabc=\r\n-----END PGP MESSAGE-----\r\n", ("pgp_encrypted",)),
        (b"Thanks\r\n> -----BEGIN PGP SIGNED MESSAGE-----" + ARMOUR.replace(b"\r\n", b"\r\n> "), ()),
        (b"My key:\r\n-----BEGIN PGP PUBLIC KEY BLOCK-----\r\n\r\nabc=\r\n-----END PGP PUBLIC KEY BLOCK-----\r\n", ()),
    ],
)
def test_what_is_written_into_the_text(body: bytes, marks: tuple[str, ...]) -> None:
    assert parse(HEAD + b"\r\n" + body).security == marks


def der(tag: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    size = len(body).to_bytes(4, "big")
    return bytes([tag, 0x84]) + size + body


PKCS = bytes((0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01))
DATA = der(0x06, PKCS + b"\x07\x01")


def compressed(entity: bytes, *, label: bytes = b"; smime-type=compressed-data", octets: bytes | None = None) -> bytes:
    """A message whose words are compressed-data (RFC 3274)."""
    packed = zlib.compress(entity) if octets is None else octets
    algorithm = der(0x30, der(0x06, PKCS + b"\x09\x10\x03\x08"))
    inside = der(0x30, der(0x02, b"\0"), algorithm, der(0x30, DATA, der(0xA0, der(0x04, packed))))
    whole = der(0x30, der(0x06, PKCS + b"\x09\x10\x01\x09"), der(0xA0, inside))
    head = b"Content-Type: application/pkcs7-mime; name=smime.p7z" + label + b"\r\nContent-Transfer-Encoding: base64"
    return HEAD + head + b"\r\n\r\n" + base64.encodebytes(whole)


@pytest.mark.parametrize("label", [b"; smime-type=compressed-data", b"", b"; smime-type=enveloped-data"])
def test_what_is_only_compressed_is_read_and_neither_signed_nor_encrypted(label: bytes) -> None:
    message = parse(compressed(b"Content-Type: text/plain\r\n\r\nWhere is it?\r\n", label=label))
    assert (message.text.strip(), message.security, message.warnings) == ("Where is it?", (), ())
    assert [(file.filename, file.sealed) for file in message.attachments] == [("smime.p7z", False)]


def test_what_was_encrypted_before_it_was_packed_is_said_to_be() -> None:
    message = parse(compressed(b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nx"))
    assert message.security == ("smime_encrypted",)
    assert [file.sealed for file in message.attachments] == [False, True]


@pytest.mark.parametrize(
    "octets", [zlib.compress(b"Where is it?" * 90)[:-8], b"no zlib", zlib.compress(b"\0" * (65 << 20))]
)
def test_what_cannot_be_unpacked_stays_a_file(octets: bytes) -> None:
    message = parse(compressed(b"", octets=octets))
    assert (message.text, message.security) == ("", ())
    assert [file.filename for file in message.attachments] == ["smime.p7z"]
