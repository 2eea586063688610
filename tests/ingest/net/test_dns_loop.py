import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator

import dns.flags
import dns.message
import dns.rcode
import pytest
from dns.rdatatype import MX, TXT, A
from name_server import NameServer, reply

from sousveil.ingest.net.dns import Answer, Loop, ResolverError, name_server, parse_server, resolve
from sousveil.ingest.net.messages import query, question
from sousveil.ingest.net.policy import Rate
from sousveil.ingest.net.ports import Question, Server

pytestmark = pytest.mark.loopback

FAST = Rate(1e6, 1e6)
QUICK = (0.2, 0.2, 0.2)
ASKED = Question("a.test", A)
Say = Callable[[dns.message.Message, bool], Iterable[bytes]]


def ask(
    say: Say, *questions: Question, timeouts: tuple[float, ...] = QUICK
) -> tuple[list[Answer], Loop, NameServer]:
    with NameServer(say) as server:
        loop = Loop([server.address], FAST, timeouts)
        found = resolve(loop, questions or (ASKED,))
        loop.close()
    return found, loop, server


def good(message: dns.message.Message, _tcp: bool = False) -> Iterator[bytes]:
    yield reply(message, f"{message.question[0].name} A 192.0.2.1")


def cut(message: dns.message.Message) -> bytes:
    answer = dns.message.make_response(message)
    answer.flags |= dns.flags.TC
    return answer.to_wire()


def test_many_questions_get_each_its_own_answer() -> None:
    names = [f"d{number}.test" for number in range(150)]
    found, _, _ = ask(good, *(Question(name, A) for name in names), timeouts=(9.0, 9.0))
    assert [one.records[0].owner.to_text() for one in found] == [f"{name}." for name in names]
    assert {one.outcome for one in found} == {"ok"}


def test_an_answer_keeps_the_bytes_of_both_sides() -> None:
    (one,), _, server = ask(good)
    assert one.asked[12:].startswith(question("a.test", A))
    assert dns.message.from_wire(one.asked).is_response(dns.message.from_wire(one.wire))
    assert one.uri == f"dns://{server.place}/a.test?type=A"


def test_ids_and_ports_are_not_predictable() -> None:
    seen: set[tuple[str, int]] = set()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        loop = Loop([sock.getsockname()], FAST, (0.05,))
        found = resolve(loop, [ASKED] * 100)
        loop.close()
        sock.setblocking(False)
        for _ in found:
            seen.add(sock.recvfrom(512)[1])
    ids = [one.asked[:2] for one in found]
    assert len(set(ids)) > 90
    assert len(seen) > 20


def forged(message: dns.message.Message) -> Iterator[bytes]:
    other = query(message.id ^ 1, question("a.test", A))
    yield reply(dns.message.from_wire(other), "a.test. A 192.0.2.66")
    wrong = query(message.id, question("b.test", A))
    yield reply(dns.message.from_wire(wrong), "b.test. A 192.0.2.66")
    yield query(message.id, question("a.test", A))
    yield b"\x01"


def test_wrong_ids_and_questions_are_ignored_and_counted() -> None:
    (one,), loop, _ = ask(lambda message, _: [*forged(message), *good(message)])
    assert [str(record.data) for record in one.records] == ["192.0.2.1"]
    assert loop.ignored == {"wrong id": 2, "wrong question": 2}


