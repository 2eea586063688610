"""What is added is what is read, whatever the bytes; other people's tools read it too."""

from __future__ import annotations

import gzip
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path

import pytest
from exchanges import RUN, STARTED, looked_up, of_domain, of_domains, page, unanswered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator

from sousveil.ingest.archive import ArchiveError, RunFacts, Writer, facts, find, read
from sousveil.ingest.archive.index import entries
from sousveil.ingest.archive.warc import pack, parse, records, run_of, warcinfo
from sousveil.ingest.records import Exchange, digest

ANY = st.text(st.characters(), max_size=20)  # surrogates and control characters too
PAIRS = st.lists(st.tuples(ANY, ANY), max_size=3).map(tuple)
HEADS = st.sampled_from(
    [b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", b"\r\n\r\n", b"WARC/1.1\r\n"]
)
BYTES = st.builds(bytes.__add__, HEADS, st.binary(max_size=60))
URIS = st.builds(
    str.__add__, st.sampled_from(["http://a/", "https://a/", "dns://1.1.1.1/", "<", "", " "]), ANY
)
TIMES = st.datetimes(timezones=st.just(UTC))
EXCHANGES = st.builds(
    Exchange,
    target=ANY,
    subject=ANY,
    protocol=st.sampled_from(["dns", "rdap", "tls", "http", "smtp"]),
    question=ANY,
    uri=URIS,
    time=TIMES,
    outcome=ANY | st.sampled_from(["ok", "timeout", "too-large"]),
    server=st.none() | ANY | st.sampled_from(["100.64.0.1:443", "[2001:db8::1]:443", "fe80::1%eth0", "[::"]),
    asked=BYTES,
    answered=BYTES,
    media=ANY | st.sampled_from(["text/html; charset=x", "application/http; msgtype=response"]),
    notes=PAIRS,
)
RUNS = st.builds(
    RunFacts, id=ANY, software=ANY, rules=ANY, catalogue=ANY, vantage=ANY, started=TIMES,
    resolvers=st.lists(ANY, max_size=2).map(tuple), contact=st.none() | ANY, options=PAIRS,
)  # fmt: skip
IN_TEMPORARY_FOLDERS = settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def folder_of(parent: Path) -> Path:
    parent.mkdir(exist_ok=True)
    made = parent / str(len(list(parent.iterdir())))
    made.mkdir()
    return made


def written(folder: Path, exchanges: list[Exchange]) -> list[str]:
    with Writer(folder, RUN) as writer:
        return [writer.add(exchange) for exchange in exchanges]


@IN_TEMPORARY_FOLDERS
@given(st.lists(EXCHANGES, min_size=1, max_size=3))
def test_every_exchange_is_read_as_it_was_added(fresh: Path, exchanges: list[Exchange]) -> None:
    folder = folder_of(fresh)
    ids = written(folder, exchanges)
    found = list(read(folder))
    assert [archived.exchange for archived in found] == exchanges
    assert [archived.evidence for archived in found] == ids
    with (folder / "run-0000.warc.gz").open(
        "rb"
    ) as stream:  # warcio reads every record, and finds every digest right
        for record in ArchiveIterator(stream, check_digests=True):
            record.content_stream().read()
            assert record.digest_checker.passed is not False


@given(RUNS)
def test_facts_of_the_run_are_read_as_they_were_given(run: RunFacts) -> None:
    record = parse(unpacked(pack(warcinfo(run, "a-0000.warc.gz"))))
    assert run_of(record) == run


def unpacked(member: bytes) -> bytes:
    return gzip.decompress(member)


@given(EXCHANGES)
def test_no_byte_of_a_stranger_begins_a_line_of_a_header(exchange: Exchange) -> None:
    for record in records(exchange, "run", "warcinfo")[1]:
        head = unpacked(pack(record))[: -len(record.block) - 4 or None]
        lines = head.decode("ascii").split("\r\n")
        assert all(line == "WARC/1.1" or ": " in line for line in lines if line)
        assert len(lines) == 1 + len(record.fields) + 1 + 2  # the version, the fields, the length, the end


def test_same_exchanges_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        written(folder, list(of_domains(2)))
    assert (first / "run-0000.warc.gz").read_bytes() == (second / "run-0000.warc.gz").read_bytes()


def test_same_answer_at_another_time_is_other_evidence(tmp_path: Path) -> None:
    once = looked_up("a.example", "MX", STARTED, 1)
    again = replace(once, time=STARTED + timedelta(microseconds=1))
    first, second = written(tmp_path, [once, again])
    assert first != second
    assert len({archived.digest for archived in read(tmp_path)}) == 1


def test_evidence_id_is_the_hash_of_run_address_date_and_digest(tmp_path: Path) -> None:
    (evidence,) = written(tmp_path, [looked_up("a.example", "MX", STARTED, 1)])
    (archived,) = read(tmp_path)
    address, date = "dns://127.0.0.1/a.example?type=MX", "2026-03-01T12:00:00.000000Z"
    assert evidence == digest("record", RUN.id, address, date, archived.digest)


def test_records_are_those_of_the_standard(tmp_path: Path) -> None:
    written(tmp_path, list(of_domain("a.example")))
    with (tmp_path / "run-0000.warc.gz").open("rb") as stream:
        found = [
            (r.rec_type, r.rec_headers["Content-Type"]) for r in ArchiveIterator(stream, no_record_parse=True)
        ]
    assert found == [
        ("warcinfo", "application/warc-fields"),
        *[("resource", "application/dns-message")] * 6,
        ("resource", "application/pem-certificate-chain"),
        *[
            ("response", "application/http; msgtype=response"),
            ("request", "application/http; msgtype=request"),
        ]
        * 2,
        ("metadata", "application/warc-fields"),
    ]


def test_request_and_response_name_each_other_and_the_machine(tmp_path: Path) -> None:
    written(tmp_path, [page("a.example", "https://a.example/", STARTED)])
    with (tmp_path / "run-0000.warc.gz").open("rb") as stream:
        _, response, request = [record.rec_headers for record in ArchiveIterator(stream)]
    assert response["WARC-Concurrent-To"] == request["WARC-Record-ID"]
    assert request["WARC-Concurrent-To"] == response["WARC-Record-ID"]
    assert {response["WARC-IP-Address"], request["WARC-IP-Address"]} == {"100.64.0.7"}
    assert response["WARC-Target-URI"] == "https://a.example/"


@pytest.mark.parametrize(
    ("outcome", "notes", "why"),
    [
        ("too-large", (), "length"),
        ("timeout", (), "time"),
        ("reset", (), "disconnect"),
        ("ok", (("truncated", "9"),), "length"),
        ("ok", (), None),
    ],
)  # fmt: skip
def test_part_of_an_answer_is_kept_and_marked(
    outcome: str, notes: tuple[tuple[str, str], ...], why: str | None
) -> None:
    part = replace(page("a.example", "https://a.example/", STARTED), outcome=outcome, notes=notes)
    answer = records(part, "run", "warcinfo")[1][0]
    assert answer.block == part.answered
    assert answer.fields.get("WARC-Truncated") == why


def test_failure_says_what_was_asked_of_whom_and_how_it_failed() -> None:
    (record,) = records(unanswered("a.example", STARTED), "run", "warcinfo")[1]
    assert record.type == "metadata"
    said = dict(line.split(": ", 1) for line in record.block.decode().splitlines())
    assert said["outcome"] == "refused"
    assert said["question"] == "handshake"
    assert said["subject"] == "mail.a.example"
    assert said["server"] == "100.64.0.8:443"
    assert said["notes"] == "error=connection%20refused"


def test_time_without_a_zone_is_refused(tmp_path: Path) -> None:
    naive = replace(looked_up("a.example", "MX", STARTED, 1), time=STARTED.replace(tzinfo=None))
    with pytest.raises(ArchiveError, match="no time zone"):
        written(tmp_path, [naive])


def test_index_finds_by_digits_and_by_target_and_is_made_anew(tmp_path: Path) -> None:
    exchanges = list(of_domains(3))
    ids = written(tmp_path, exchanges)
    assert find(tmp_path, ids[7]).exchange == exchanges[7]
    assert find(tmp_path, ids[8][:12]).exchange == exchanges[8]
    assert [entry.evidence for entry in entries(tmp_path, "site1.example")] == ids[10:20]
    (tmp_path / "index.sqlite").write_bytes(b"no database")
    assert [entry.evidence for entry in entries(tmp_path)] == ids
    with Writer(tmp_path, RUN, "more") as writer:
        more = writer.add(unanswered("more.example", STARTED))
    assert find(tmp_path, more).exchange.target == "more.example"
    with pytest.raises(ArchiveError, match="no evidence"):
        find(tmp_path, "0" * 64)
    with pytest.raises(ArchiveError, match="at least 4 digits"):
        find(tmp_path, "0")


def test_facts_come_from_the_files(tmp_path: Path) -> None:
    written(tmp_path, [unanswered("a.example", STARTED)])
    assert facts(tmp_path) == RUN
    assert facts(tmp_path / "run-0000.warc.gz") == RUN


def test_damage_is_an_error_that_names_file_and_byte(tmp_path: Path) -> None:
    written(tmp_path, list(of_domain("a.example")))
    path = tmp_path / "run-0000.warc.gz"
    data = bytearray(path.read_bytes())
    at = [archived.offset for archived in read(tmp_path)][3]
    data[at + 60] ^= 4
    path.write_bytes(data)
    with pytest.raises(ArchiveError, match=f"run-0000.warc.gz, byte {at}: the bytes were changed"):
        list(read(tmp_path))


def test_thousand_domains_pass_warcio_check(tmp_path: Path) -> None:
    written(tmp_path, list(of_domains(1000)))
    path = tmp_path / "run-0000.warc.gz"
    command = [sys.executable, "-m", "warcio.cli", "check", "--verbose", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert done.stdout.count("digest pass") == 12_001
