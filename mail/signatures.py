"""Checks S/MIME signatures (RFC 8551, RFC 5652): whether the words are those that were signed, and by whom.

Nothing is asked of anybody: no list of revoked certificates, no authority. Whether the signer is the person they claim
to be is for whoever knows the certificate; here it is only said whose name and address it bears.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from .message import Signature
from .smime import children, content_of

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

    from .bodies import Node

LARGEST = 8 * 1024 * 1024  # bytes of signed content that are hashed
_DIGESTS = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
    "1.3.14.3.2.26": "sha1",
}
_PSS, _ED25519, _ED448 = "1.2.840.113549.1.1.10", "1.3.101.112", "1.3.101.113"
_MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
_SIGNED_DATA = "1.2.840.113549.1.7.2"
_SEQUENCE, _SET, _OCTETS, _CONTEXT_0 = 0x30, 0x31, 0x04, 0xA0
UNCHECKED = Signature("unchecked")


def signature_of(root: Node, sender: str, date: datetime | None) -> Signature | None:
    """The signature of the message, None where it bears none of S/MIME. Never raises."""
    found = _signed(root)
    if found is None:
        return None
    content, seal = found
    if len(content) > LARGEST:
        return UNCHECKED
    try:
        return _check(content, seal, sender, date)
    except Exception:  # whatever strangers put into a seal: it is then not checked, and said so
        return UNCHECKED


def _signed(root: Node) -> tuple[bytes, bytes] | None:
    """What was signed, and the seal: beside it (multipart/signed), or around it (opaque)."""
    from .bodies import SEALS, seal_kind, unsealed
    from .bodies import content as content_of_node

    if root.content_type in SEALS and seal_kind(root) == "compressed":  # around the signature (RFC 8551, section 3.6)
        root = unsealed(root) or root
    if root.content_type == "multipart/signed" and len(root.children) == 2:
        words, seal = root.children
        if seal.content_type in ("application/pkcs7-signature", "application/x-pkcs7-signature"):
            return _canonical(words.part.raw), content_of_node(seal)[0]
    if root.content_type in SEALS and seal_kind(root) == "signed":
        seal_bytes = content_of_node(root)[0]
        inside = content_of(seal_bytes)
        return (inside, seal_bytes) if inside is not None else None
    return None


def _canonical(raw: bytes) -> bytes:
    """With the line ends that are signed (RFC 8551 3.1.1), however the message was stored since."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def _check(content: bytes, seal: bytes, sender: str, date: datetime | None) -> Signature:
    from cryptography.hazmat.primitives.serialization import pkcs7

    certificates = pkcs7.load_der_pkcs7_certificates(seal)
    signer = _signer_info(seal)
    certificate = next((one for one in certificates if _is_of(signer, one)), None)
    name = _DIGESTS.get(signer["digest"])
    if certificate is None or name is None:
        return UNCHECKED
    digest = hashlib.new(name, content).digest()
    signed = signer["attributes"]
    stated = _stated_digest(signed) if signed else None
    intact = (stated is None or hmac.compare_digest(stated, digest)) and _verifies(
        certificate, signer, b"\x31" + signed[1:] if signed else content, name
    )
    if not intact:
        return Signature("broken")
    addresses = _addresses(certificate)
    return Signature(
        "intact",
        signer=_name(certificate) or next(iter(addresses), ""),
        addresses=addresses,
        matches_sender=sender.lower() in addresses,
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        expired=date is not None and not certificate.not_valid_before_utc <= date <= certificate.not_valid_after_utc,
        fingerprint=certificate.fingerprint(_hash("sha256")).hex(),
    )