def test_an_answer_from_another_port_is_ignored_and_counted() -> None:
    """The right id and question, from the right address, but not from the port that was asked."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))

        def lie() -> None:
            wire, source = sock.recvfrom(512)
            message = dns.message.from_wire(wire)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as liar:
                liar.sendto(reply(message, "a.test. A 192.0.2.66"), source)
            sock.sendto(reply(message, "a.test. A 192.0.2.1"), source)

        thread = threading.Thread(target=lie)
        thread.start()
        loop = Loop([sock.getsockname()], FAST, (2.0,))
        (one,) = resolve(loop, [ASKED])
        loop.close()
        thread.join()
    assert [str(record.data) for record in one.records] == ["192.0.2.1"]
    assert loop.ignored == {"wrong server": 1}


def test_silence_is_asked_again_and_ends_as_timeout() -> None:
    (one,), _, server = ask(lambda _message, _tcp: ())
    assert one.outcome == "timeout"
    assert len(server.asked) == 3
    assert ("attempts", "3") in one.notes


def test_servfail_is_asked_again_and_may_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.ingest.net.dns.BACKOFF", 0.01)
    said = iter([dns.rcode.SERVFAIL, dns.rcode.NOERROR])
    (one,), _, _ = ask(
        lambda message, _: [reply(message, "a.test. A 192.0.2.1", code=next(said))], timeouts=(5.0, 5.0)
    )
    assert one.outcome == "ok"


def test_servfail_then_silence_is_servfail_with_its_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.ingest.net.dns.BACKOFF", 0.01)
    said = iter([True])
    (one,), _, _ = ask(
        lambda message, _: [reply(message, code=dns.rcode.SERVFAIL)] if next(said, False) else []
    )
    assert one.outcome == "servfail"
    assert one.wire


@pytest.mark.parametrize("code", [dns.rcode.REFUSED, dns.rcode.NXDOMAIN, dns.rcode.FORMERR])
def test_other_outcomes_are_final(code: dns.rcode.Rcode) -> None:
    _, _, server = ask(lambda message, _: [reply(message, code=code)])
    assert len(server.asked) == 1


@pytest.mark.skipif("sys.platform != 'linux'", reason="ICMP errors are seen on Linux alone")
def test_a_closed_port_is_refused_at_once() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        address: Server = free.getsockname()
    loop = Loop([address], FAST)
    before = time.monotonic()
    assert {one.outcome for one in resolve(loop, [ASKED] * 50)} == {"refused"}
    assert time.monotonic() - before < 1
    loop.close()


def test_64_kb_of_text_come_over_tcp() -> None:
    texts = [f'a.test. TXT "{"x" * 250}" "{number}"' for number in range(240)]

    def say(message: dns.message.Message, over_tcp: bool) -> Iterator[bytes]:
        yield reply(message, *texts) if over_tcp else cut(message)

    (one,), _, server = ask(say, Question("a.test", TXT))
    assert (one.outcome, len(one.records)) == ("ok", 240)
    assert len(one.wire) > 60_000
    assert [over_tcp for _, _, over_tcp in server.asked] == [False, True]
    assert ("transport", "tcp") in one.notes


def test_what_is_cut_over_tcp_too_is_truncated() -> None:
    (one,), _, _ = ask(lambda message, _: [cut(message)])
    assert one.outcome == "truncated"


def test_truncation_without_tcp_is_truncated_with_the_bytes() -> None:
    (one,), _, _ = ask(lambda message, over_tcp: [] if over_tcp else [cut(message)])
    assert one.outcome == "truncated"
    assert one.wire
    assert "closed" in dict(one.notes)["error"]


def test_an_oversized_datagram_is_formerr_with_its_bytes() -> None:
    (one,), _, _ = ask(lambda message, _: [reply(message, *(f"a.test. A 192.0.2.{n}" for n in range(100)))])
    assert one.outcome == "formerr"
    assert len(one.wire) > 1232


def test_malformed_answers_are_formerr_with_their_bytes() -> None:
    (one,), _, _ = ask(lambda message, _: [reply(message, "a.test. A 192.0.2.1")[:-2]])
    assert one.outcome == "formerr"
    assert one.wire
    assert "malformed" in dict(one.notes)["error"]


def test_a_name_that_cannot_be_asked_for_is_not_attempted() -> None:
    found, _, server = ask(good, Question("a..test", A), ASKED)
    assert [one.outcome for one in found] == ["not-attempted", "ok"]
    assert len(server.asked) == 1


def test_the_rate_of_a_resolver_is_kept() -> None:
    with NameServer(good) as server:
        loop = Loop([server.address], Rate(100, 10))
        before = time.monotonic()
        resolve(loop, [ASKED] * 40)
        took = time.monotonic() - before
        loop.close()
    assert 0.28 < took < 3


def test_resolvers_take_turns_and_a_dead_one_costs_no_answer() -> None:
    with NameServer(good) as first, NameServer(good) as second, NameServer(lambda _m, _t: ()) as dead:
        loop = Loop([first.address, dead.address, second.address], FAST, QUICK)
        found = resolve(loop, [Question(f"d{number}.test", MX) for number in range(90)])
        loop.close()
    assert {one.outcome for one in found} == {"nodata"}
    assert min(len(first.asked), len(second.asked)) >= 30
    assert len(dead.asked) >= 30


def test_ports_are_renewed_and_no_socket_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.ingest.net.dns.MOST_SENT", 2)
    with NameServer(good) as server:
        loop = Loop([server.address], FAST)
        found = resolve(loop, [ASKED] * 100)
        open_now = len(loop._selector.get_map())
        loop.close()
    assert {one.outcome for one in found} == {"ok"}
    assert open_now <= 33


@pytest.mark.parametrize(
    ("text", "server"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[2001:DB8::1]:54", ("2001:db8::1", 54)),
    ],
)
def test_resolvers_are_named_by_address_and_port(text: str, server: Server) -> None:
    assert parse_server(text) == server
    assert parse_server(name_server(server)) == server


@pytest.mark.parametrize("text", ["dns.example", "192.0.2.1:99999", "192.0.2.1:x", "", "1.2.3:53"])
def test_a_misnamed_resolver_is_told_how_to_be_named(text: str) -> None:
    with pytest.raises(ResolverError, match="write an address"):
        parse_server(text)
