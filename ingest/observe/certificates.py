"""Certificates as presented, by TLS and STARTTLS: who issued the leaf, whom it covers, and until when."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from datetime import UTC
from functools import lru_cache
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from sousveil.ingest.observe.names import domain_of, host_of
from sousveil.ingest.observe.reading import Reading, UnreadableError
from sousveil.ingest.records import Observation

BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")
NAMES = 1000  # of one certificate; Let's Encrypt allows 100, resellers' shared ones reach some hundreds
PERSONAL = (NameOID.GIVEN_NAME, NameOID.SURNAME, NameOID.PSEUDONYM, NameOID.TITLE)
ACCESS = {AuthorityInformationAccessOID.OCSP: "ocsp", AuthorityInformationAccessOID.CA_ISSUERS: "aia"}
# What cryptography raises for a certificate, or a part of one, that it refuses.
REFUSED = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)


def facts(reading: Reading, scope: str) -> Iterator[Observation]:
    """Read a chain in PEM, leaf first; a leaf that cannot be read is an UnreadableError."""
    blocks = BLOCK.findall(reading.exchange.answered)
    if not blocks:
        raise UnreadableError("no certificate in PEM")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the certificate, to those who make it
        try:
            leaf = x509.load_pem_x509_certificate(blocks[0])
            extensions = leaf.extensions
            yield _certificate(reading, scope, leaf, extensions)
            yield from _issuer(reading, scope, leaf, blocks[-1])
            yield from _addresses(reading, scope, extensions)
            yield from _names(reading, scope, extensions)
        except REFUSED as error:
            raise UnreadableError(f"no certificate that can be read: {_reason(error)}") from error


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def _certificate(
    reading: Reading, scope: str, leaf: x509.Certificate, extensions: x509.Extensions
) -> Observation:
    covers = _covers(leaf, extensions, reading.exchange.subject)
    seen = reading.exchange.time.astimezone(UTC)
    signed = _self_signed(leaf)
    return reading.saw(
        "certificate",
        scope,
        leaf.fingerprint(SHA256()).hex(),
        address=reading.exchange.server,
        position="0",
        not_before=leaf.not_valid_before_utc.date().isoformat(),
        not_after=leaf.not_valid_after_utc.date().isoformat(),
        self_signed=None if signed is None else "yes" if signed else "no",
        expired="yes" if leaf.not_valid_after_utc < seen else "no",
        mismatch=None if covers else "yes",
        organisation=_organisation(leaf.subject),
        aki=_authority_key(extensions),
    )


def _issuer(reading: Reading, scope: str, leaf: x509.Certificate, last: bytes) -> Iterator[Observation]:
    organisation = _organisation(leaf.issuer)
    common = None if _personal(leaf.issuer) else _first(leaf.issuer, NameOID.COMMON_NAME)
    if common and leaf.issuer == leaf.subject and domain_of(common) is None:
        common = None  # who signs for themselves may have written their own name
    root = _issuer_organisation(last)
    if root is None:
        reading.remarks.append("the last certificate of the chain names no organisation that issued it")
    if value := organisation or common:
        country = _first(leaf.issuer, NameOID.COUNTRY_NAME)
        yield reading.saw("issuer", scope, value, common_name=common, country=country, root=root)


@lru_cache(maxsize=1024)  # a few hundred intermediates end most chains
def _issuer_organisation(block: bytes) -> str | None:
    try:
        return _organisation(x509.load_pem_x509_certificate(block).issuer)
    except REFUSED:
        return None


def _organisation(name: x509.Name) -> str | None:
    """Return the organisation of a name, unless the name is a person's."""
    return None if _personal(name) else _first(name, NameOID.ORGANIZATION_NAME)


def _personal(name: x509.Name) -> bool:
    return any(name.get_attributes_for_oid(oid) for oid in PERSONAL)


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str | None:
    for attribute in name.get_attributes_for_oid(oid):
        value = attribute.value
        text = value if isinstance(value, str) else value.decode("utf-8", "backslashreplace")
        if text.strip():
            return text.strip()
    return None


def _self_signed(leaf: x509.Certificate) -> bool | None:
    """Say whether the leaf signed itself; None where its algorithm is not known here."""
    if leaf.issuer != leaf.subject:
        return False
    try:
        leaf.verify_directly_issued_by(leaf)
    except InvalidSignature:
        return False
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return True


def _authority_key(extensions: x509.Extensions) -> str | None:
    for extension in extensions:
        if isinstance(extension.value, x509.AuthorityKeyIdentifier):
            key = extension.value.key_identifier
            return key.hex() if key else None
    return None


def _alternatives(extensions: x509.Extensions) -> tuple[list[str], list[str]]:
    """Return the host names and the addresses that the leaf covers; people's names and mail are left out."""
    for extension in extensions:
        if isinstance(extension.value, x509.SubjectAlternativeName):
            hosts = extension.value.get_values_for_type(x509.DNSName)
            addresses = extension.value.get_values_for_type(x509.IPAddress)
            return hosts, [str(address) for address in addresses]
    return [], []


def _covers(leaf: x509.Certificate, extensions: x509.Extensions, host: str) -> bool:
    """Say whether a name covers the host; the common name counts only where no host name stands beside it.

    RFC 6125, 6.4.4.
    """
    hosts, addresses = _alternatives(extensions)
    if not hosts and not addresses:
        common = _first(leaf.subject, NameOID.COMMON_NAME)
        hosts = [common] if common else []
    return host in addresses or any(covers(name, host) for name in hosts)


def covers(name: str, host: str) -> bool:
    """Say whether a certificate's name covers a host: `*` is one whole first label (RFC 6125, 6.4.3)."""
    presented, wanted = name.lower().rstrip("."), host.lower().rstrip(".")
    if not presented.startswith("*.") or wanted[-1:].isdigit():  # an address has no labels
        return presented == wanted
    first, dot, rest = wanted.partition(".")
    return bool(first and dot) and "." in rest and presented[2:] == rest


def _addresses(reading: Reading, scope: str, extensions: x509.Extensions) -> Iterator[Observation]:
    found: list[tuple[str, str]] = []
    for extension in extensions:
        value = extension.value
        if isinstance(value, x509.AuthorityInformationAccess):
            found += [(ACCESS[one.access_method], uri) for one in value if (uri := _uri(one)) is not None]
        elif isinstance(value, x509.CRLDistributionPoints):
            names = (name for point in value for name in point.full_name or ())
            found += [
                ("crl", name.value) for name in names if isinstance(name, x509.UniformResourceIdentifier)
            ]
    for by in ("ocsp", "aia", "crl"):
        for host in dict.fromkeys(_host(uri) for kind, uri in found if kind == by):
            if host is not None:
                yield reading.saw("issuer-host", scope, host, by=by)


def _uri(access: x509.AccessDescription) -> str | None:
    place = access.access_location
    known = access.access_method in ACCESS and isinstance(place, x509.UniformResourceIdentifier)
    return place.value if known else None


def _host(uri: str) -> str | None:
    try:
        return host_of(urlsplit(uri).hostname or "")
    except ValueError:
        return None


def _names(reading: Reading, scope: str, extensions: x509.Extensions) -> Iterator[Observation]:
    hosts, addresses = _alternatives(extensions)
    names = list(dict.fromkeys([*(host.lower().rstrip(".") for host in hosts), *addresses]))
    if len(names) > NAMES:
        reading.remarks.append(f"{len(names)} names, of which the first {NAMES} are here")
    for name in names[:NAMES]:
        yield reading.saw("san", scope, name)
