from collections.abc import Iterator

import dns.flags
import dns.message
import dns.rcode
import pytest
from name_server import NameServer, reply

from sousveil.ingest.net import health
from sousveil.ingest.net.health import HealthError

pytestmark = pytest.mark.loopback


def fit(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    """Answer as a good resolver does."""
    name = message.question[0].name.to_text()
    if name == "org.":
        answer = dns.message.from_wire(reply(message, "org. SOA ns.org. h.org. 1 2 3 4 5"))
        answer.flags |= dns.flags.AD
        yield answer.to_wire()
    else:
        yield reply(message, code=dns.rcode.SERVFAIL if "failed" in name else dns.rcode.NXDOMAIN)


def test_a_good_resolver_passes() -> None:
    with NameServer(fit) as server:
        told = [
            check([server.address])
            for check in (health.answering, health.honest, health.unthrottled, health.validating)
        ]
    assert "answers in" in told[0]


def test_a_resolver_that_says_nothing_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", (0.1,))
    with NameServer(lambda _m, _t: ()) as server, pytest.raises(HealthError, match="timeout; every name"):
        health.answering([server.address])


def test_a_resolver_that_invents_addresses_is_wrong() -> None:
    def lie(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
        yield reply(message, f"{message.question[0].name} A 192.0.2.66")

    with NameServer(lie) as server, pytest.raises(HealthError, match=r"says 192\.0\.2\.66 for a name"):
        health.honest([server.address])


def test_a_resolver_that_throttles_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "PATIENCE", (0.3,))
    patience = iter(range(50))
    with (
        NameServer(lambda m, t: fit(m, t) if next(patience, None) is not None else ()) as server,
        pytest.raises(HealthError, match="It throttles"),
    ):
        health.unthrottled([server.address])


def test_a_resolver_that_does_not_validate_is_wrong() -> None:
    def trust(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
        yield reply(message, f"{message.question[0].name} A 192.0.2.1")

    with NameServer(trust) as server, pytest.raises(HealthError, match="does not check DNSSEC"):
        health.validating([server.address])
