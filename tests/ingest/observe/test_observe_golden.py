"""One small archive and what is read from it, to the byte: `golden.jsonl` is the promise.

Where a change is meant, print the new lines with `sousveil observe` and read the difference.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from archived import ISSUER, ROOT, SEEN, certificate, exchange, http, message, presented
from click.testing import CliRunner

from sousveil.cli import group
from sousveil.ingest.archive import RunFacts, Writer
from sousveil.ingest.records import Exchange

GOLDEN = Path(__file__).with_name("golden.jsonl")
RUN = RunFacts(
    id="golden", software="0", rules="0", catalogue="0", vantage="DE, test", started=SEEN, contact=None
)
REGISTRAR = b"""{"objectClassName": "domain", "entities": [{"roles": ["registrar"], "vcardArray": ["vcard",
[["fn", {}, "text", "Imagined Domains"]]]}],
"events": [{"eventAction": "expiration", "eventDate": "2027-01-01"}]}"""


def made() -> list[Exchange]:
    """Make one exchange of each kind, each a second after the last."""
    name = "www.example.com"
    chain = message(name, "A", f"{name} 1 IN CNAME e.cdn.example.", "e.cdn.example 1 IN A 192.0.2.1")
    text = message(
        name, "TXT", f'{name} 1 IN TXT "v=spf1 include:_spf.mail.example ~all"', f'{name} 1 IN TXT "MS=1"'
    )
    origin = "1.2.0.192.origin.asn.cymru.com"
    system = message(origin, "TXT", f'{origin} 1 IN TXT "64500 | 192.0.2.0/24 | US | arin | 2014-03-28"')
    page = b"<meta name=generator content='\xe2\x80\xaeDrupal 10'>"
    page += b"<script src=//cdn.other.example/x.js></script><img src=/a>"
    exchanges = [
        exchange("dns", chain, "A", uri=f"dns://192.0.2.53/{name}?type=A"),
        exchange("dns", text, "TXT", uri=f"dns://192.0.2.53/{name}?type=TXT"),
        exchange("dns", b"", "MX", uri=f"dns://192.0.2.53/{name}?type=MX", outcome="timeout"),
        exchange("dns", system, "TXT", uri=f"dns://192.0.2.53/{origin}?type=TXT", subject="192.0.2.1"),
        exchange("rdap", http(REGISTRAR), "domain", uri="https://rdap.example/domain/example.com"),
        presented(certificate(), certificate(subject=ISSUER, issuer=ROOT, names=())),
        exchange(
            "http",
            http(b"", "Location: https://www.example.com/", status="301 Moved"),
            uri="http://www.example.com/",
        ),
        exchange(
            "http", http(page, "Content-Type: text/html; charset=utf-8", "Server: nginx", "Set-Cookie: a=b")
        ),
        exchange("http", b"SSH-2.0", uri="https://www.example.com/odd"),
        exchange("smtp", b"220 mx.example.com ESMTP\r\n", "banner", uri="smtp://mx.example.com:25/192.0.2.1"),
    ]
    return [replace(one, time=SEEN.replace(second=second)) for second, one in enumerate(exchanges)]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    with Writer(folder, RUN) as writer:
        for one in made():
            writer.add(one)
    return folder


def observed(archive: Path, name: str) -> bytes:
    out = archive.parent / name
    done = CliRunner().invoke(group, ["observe", str(archive), "-o", str(out)])
    assert done.exit_code == 0, done.output
    return out.read_bytes()


def test_archive_gives_the_golden_lines(archive: Path) -> None:
    assert observed(archive, "o.jsonl").decode().splitlines() == GOLDEN.read_text("utf-8").splitlines()


def test_reading_twice_gives_the_same_bytes(archive: Path) -> None:
    assert observed(archive, "one.jsonl") == observed(archive, "other.jsonl") != b""
