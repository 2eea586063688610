import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from dns.rdatatype import AAAA, CNAME, MX, TXT, A
from hypothesis import given
from hypothesis import strategies as st
from name_server import reply

from sousveil.ingest.net import messages
from sousveil.ingest.net.messages import Reading, answers, query, question, read

NAME = "www.a.test"
CHAIN = [f"c{number}.test. CNAME c{number + 1}.test." for number in range(31)]


def asked(name: str, kind: int) -> dns.message.Message:
    return dns.message.from_wire(query(7, question(name, kind)))


def read_reply(name: str, kind: int, *records: str, code: dns.rcode.Rcode = dns.rcode.NOERROR) -> Reading:
    return read(reply(asked(name, kind), *records, code=code))


def test_query_is_what_dnspython_reads_as_the_same_question() -> None:
    message = asked(NAME, MX)
    assert (message.id, message.payload, message.ednsflags) == (7, 1232, 0)
    assert message.question[0].to_text() == "www.a.test. IN MX"


@pytest.mark.parametrize("name", [r"a\032b.test", r"\255.test", "xn--bcher-kva.test", "_dmarc.a.test"])
def test_odd_names_are_asked_for_as_they_are(name: str) -> None:
    assert asked(name, A).question[0].name == dns.name.from_text(name)


@pytest.mark.parametrize("name", ["a..test", f"{'x' * 64}.test", ".".join(["x" * 60] * 5)])
def test_names_that_the_dns_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(dns.exception.DNSException):
        question(name, A)


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        (dns.rcode.NXDOMAIN, "absent"),
        (dns.rcode.SERVFAIL, "servfail"),
        (dns.rcode.REFUSED, "refused"),
        (dns.rcode.NOTIMP, "refused"),
        (dns.rcode.FORMERR, "formerr"),
        (dns.rcode.BADVERS, "formerr"),
        (dns.rcode.NOERROR, "nodata"),
    ],
)
def test_each_code_has_its_outcome(code: dns.rcode.Rcode, outcome: str) -> None:
    assert read_reply(NAME, A, code=code).outcome == outcome


def test_a_referral_is_not_taken_for_no_data() -> None:
    answer = dns.message.make_response(asked(NAME, A))
    answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "NS", "ns.test."))
    assert read(answer.to_wire()).outcome == "servfail"


def test_a_chain_is_followed_to_its_end() -> None:
    found = read_reply("c0.test", A, *CHAIN[:30], "c30.test. A 192.0.2.1")
    assert (found.outcome, found.unfinished) == ("ok", False)
    assert found.end == dns.name.from_text("c30.test")


def test_a_chain_whose_end_is_missing_has_to_go_on() -> None:
    found = read_reply("c0.test", A, *CHAIN[:2])
    assert (found.outcome, found.unfinished) == ("ok", True)
    assert found.end == dns.name.from_text("c2.test")


@pytest.mark.parametrize("records", [CHAIN, ["c0.test. CNAME c1.test.", "c1.test. CNAME c0.test."]])
def test_endless_chains_end_as_servfail(records: list[str]) -> None:
    found = read_reply("c0.test", A, *records)
    assert found.outcome == "servfail"
    assert found.reason in {messages.LOOP, messages.TOO_LONG}


def test_a_question_for_the_cname_itself_is_answered_by_it() -> None:
    assert read_reply("c0.test", CNAME, CHAIN[0]).outcome == "ok"


def test_another_name_in_the_answer_section_is_no_answer() -> None:
    assert read_reply(NAME, A, "evil.test. A 192.0.2.1").outcome == "nodata"


@pytest.mark.parametrize(
    "wire",
    [
        reply(asked(NAME, TXT), f"{NAME}. TXT hello")[:-3],  # cut
        reply(asked(NAME, A), f"{NAME}. A 192.0.2.1") + b"more",
        query(7, question(NAME, A))[:2]
        + b"\x84\0\0\1\0\1\0\0\0\0"
        + question(NAME, A)
        + b"\xc0\x1c"
        + b"\0" * 10,
        b"\0\7\x84\0\0\1\0\1\0\0\0\0" + question(NAME, A) + b"\xc0\xff\0\1\0\1\0\0\0\0\0\4\1\2\3\4",
        b"\0\7\x84\0\0\1\0\0\0\1\0\0" + question(NAME, A) + b"\x80",
    ],
)
def test_malformed_answers_are_formerr_and_never_an_exception(wire: bytes) -> None:
    found = read(wire)
    assert found.outcome == "formerr"
    assert found.reason


def test_a_pointer_loop_ends_as_formerr() -> None:
    at = (12 + len(question(NAME, CNAME)) + 12).to_bytes(1, "big")
    record = b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0" + at
    assert read(b"\0\7\x84\0\0\1\0\1\0\0\0\0" + question(NAME, CNAME) + record).outcome == "formerr"


def test_only_the_question_that_was_asked_is_answered() -> None:
    mine = question("a.test", A)
    assert answers(reply(asked("A.Test", A), "a.test. A 192.0.2.1"), mine)
    assert not answers(reply(asked("b.test", A)), mine)
    assert not answers(reply(asked("a.test", AAAA)), mine)
    assert not answers(query(7, mine), mine)
    assert answers(b"\0\7\x80\5\0\0\0\0\0\0\0\0", mine)  # REFUSED, as some say it: a header alone
    assert not answers(b"\0\7\x80\0\0\0\0\0\0\0\0\0", mine)


RECORDS = st.sampled_from(
    [
        "www.a.test. A 192.0.2.1",
        "www.a.test. AAAA 2001:db8::1",
        "www.a.test. MX 10 mx.a.test.",
        'www.a.test. TXT "v=spf1 -all" "more"',
        "www.a.test. CNAME a.test.",
        "a.test. A 192.0.2.2",
        'a.test. CAA 0 issue "ca.test"',
        "_s._tcp.a.test. SRV 0 0 443 a.test.",
        "a.test. SOA ns.a.test. h.a.test. 1 2 3 4 5",
        r"a.test. TYPE65280 \# 3 010203",
    ]
)


@given(st.lists(RECORDS, max_size=8, unique=True), st.sampled_from([A, MX, TXT]))
def test_records_are_those_that_dnspython_reads(records: list[str], kind: int) -> None:
    wire = reply(asked(NAME, kind), *records)
    expected = {
        (rrset.name, rrset.rdtype, item) for rrset in dns.message.from_wire(wire).answer for item in rrset
    }
    assert {(one.owner, one.type, one.data) for one in read(wire).records} == expected


@given(st.binary(max_size=80), st.integers(0, 60))
def test_no_bytes_raise(noise: bytes, at: int) -> None:
    wire = reply(asked(NAME, A), "www.a.test. CNAME a.test.", "a.test. A 192.0.2.2")
    assert read(wire[:12] + wire[12 : 12 + at] + noise).outcome
