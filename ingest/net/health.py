"""Is the network fit for collecting? Each check returns what it found, or says what it means for a result."""

from __future__ import annotations

import errno
import secrets
import socket
import time
from collections import Counter
from collections.abc import Sequence

from dns.rdatatype import SOA, A

from sousveil.ingest.net.dns import Answer, Loop, name_server, resolve
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Question, Server
from sousveil.schema.errors import SousveilError

SIGNED, BROKEN = "org", "dnssec-failed.org"  # the second is kept with a wrong signature, for tests like this
TOP = "com"  # a real zone without a wildcard of its own
BURST = 100  # questions at once
LOST = 2  # of these may be lost on the way
RATE = Rate(1e6, 1e6)
PATIENCE = (3.0,)
AUTHENTIC = 0x20  # AD, in the fourth byte
ROUTES = {"IPv4": (socket.AF_INET, "192.0.2.1"), "IPv6": (socket.AF_INET6, "2001:db8::1")}


class HealthError(SousveilError):
    """Something here would spoil what is collected; the message says how, and what to do."""


def ask(server: Server, *questions: Question) -> list[Answer]:
    """Put some questions to one resolver, each once."""
    loop = Loop([server], RATE, PATIENCE)
    try:
        return resolve(loop, questions)
    finally:
        loop.close()


def answering(servers: Sequence[Server]) -> str:
    """Check that each resolver answers."""
    told = []
    for server in servers:
        started = time.monotonic()
        (one,) = ask(server, Question(SIGNED, SOA))
        if one.outcome != "ok":
            raise HealthError(
                f"{name_server(server)}: {one.outcome}; every name would end so. "
                "Name another with --resolver, or run a recursor of your own (Unbound, Knot)"
            )
        told.append(f"{name_server(server)} answers in {(time.monotonic() - started) * 1000:.0f} ms")
    return ", ".join(told)


def honest(servers: Sequence[Server]) -> str:
    """Check that a name that nobody registered does not exist."""
    for server in servers:
        (one,) = ask(server, Question(f"{secrets.token_hex(12)}.{TOP}", A))
        if one.outcome == "ok":
            lies = ", ".join(str(record.data) for record in one.records)
            raise HealthError(
                f"{name_server(server)}: says {lies} for a name that does not exist; dead domains would look "
                "served by it. Use another resolver"
            )
        if one.outcome != "absent":
            raise HealthError(
                f"{name_server(server)}: {one.outcome} for a name that does not exist; dead domains would "
                "look unknown. Use another resolver"
            )
    return "names that do not exist are absent"


def unthrottled(servers: Sequence[Server]) -> str:
    """Check that a burst of questions is answered."""
    for server in servers:
        outcomes = Counter(one.outcome for one in ask(server, *[Question(SIGNED, SOA)] * BURST))
        if BURST - outcomes["ok"] > LOST:
            told = ", ".join(f"{name} {count}" for name, count in outcomes.most_common())
            raise HealthError(
                f"{name_server(server)}: of {BURST} questions at once: {told}. It throttles, and what it "
                "drops would look like a timeout of the domain. Use a recursor of your own, or a lower --rate"
            )
    return f"{BURST} questions at once are answered"


def validating(servers: Sequence[Server]) -> str:
    """Check that forged answers are refused: a signed zone is authentic, a wrongly signed one fails."""
    for server in servers:
        signed, broken = ask(server, Question(SIGNED, SOA), Question(BROKEN, A))
        if not (signed.wire and signed.wire[3] & AUTHENTIC) or broken.outcome == "ok":
            raise HealthError(
                f"{name_server(server)}: does not check DNSSEC; a forged answer would become evidence. "
                "Use a resolver that validates"
            )
    return "forged answers of signed zones are refused"


def routed() -> str:
    """Check that there is a way out for each kind of address; no packet is sent."""
    missing = [name for name, (family, address) in ROUTES.items() if not _has_route(family, address)]
    if len(missing) == len(ROUTES):
        raise HealthError("there is no way out of this machine; everything would end as unreachable")
    if missing:
        return f"no {missing[0]}: what is only there will be unreachable, and does not mean that it is gone"
    return "IPv4 and IPv6 lead out"


def _has_route(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as sock:
            sock.connect((address, 53))
    except OSError as error:
        if error.errno in {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            return False
        raise
    return True
