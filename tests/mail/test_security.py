"""PGP is named for what it is: what seals the message, not what it quotes or carries along."""

from __future__ import annotations

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
    ],
)
def test_an_opaque_seal_is_sealed_where_it_is_encrypted(kind: bytes, mark: str, sealed: bool) -> None:
    head = b"Content-Type: application/pkcs7-mime; name=smime.p7m" + kind
    message = parse(HEAD + head + b"\r\nContent-Transfer-Encoding: base64\r\n\r\nMIIB\r\n")
    assert message.security == (mark,)
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
