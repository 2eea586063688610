"""Through the door: every end has a name, only what was checked is connected to, and time is kept."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from rogues import (
    QUICK,
    Resolved,
    Rogue,
    Socks,
    authority,
    leaf,
    net,
    pem,
    policy,
    reset,
    server_context,
    silence,
)

from sousveil.ingest.net import Limits, Rate, Rates, trust
from sousveil.ingest.net.door import Net, Visit
from sousveil.ingest.net.tls import Handshake, authorities
from sousveil.ingest.net.wire import Ended

pytestmark = pytest.mark.loopback
CHAIN = [one.certificate.public_bytes(Encoding.DER) for one in (leaf(None), authority())]


def end_of_connecting(net: Net, address: str, port: int) -> str:
    """Connect and hang up; return the outcome."""
    try:
        with net.watching(Visit(10), 0) as watch:
            net.connect(address, port, watch).close()
    except Ended as ended:
        return ended.outcome
    return "ok"


def shaken(https: Rogue, **more: object) -> Handshake:
    return net(policy(https=https, **more)).shake(Visit(10), "a.example", "127.0.0.1", https.port)


def test_connection_that_nobody_takes_is_refused() -> None:
    assert end_of_connecting(net(policy()), "127.0.0.1", 1) == "refused"


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "a.example", "8.8.8.8.example"]
)
def test_refused_addresses_are_never_connected_to(address: str) -> None:
    # The guard of the tests would raise something else than Ended, had anybody tried.
    assert end_of_connecting(net(policy()), address, 80) == "not-attempted"


def test_loopback_is_refused_unless_it_is_allowed() -> None:
    with Rogue({}) as server:
        assert end_of_connecting(net(policy(allow=())), "127.0.0.1", server.port) == "not-attempted"
        assert end_of_connecting(net(policy(allow=())), "::1", server.port) == "not-attempted"
        assert end_of_connecting(net(policy()), "127.0.0.1", server.port) == "ok"
        assert server.seen(1)


def test_ipv6_works() -> None:
    with Rogue({}, host="::1") as server:
        assert end_of_connecting(net(policy()), "::1", server.port) == "ok"


def test_connecting_waits_for_the_rate_of_the_network_and_does_not_count_it() -> None:
    slept: list[float] = []
    rules = policy(rates=Rates(network=Rate(0.1, 1)))
    now = [0.0]

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    with Rogue({}) as server, Net(rules, Resolved(), clock=lambda: now[0], sleep=sleep) as door:
        visit = Visit(5)
        for _ in range(3):
            with door.watching(visit, 0) as watch:
                door.connect("127.0.0.1", server.port, watch).close()
    assert slept == [10, 10]
    assert visit.left == 5


def test_target_whose_time_is_used_up_is_left_alone() -> None:
    door = net(policy())
    visit = Visit(5)
    with door.watching(visit, 0) as watch:
        assert watch.deadline - door.clock() <= QUICK.exchange
        visit.spend(6)
    with pytest.raises(Ended, match="used up"), door.watching(visit, 0):
        pass


def test_visit_is_remembered_until_it_is_left() -> None:
    door = net(policy())
    assert door.visit("a.example").claim("x")
    assert not door.visit("a.example").claim("x")
    door.leave("a.example")
    assert door.visit("a.example").claim("x")


def test_only_what_may_pass_is_retried() -> None:
    slept: list[float] = []
    door = Net(policy(limits=Limits(retries=2, backoff=1)), Resolved(), sleep=slept.append)
    for outcome, tries in (
        ("timeout", 3),
        ("reset", 3),
        ("servfail", 3),
        ("refused", 1),
        ("absent", 1),
        ("ok", 1),
    ):
        asked: list[str] = []
        assert door.retry(lambda: asked.append(outcome) or outcome, str) == outcome  # noqa: B023
        assert len(asked) == tries, outcome
    assert slept == [1, 2] * 3


def test_handshake_keeps_the_chain_as_it_was_presented(tmp_path: Path) -> None:
    root = authority()
    middle = authority("Middle", root)
    chain = (leaf(middle), middle, root)
    trust = tmp_path / "trust.pem"
    trust.write_bytes(pem(root))
    with Rogue(silence, server_context(tmp_path, *chain)) as server:
        found = shaken(server, trust=str(trust))
    assert found.outcome == "ok"
    assert found.chain == pem(*chain)
    notes = dict(found.notes)
    assert notes["protocol"] == "TLSv1.3"
    assert notes["sni"] == "a.example"
    assert notes["address"] == "127.0.0.1"
    assert notes["verified"] == "yes"


@pytest.mark.parametrize(
    "fault", ["self-signed", "expired", "other name", "unknown authority", "two hundred names"]
)
def test_certificate_that_does_not_hold_is_kept_and_marked(tmp_path: Path, fault: str) -> None:
    root = authority()
    trust = tmp_path / "trust.pem"
    trust.write_bytes(pem(authority("Other") if fault == "unknown authority" else root))
    names = {"other name": ["b.example"], "two hundred names": [f"{n}.example" for n in range(200)]}
    one = leaf(
        None if fault == "self-signed" else root, names.get(fault, ["a.example"]), expired=fault == "expired"
    )
    with Rogue(silence, server_context(tmp_path, one)) as server:
        found = shaken(server, trust=str(trust))
    assert found.outcome == "ok"
    assert found.chain == pem(one)
    assert dict(found.notes)["verified"].startswith("no: ")


def test_chain_of_a_hundred_is_kept(tmp_path: Path) -> None:
    root = authority()
    chain = [leaf(root), *(authority(f"Authority {number}") for number in range(99))]
    with Rogue(silence, server_context(tmp_path, *chain)) as server:
        assert shaken(server).chain == pem(*chain)


def test_ten_thousand_names_are_too_large(tmp_path: Path) -> None:
    one = leaf(None, [f"{number}.a.example" for number in range(10_000)])
    with Rogue(silence, server_context(tmp_path, one)) as server:
        assert shaken(server).outcome == "too-large"


def test_hostile_names_in_a_certificate_are_kept(tmp_path: Path) -> None:
    one = leaf(None, ["a\0.example", "xn--zz.example"], common_name="\u202eelpmaxe\0.a")
    with Rogue(silence, server_context(tmp_path, one)) as server:
        found = shaken(server)
    assert (found.outcome, found.chain) == ("ok", pem(one))
    assert dict(found.notes)["verified"].startswith("no: ")


def test_handshake_that_fails_has_a_name(tmp_path: Path) -> None:
    cut = server_context(tmp_path, leaf(None))
    cut.sni_callback = lambda *_: ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
    with (
        Rogue(silence) as mute,
        Rogue(reset) as cutting,
        Rogue(lambda one: one.sendall(b"HTTP/1.1 400 No\r\n\r\n")) as web,
    ):
        assert shaken(mute).outcome == "timeout"
        assert shaken(cutting).outcome == "reset"
        assert shaken(web).outcome == "tls-failure"
    with Rogue(silence, cut) as server:
        found = shaken(server)
        assert found.outcome == "tls-failure"
        assert "unrecognized name" in dict(found.notes)["error"]


def test_name_that_tls_cannot_carry_is_not_attempted(tmp_path: Path) -> None:
    with Rogue(silence, server_context(tmp_path, leaf(None))) as server:
        found = net(policy()).shake(Visit(5), "a" * 64 + ".example", "127.0.0.1", server.port)
        assert found.outcome == "not-attempted"


def test_proxy_is_given_addresses_and_no_name_is_looked_up(tmp_path: Path) -> None:
    socks = Socks()
    with Rogue(silence, server_context(tmp_path, leaf(None))) as server, Rogue(socks) as proxy:
        names = Resolved()
        door = net(policy(proxy=f"socks5h://127.0.0.1:{proxy.port}"), names)
        found = door.shake(Visit(5), "a.example", "127.0.0.1", server.port)
        assert found.outcome == "ok"
        assert door.shake(Visit(5), "a.example", "10.0.0.1", server.port).outcome == "not-attempted"
    assert socks.asked == [(1, "127.0.0.1", server.port)]
    assert not names.looked_up


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (1, "not-attempted"),
        (2, "not-attempted"),
        (3, "unreachable"),
        (4, "unreachable"),
        (5, "refused"),
        (6, "timeout"),
    ],
)
def test_what_the_proxy_says_is_named(reply: int, outcome: str) -> None:
    with Rogue(Socks(reply)) as proxy:
        door = net(policy(proxy=f"socks5h://127.0.0.1:{proxy.port}"))
        assert end_of_connecting(door, "127.0.0.1", 443) == outcome


def test_proxy_that_does_not_work_is_our_own_fault() -> None:
    door = net(policy(proxy="socks5h://127.0.0.1:1"))
    assert end_of_connecting(door, "127.0.0.1", 443) == "not-attempted"


@pytest.mark.parametrize("version", ["TLSv1", "TLSv1_1", "TLSv1_2", "TLSv1_3"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_old_protocols_are_evidence_too(tmp_path: Path, version: str) -> None:
    context = server_context(tmp_path, leaf(None))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with Rogue(silence, context) as server:
        found = shaken(server)
    assert (found.outcome, dict(found.notes)["protocol"]) == ("ok", version.replace("_", "."))


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_broken_certificate_is_no_and_never_an_error(data: st.DataObject) -> None:
    chain = [bytearray(one) for one in CHAIN]
    for _ in range(data.draw(st.integers(1, 3))):
        one = chain[data.draw(st.integers(0, 1))]
        one[data.draw(st.integers(0, len(one) - 1))] ^= data.draw(st.integers(1, 255))
    verdict = trust.verdict([bytes(one) for one in chain], "a.example", authorities(None), datetime.now(UTC))
    assert verdict.startswith("no: ")


def test_certificate_of_a_version_that_is_none_is_no() -> None:
    broken = CHAIN[0].replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x0a", 1)
    assert broken != CHAIN[0]
    assert trust.verdict([broken], "a.example", authorities(None), datetime.now(UTC)).startswith("no: ")
