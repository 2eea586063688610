"""Which addresses nobody may be made to connect to: every one that is not a public machine's."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from sousveil.ingest.net.policy import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Where clouds answer questions about the machine itself; some stand in ranges that look public.
METADATA = frozenset(
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "169.254.170.2", "fd00:ec2::254", "100.100.100.200", "168.63.129.16")
)
# What `ipaddress` counts as global, or did before Python 3.13, though no public machine has it.
RESERVED = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # RFC 6890
        "192.88.99.0/24",  # 6to4 relays, RFC 7526
        "64:ff9b:1::/48",  # NAT64 inside a network, RFC 8215
        "2001::/23",  # protocol assignments, RFC 2928
        "3fff::/20",  # documentation, RFC 9637
        "5f00::/16",  # segment routing, RFC 9602
        "fec0::/10",  # site-local, RFC 3879
    )
)
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def refusal(text: str, allow: Sequence[Network] = ()) -> str | None:
    """Say why this address is no target, or None; `allow` wins over everything."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return f"{text} is no address"
    if any(address in network for network in allow if network.version == address.version):
        return None
    inner = _embedded(address)
    if inner is not None and (reason := refusal(str(inner), allow)):
        return f"{address} leads to {inner}: {reason}"
    return None if address in NAT64 else _kind(address)


def _kind(address: Address) -> str | None:
    if address in METADATA:
        return f"{address} is a cloud's metadata service"
    for word in ("unspecified", "loopback", "link_local", "multicast"):
        if getattr(address, f"is_{word}"):
            return f"{address} is {word.replace('_', '-')}"
    reserved = any(address in network for network in RESERVED if network.version == address.version)
    if reserved or address.is_reserved or not address.is_global:
        return f"{address} is private or reserved"
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return f"{address} names a network card"
    return None


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that is reached behind this one: mapped, compatible, NAT64, 6to4, Teredo."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in NAT64 or (int(address) >> 32 == 0 and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo and teredo[1])


def network_of(text: str) -> str:
    """Name the /24 or /48 whose machines share a rate."""
    return str(ipaddress.ip_network(f"{text}/{48 if ':' in text else 24}", strict=False))
