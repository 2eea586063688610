"""Certificates under authorities of our own that are named like the real ones, and flawed ones.

A chain is a list: the leaf first. `now` is a time in UTC; the certificates of sound hosts hold around it.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from atlas import HERE, Certificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID, ObjectIdentifier

Key = ec.EllipticCurvePrivateKey
Chain = list[x509.Certificate]
DAY = dt.timedelta(days=1)
SAN = ObjectIdentifier("2.5.29.17")
LONGEST_NAME = 64  # characters of a common name, RFC 5280
MANY = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """A root, and the intermediate that issues; `where` are the addresses in each leaf by kind."""

    root: x509.Certificate
    issuer: x509.Certificate
    key: Key
    where: dict[str, str]


class Authorities:
    """Issues every certificate of one world, all for one key."""

    def __init__(self, now: dt.datetime, folder: Path = HERE) -> None:
        self.now = now
        self.key = ec.generate_private_key(ec.SECP256R1())
        rows = tomllib.loads((folder / "issuers.toml").read_text("utf-8"))
        self.known = {name: self._authority(row) for name, row in rows.items()}

    def _authority(self, row: dict[str, dict[str, str]]) -> Authority:
        top, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ages = (self.now - 3000 * DAY, self.now + 3000 * DAY)
        root_name, issuer_name = _name(**row["root"]), _name(**row["issuer"])
        root = _sign(root_name, root_name, top.public_key(), top, ages, [_authority_mark()])
        issuer = _sign(issuer_name, root_name, key.public_key(), top, ages, [_authority_mark()])
        return Authority(root=root, issuer=issuer, key=key, where=row["where"])

    def roots(self) -> bytes:
        """Return every root as PEM: what a client has to trust."""
        return _pem(authority.root for authority in self.known.values())

    def private_key(self) -> bytes:
        """Return the key of all leaves as PEM."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def chain(self, wanted: Certificate) -> bytes:
        """Return the chain that a host presents, as PEM."""
        return _pem(FLAWS[wanted.flaw](self, wanted) if wanted.flaw else self.sound(wanted))

    def sound(self, wanted: Certificate, *, start: int = -30, end: int = 60, names: bytes = b"") -> Chain:
        """Issue a leaf from `start` to `end`, in days from now; `names` replaces its SAN, in DER."""
        authority = self.known[wanted.issuer]
        extensions = [_names(names or wanted.names), *_where(authority)]
        subject = _name(organisation=wanted.organisation, name=_short(wanted.names))
        ages = (self.now + start * DAY, self.now + end * DAY)
        leaf = _sign(
            subject, authority.issuer.subject, self.key.public_key(), authority.key, ages, extensions
        )
        return [leaf, authority.issuer]


def expired(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one that ended ten days ago."""
    return authorities.sound(wanted, start=-100, end=-10)


def not_yet(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one that begins in ten days."""
    return authorities.sound(wanted, start=10, end=100)


def self_signed(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one by its own key."""
    name = _name(organisation=wanted.organisation, name=_short(wanted.names))
    ages = (authorities.now - 30 * DAY, authorities.now + 60 * DAY)
    key = authorities.key
    return [_sign(name, name, key.public_key(), key, ages, [_names(wanted.names)])]


def many_names(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one for 10,000 names, still below the 100 KB that OpenSSL takes."""
    names = (*wanted.names, *(f"{number:04x}.ex" for number in range(MANY - len(wanted.names))))
    return authorities.sound(wanted, names=_general(names))


def heavy(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one for 10,000 long names: more than OpenSSL takes."""
    names = (*wanted.names, *(f"name-number-{number:06}.heavy.example" for number in range(MANY)))
    return authorities.sound(wanted, names=_general(names))


def nul_name(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one whose second name has a NUL: what C reads as another name."""
    return authorities.sound(
        wanted, names=_general((*wanted.names, "www.google.com\0.hostile.test", "\0", ""))
    )


def rtl_name(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one with right-to-left overrides in subject and names, raw UTF-8 where only ASCII may be."""
    odd = Certificate(
        issuer=wanted.issuer, names=wanted.names, organisation="\u202emoc.elgoog\u202c \u05d0\u05d1"
    )
    return authorities.sound(odd, names=_general((*wanted.names, "\u202emoc.elgoog", "b\u00fccher.example")))


def long_chain(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one with a chain of 100."""
    chain = authorities.sound(wanted)
    others = [
        self_signed(authorities, Certificate(names=(f"ca-{number}.example",)))[0] for number in range(98)
    ]
    return chain + others


def personal(authorities: Authorities, wanted: Certificate) -> Chain:
    """Issue one to a person: what must stay in the archive."""
    named = Certificate(issuer=wanted.issuer, names=wanted.names, organisation="Jane Q. Invented")
    return authorities.sound(named)


FLAWS: dict[str, Callable[[Authorities, Certificate], Chain]] = {
    flaw.__name__.replace("_", "-"): flaw
    for flaw in (
        expired,
        not_yet,
        self_signed,
        many_names,
        heavy,
        nul_name,
        rtl_name,
        long_chain,
        personal,
    )
}


def _sign(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    key: Key,
    ages: tuple[dt.datetime, dt.datetime],
    extensions: Iterable[x509.ExtensionType],
) -> x509.Certificate:
    builder = x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=public)
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(ages[0])
    builder = builder.not_valid_after(ages[1])
    marks = [
        x509.SubjectKeyIdentifier.from_public_key(public),
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()),
    ]
    for extension in (*marks, *extensions):
        builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
    return builder.sign(key, hashes.SHA256())


def _authority_mark() -> x509.BasicConstraints:
    return x509.BasicConstraints(ca=True, path_length=None)


def _name(name: str, organisation: str | None = None, country: str | None = None) -> x509.Name:
    parts = ((NameOID.COUNTRY_NAME, country), (NameOID.ORGANIZATION_NAME, organisation))
    pairs = [x509.NameAttribute(oid, text) for oid, text in (*parts, (NameOID.COMMON_NAME, name)) if text]
    return x509.Name(pairs)


def _short(names: tuple[str, ...]) -> str:
    return min(names, key=len)[:LONGEST_NAME]


def _names(names: tuple[str, ...] | bytes) -> x509.ExtensionType:
    if isinstance(names, bytes):
        return x509.UnrecognizedExtension(SAN, names)
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def _where(authority: Authority) -> list[x509.ExtensionType]:
    """Say where the issuer, its answers on revocation and its lists are."""
    kinds = {"ocsp": AuthorityInformationAccessOID.OCSP, "aia": AuthorityInformationAccessOID.CA_ISSUERS}
    found: list[x509.ExtensionType] = []
    described = [
        x509.AccessDescription(oid, x509.UniformResourceIdentifier(authority.where[kind]))
        for kind, oid in kinds.items()
        if kind in authority.where
    ]
    if described:
        found.append(x509.AuthorityInformationAccess(described))
    if "crl" in authority.where:
        place = x509.UniformResourceIdentifier(authority.where["crl"])
        found.append(x509.CRLDistributionPoints([x509.DistributionPoint([place], None, None, None)]))
    return found


def _general(names: Iterable[str]) -> bytes:
    """Encode dNSNames as DER without asking whether they may be so (RFC 5280, 4.2.1.6)."""
    return _der(0x30, b"".join(_der(0x82, name.encode()) for name in names))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def _pem(chain: Iterable[x509.Certificate]) -> bytes:
    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain)
