"""`sousveil archive`: a run is listed, shown, verified, taken apart and signed from its files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from exchanges import RUN, STARTED, key_files, of_domain, page
from program import Program

from sousveil.ingest.archive import Archived, Writer, finish
from sousveil.ingest.archive.rendering import lines, safe
from sousveil.ingest.records import Exchange

HOSTILE = (
    b"HTTP/1.1 200 \x1b]0;owned\x07\r\nServer: \x9b31m\r\n\r\n\x1b[2J<p>\xe2\x80\xaegnp.exe\x00\r\n"
    + b"x" * 9000
)
TARGET = "a.example"


@pytest.fixture(scope="module")
def run(program: Program) -> Path:
    folder = program.home / "runs" / RUN.id
    folder.mkdir(parents=True)
    hostile = replace(
        page(TARGET, "https://evil.example/\x1b[2J", STARTED), target="evil.example", answered=HOSTILE
    )
    with Writer(folder, RUN) as writer:
        for exchange in [*of_domain(TARGET), hostile]:
            writer.add(exchange)
    finish(folder, STARTED)
    return folder


@pytest.fixture(scope="module")
def listed(program: Program, run: Path) -> list[dict[str, str]]:
    done = program("archive", "ls", str(run), "--format", "jsonl")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def unprintable(text: str) -> list[str]:
    return [char for char in text if char != "\n" and not char.isprintable()]


def test_listing_names_every_exchange_and_its_outcome(program: Program, listed: list[dict[str, str]]) -> None:
    assert [(row["kind"], row["question"], row["outcome"]) for row in listed][5:9] == [
        ("dns", "CAA", "nodata"),
        ("tls", "handshake", "ok"),
        ("http", "GET", "ok"),
        ("http", "GET", "ok"),
    ]
    done = program("archive", "ls", RUN.id[:7], "--target", "evil.example")
    assert done.stdout.count("\n") == 1
    assert unprintable(done.stdout) == []


def test_exchange_is_shown_and_its_bytes_are_written(
    program: Program, run: Path, listed: list[dict[str, str]], tmp_path: Path
) -> None:
    soa = next(row["evidence"] for row in listed if row["question"] == "SOA")
    shown = program("archive", "show", str(run), soa[:10])
    assert shown.returncode == 0, shown.stderr
    assert f"evidence: {soa}" in shown.stdout
    assert "a.example. 300 IN SOA ns1.a.example. jane.doe.a.example. 1 2 3 4 5" in shown.stdout
    target = tmp_path / "answer.bin"
    for expected in (0, 1):  # the second time the file is there
        done = program("archive", "extract", str(run), soa, "-o", str(target))
        assert done.returncode == expected, done.stderr
    (exchange,) = [one for one in of_domain(TARGET) if one.question == "SOA"]
    assert target.read_bytes() == exchange.answered
    refused = next(row["evidence"] for row in listed if row["outcome"] == "refused")
    done = program("archive", "extract", str(run), refused, "-o", str(tmp_path / "none"))
    assert "nothing came back: refused" in done.stderr


def shown(exchange: Exchange) -> Iterator[str]:
    return lines(Archived(exchange=exchange, evidence="e", digest="d", file="f", offset=0))


@pytest.mark.parametrize(
    "media", ["text/html", "application/dns-message", "application/pem-certificate-chain"]
)
@pytest.mark.parametrize("data", [HOSTILE, bytes(range(256)) * 30, b"\xc0\x0c" * 40])
def test_no_byte_of_a_stranger_reaches_the_terminal(media: str, data: bytes) -> None:
    exchange = replace(
        page(TARGET, "https://evil/\x1b[2J", STARTED), answered=data, media=media, outcome="\x07"
    )
    text = "\n".join(shown(exchange))
    assert unprintable(text) == []
    assert len(text) < 6_000


def test_certificate_is_summarised() -> None:
    (chain,) = [one for one in of_domain(TARGET) if one.outcome == "ok" and one.protocol == "tls"]
    told = "\n".join(shown(chain))
    assert "subject: CN=Jane Doe\N{REPLACEMENT CHARACTER}[31m" in told
    assert "valid: 2026-03-01 to 2026-05-30" in told
    assert "names: site0.example" in told
    broken = replace(chain, answered=chain.answered.replace(b"MII", b"MIJ"))
    assert "cannot be read" in "\n".join(shown(broken))


def test_packed_page_is_shown_as_text() -> None:
    (moved, packed) = [one for one in of_domain(TARGET) if one.protocol == "http"]
    assert "Content-Encoding: gzip" in list(shown(packed))
    assert any("Welcome to a.example." in line for line in shown(packed))
    assert list(shown(moved))[-1] == "Content-Length: 0"


def test_long_line_is_cut_and_half_a_character_is_marked() -> None:
    assert safe("y" * 2_000) == "y" * 1_000 + " … 1000 more characters"
    assert safe("\udc80") == "?"


def test_verify_tells_damage_and_signature_by_its_exit_code(
    program: Program, run: Path, tmp_path: Path
) -> None:
    private, public = key_files(tmp_path, "ours")
    signed = program("archive", "sign", str(run), "--key", str(private))
    assert signed.returncode == 0, signed.stderr
    done = program("archive", "verify", str(run), "--public-key", str(public))
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("1 files, 15 records, 11 exchanges: as they were written, signed by")
    path = run / "run-0000.warc.gz"
    data = bytearray(path.read_bytes())
    data[2000] ^= 1
    path.write_bytes(data)
    done = program("archive", "verify", str(run))
    assert done.returncode == 1
    assert "run-0000.warc.gz, byte" in done.stdout


def test_unknown_run_is_a_sentence(program: Program) -> None:
    done = program("archive", "ls", "1999")
    assert done.returncode == 2
    assert "1999: no such folder, and no such run" in done.stderr
