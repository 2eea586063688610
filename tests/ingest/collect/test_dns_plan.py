"""The plan of what is asked, with a zone in place of the network."""

from collections.abc import Mapping

import dns.message
import dns.rcode
from dns.rdatatype import A
from name_server import reply

from sousveil.ingest.collect import Look
from sousveil.ingest.collect.dns import MOST_HOSTS, SELECTORS, Ask, exchange, plan, remembered, unasked
from sousveil.ingest.net import messages
from sousveil.ingest.net.dns import Answer, landed
from sousveil.ingest.net.ports import Question

SERVER = ("127.0.0.1", 53)
Zone = Mapping[str, tuple[str, ...]]
SMALL: Zone = {
    "a.test A": ("a.test. A 192.0.2.1",),
    "a.test MX": ("a.test. MX 10 mx.b.test.", "a.test. MX 0 ."),
    "a.test NS": ("a.test. NS ns.c.test.",),
    "www.a.test A": ("www.a.test. CNAME edge.d.test.", "edge.d.test. A 192.0.2.2"),
    "www.a.test AAAA": ("www.a.test. CNAME edge.d.test.", "edge.d.test. AAAA 2001:db8::2"),
    "mx.b.test A": ("mx.b.test. A 192.0.2.3",),
    "ns.c.test A": ("ns.c.test. A 192.0.2.4",),
}


def answer(ask: Ask, zone: Zone, default: dns.rcode.Rcode) -> Answer:
    """Answer out of a zone; `* A` there is what random labels get."""
    name, kind = ask.question.name, ask.question.type
    if ask.reason:
        return unasked(ask, SERVER)
    found = zone.get(f"* {kind.name}" if ask.probe else f"{name} {kind.name}", ())
    records = tuple(record.replace("*.a.test.", f"{name}.") for record in found)
    query = dns.message.from_wire(messages.query(1, messages.question(name, kind)))
    wire = reply(query, *records, code=dns.rcode.NOERROR if records else default)
    reading = messages.read(wire)
    return landed(ask.question, SERVER, reading.outcome, reading.reason, reading, wire=wire)


def carried_out(
    look: Look, zone: Zone, default: dns.rcode.Rcode = dns.rcode.NOERROR
) -> tuple[list[list[Ask]], tuple[Look, ...]]:
    """Return what was asked, round by round, and what is to be looked at."""
    steps = plan(look)
    asks = next(steps)
    rounds = []
    while True:
        rounds.append(list(asks))
        try:
            asks = steps.send(tuple(answer(ask, zone, default) for ask in asks))
        except StopIteration as over:
            return rounds, over.value


def target(name: str, depth: int = 0) -> Look:
    return Look(protocol="dns", target="a.test", subject=name, depth=depth)


def asked(rounds: list[list[Ask]]) -> set[str]:
    return {f"{ask.question.name} {ask.question.type.name}" for asks in rounds for ask in asks}


def test_random_labels_go_first_and_are_different_each_time() -> None:
    rounds, _ = carried_out(target("a.test"), SMALL)
    again, _ = carried_out(target("a.test"), SMALL)
    first = rounds[0][:4]
    assert all(ask.probe for ask in first)
    assert {ask.subject for ask in first} == {"a.test", "_domainkey.a.test"}
    assert not {ask.question.name for ask in first} & {ask.question.name for ask in again[0][:4]}


def test_everything_of_the_list_is_asked() -> None:
    rounds, _ = carried_out(target("a.test"), SMALL)
    apex = {f"a.test {kind}" for kind in ("A", "AAAA", "NS", "SOA", "MX", "TXT", "CAA", "CNAME")}
    under = {
        "www.a.test A",
        "www.a.test AAAA",
        "www.a.test CNAME",
        "_dmarc.a.test TXT",
        "autodiscover.a.test CNAME",
        "autodiscover.a.test A",
        "_autodiscover._tcp.a.test SRV",
        "_mta-sts.a.test TXT",
        "mta-sts.a.test CNAME",
        "mta-sts.a.test A",
    }
    keys = {f"{selector}._domainkey.a.test TXT" for selector in SELECTORS}
    hosts = {f"{host} {kind}" for host in ("mx.b.test", "ns.c.test") for kind in ("A", "AAAA")}
    assert apex | under | keys | hosts <= asked(rounds)
    assert {"1.2.0.192.in-addr.arpa PTR", "3.2.0.192.in-addr.arpa PTR"} <= asked(rounds)


def test_what_many_share_is_marked_and_the_rest_is_not() -> None:
    rounds, _ = carried_out(target("a.test"), SMALL)
    shared = {ask.subject for asks in rounds for ask in asks if ask.shared}
    assert {"mx.b.test", "ns.c.test", "192.0.2.1"} <= shared
    assert not any(one.endswith("a.test") for one in shared)


def test_looks_go_to_each_address_and_one_page_of_each_host() -> None:
    _, looks = carried_out(target("a.test"), SMALL)
    found = {(one.protocol, one.target, one.subject, one.address) for one in looks}
    assert found == {
        ("tls", "a.test", "a.test", "192.0.2.1"),
        ("http", "a.test", "a.test", "192.0.2.1"),
        ("tls", "a.test", "www.a.test", "192.0.2.2"),
        ("tls", "a.test", "www.a.test", "2001:db8::2"),
        ("http", "a.test", "www.a.test", "192.0.2.2"),
        ("rdap", "a.test", "a.test", None),
        ("rdap", "192.0.2.1", "192.0.2.1", "192.0.2.1"),
        ("rdap", "192.0.2.2", "192.0.2.2", "192.0.2.2"),
        ("rdap", "2001:db8::2", "2001:db8::2", "2001:db8::2"),
        ("rdap", "192.0.2.3", "192.0.2.3", "192.0.2.3"),
        ("smtp", "mx.b.test", "mx.b.test", "192.0.2.3"),
    }


