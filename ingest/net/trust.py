"""Does a chain hold? Asked of what was presented, so that a chain that does not is still evidence."""

from __future__ import annotations

import ipaddress
import warnings
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import verification

BROKEN = (
    ValueError,
    IndexError,
    verification.VerificationError,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
    UnsupportedAlgorithm,
    CryptographyDeprecationWarning,  # of fields that no certificate may have, where warnings are errors
)
MOST = 20  # certificates of a chain that are looked at; honest ones have three


@cache
def store(authorities: str) -> verification.Store:
    """Read the authorities of a PEM file, once."""
    with warnings.catch_warnings(action="ignore", category=CryptographyDeprecationWarning):
        return verification.Store(x509.load_pem_x509_certificates(Path(authorities).read_bytes()))


def verdict(chain: Sequence[bytes], host: str, authorities: str, time: datetime) -> str:
    """Say `yes`, or `no: ` and why: whether DER certificates, leaf first, hold for this host at this time."""
    try:
        certificates = [x509.load_der_x509_certificate(one) for one in chain[:MOST]]
        verifier = (
            verification.PolicyBuilder()
            .store(store(authorities))
            .time(time)
            .build_server_verifier(_subject(host))
        )
        verifier.verify(certificates[0], certificates[1:])
    except BROKEN as error:
        return f"no: {error}"
    return "yes"


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