def _signer_info(seal: bytes) -> dict[str, Any]:
    """The first SignerInfo (RFC 5652 5.3) as its pieces: who, digest, signed attributes (DER), algorithm, signature."""
    outer = next(children(seal, 0, len(seal)))
    parts = list(children(seal, outer[1], outer[2]))
    if _oid(seal[parts[0][1] : parts[0][2]]) != _SIGNED_DATA:
        raise ValueError("not signed data")
    signed = next(children(seal, parts[1][1], parts[1][2]))
    infos = [part for part in children(seal, signed[1], signed[2]) if part[0] == _SET][-1]
    info = next(children(seal, infos[1], infos[2]))
    fields = list(children(seal, info[1], info[2]))
    who, digest = fields[1], fields[2]
    rest = fields[3:]
    attributes = b""
    if rest[0][0] == _CONTEXT_0:
        attributes = _with_header(seal, rest[0])
        rest = rest[1:]
    return {
        "who": seal[who[1] : who[2]],
        "by_key": who[0] != _SEQUENCE,
        "digest": _algorithm(seal, digest),
        "attributes": attributes,
        "algorithm": _algorithm(seal, rest[0]),
        "signature": seal[rest[1][1] : rest[1][2]],
    }


def _with_header(data: bytes, part: tuple[int, int, int]) -> bytes:
    """The element with a tag and a definite length before it."""
    body = data[part[1] : part[2]]
    size = len(body)
    if size < 0x80:
        return bytes([part[0], size]) + body
    octets = (size.bit_length() + 7) // 8
    return bytes([part[0], 0x80 | octets]) + size.to_bytes(octets) + body


def _algorithm(data: bytes, part: tuple[int, int, int]) -> str:
    first = next(children(data, part[1], part[2]))
    return _oid(data[first[1] : first[2]])


def _oid(data: bytes) -> str:
    numbers = [data[0] // 40, data[0] % 40] if data[0] < 80 else [2, data[0] - 80]
    value = 0
    for byte in data[1:]:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            numbers.append(value)
            value = 0
    return ".".join(map(str, numbers))


def _is_of(signer: dict[str, Any], certificate: Certificate) -> bool:
    from cryptography import x509

    who: bytes = signer["who"]
    if signer["by_key"]:
        try:
            key = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
        except x509.ExtensionNotFound:
            return False
        return key == who
    issuer, serial = list(children(who, 0, len(who)))[:2]
    number = int.from_bytes(who[serial[1] : serial[2]], signed=True)
    return number == certificate.serial_number and _with_header(who, issuer) == certificate.issuer.public_bytes()


def _stated_digest(attributes: bytes) -> bytes | None:
    """The digest of the content that the signed attributes name (RFC 5652 11.2)."""
    outer = next(children(attributes, 0, len(attributes)))
    for attribute in _sequences(attributes, outer):
        kind, values = list(children(attributes, attribute[1], attribute[2]))[:2]
        if _oid(attributes[kind[1] : kind[2]]) == _MESSAGE_DIGEST:
            value = next(children(attributes, values[1], values[2]))
            return attributes[value[1] : value[2]] if value[0] == _OCTETS else b""
    return b""


def _sequences(data: bytes, part: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
    return (one for one in children(data, part[1], part[2]) if one[0] == _SEQUENCE)


def _verifies(certificate: Certificate, signer: dict[str, Any], data: bytes, name: str) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

    key = certificate.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            scheme: padding.AsymmetricPadding = padding.PKCS1v15()
            if signer["algorithm"] == _PSS:
                scheme = padding.PSS(mgf=padding.MGF1(_hash(name)), salt_length=padding.PSS.AUTO)
            key.verify(signer["signature"], data, scheme, _hash(name))
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer["signature"], data, ec.ECDSA(_hash(name)))
        elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            key.verify(signer["signature"], data)
        else:
            raise ValueError("a kind of key that signs no mail")
    except InvalidSignature:
        return False
    return True


def _hash(name: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    kinds: dict[str, Any] = {
        "sha1": hashes.SHA1,
        "sha256": hashes.SHA256,
        "sha384": hashes.SHA384,
        "sha512": hashes.SHA512,
    }
    return kinds[name]()


def _addresses(certificate: Certificate) -> tuple[str, ...]:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    found = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.EMAIL_ADDRESS)]
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = [*names.get_values_for_type(x509.RFC822Name), *found]
    except x509.ExtensionNotFound:
        pass
    return tuple(dict.fromkeys(one.lower()[:320] for one in found))[:10]


def _name(certificate: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    names = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(names[0].value)[:200] if names else ""