def test_a_domain_that_does_not_exist_is_asked_nothing_more_and_that_is_written_down() -> None:
    rounds, looks = carried_out(target("a.test"), {}, dns.rcode.NXDOMAIN)
    assert all(ask.reason for asks in rounds[1:] for ask in asks)
    assert "www.a.test A" in asked(rounds[1:])
    assert [one.protocol for one in looks] == ["rdap"]


def test_a_domain_whose_servers_say_nothing_is_left_alone() -> None:
    rounds, _ = carried_out(target("a.test"), {}, dns.rcode.SERVFAIL)
    reasons = {ask.reason for asks in rounds[1:] for ask in asks}
    assert len(reasons) == 1
    assert "servfail" in str(reasons)


def test_a_chain_that_the_resolver_left_open_is_followed() -> None:
    zone = {f"c{n}.test A": (f"c{n}.test. CNAME c{n + 1}.test.",) for n in range(20)}
    zone["www.a.test A"] = ("www.a.test. CNAME c0.test.",)
    zone["c20.test A"] = ("c20.test. A 192.0.2.9",)
    rounds, looks = carried_out(target("a.test"), SMALL | zone)
    every = [ask for asks in rounds for ask in asks if not ask.probe]
    following = [ask for ask in every if ask.question.name.startswith("c")]
    assert {ask.subject for ask in following} == {"www.a.test"}
    assert ("tls", "www.a.test", "192.0.2.9") in {(one.protocol, one.subject, one.address) for one in looks}


def test_the_open_chain_of_a_random_label_is_not_followed() -> None:
    """What stands at its end says nothing of that name's parent."""
    rounds, _ = carried_out(target("a.test"), SMALL | {"* A": ("*.a.test. CNAME edge.d.test.",)})
    assert not [ask for asks in rounds[1:] for ask in asks if ask.probe]


def test_open_chains_without_end_are_left_with_a_reason() -> None:
    loop = {"www.a.test A": ("www.a.test. CNAME x.test.",), "x.test A": ("x.test. CNAME www.a.test.",)}
    rounds, _ = carried_out(target("a.test"), SMALL | loop)
    assert messages.LOOP in {ask.reason for asks in rounds for ask in asks}
    long = {f"c{n}.test A": (f"c{n}.test. CNAME c{n + 1}.test.",) for n in range(50)}
    long["www.a.test A"] = ("www.a.test. CNAME c0.test.",)
    rounds, _ = carried_out(target("a.test"), SMALL | long)
    assert messages.TOO_LONG in {ask.reason for asks in rounds for ask in asks}


def test_hundreds_of_mail_hosts_are_bounded_and_what_is_left_out_is_told() -> None:
    many = tuple(f"a.test. MX 10 mx{n}.b.test." for n in range(100))
    rounds, _ = carried_out(target("a.test"), SMALL | {"a.test MX": many})
    hosts = {ask.question.name for asks in rounds for ask in asks if ask.question.name.startswith("mx")}
    reasons = [ask.reason for asks in rounds for ask in asks if ask.reason]
    assert len(hosts) == MOST_HOSTS + 1
    assert reasons == ["80 more hosts of the target are left out"]


def test_a_host_is_asked_about_beside_its_parents_wildcard() -> None:
    rounds, looks = carried_out(Look(protocol="dns", target="www.a.test", subject="www.a.test"), SMALL)
    assert {ask.subject for ask in rounds[0] if ask.probe} == {"a.test"}
    assert not any("_domainkey" in one for one in asked(rounds))
    assert {one.subject for one in looks if one.protocol == "http"} == {"www.a.test"}


def test_a_host_of_a_redirect_gets_its_addresses_and_no_page() -> None:
    rounds, looks = carried_out(target("www.a.test", depth=1), SMALL)
    assert asked(rounds) == {"www.a.test A", "www.a.test AAAA"}
    assert {(one.protocol, one.depth) for one in looks} == {("tls", 1), ("rdap", 0)}


def test_an_exchange_says_whom_it_is_about() -> None:
    rounds, _ = carried_out(target("a.test"), SMALL)
    made = [exchange("a.test", ask, answer(ask, SMALL, dns.rcode.NOERROR)) for asks in rounds for ask in asks]
    by = {(one.subject, one.question): one for one in made}
    probe, reverse, mail = by["a.test", "wildcard A"], by["192.0.2.1", "PTR"], by["mx.b.test", "A"]
    assert (probe.target, probe.notes) == ("a.test", (("wildcard", "yes"),))
    assert (reverse.target, reverse.uri) == ("192.0.2.1", "dns://127.0.0.1/1.2.0.192.in-addr.arpa?type=PTR")
    assert mail.target == "mx.b.test"
    assert {one.protocol for one in made} == {"dns"}


def test_a_remembered_answer_is_the_answer() -> None:
    ask = Ask(subject="a.test", question=Question("www.a.test", A))
    one = answer(ask, SMALL, dns.rcode.NOERROR)
    again = remembered(one.uri, one.outcome, one.wire)
    assert (again.question, again.records, again.end, again.server) == (
        one.question,
        one.records,
        one.end,
        one.server,
    )
