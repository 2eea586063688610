"""What the network says: one module per protocol, found by convention; raw exchanges only.

A module `ingest/collect/PROTOCOL.py` has `collect(look, net)`: it yields an Exchange for each question it
put, whatever came of it, and a Look for each name or address that should be looked at next.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One thing to look at, for the sake of a target.

    `subject` is a host, an address or a domain; `address` the machine to connect to where that matters.
    `depth` counts how many looks led here; the pipeline bounds it.
    """

    protocol: Literal["dns", "rdap", "tls", "http", "smtp"]
    target: str
    subject: str
    address: str | None = None
    depth: int = 0
