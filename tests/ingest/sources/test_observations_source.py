"""What was seen becomes looks and embeds, and nothing of a person enters the graph."""

from __future__ import annotations

import json

import pytest

from sousveil.catalogue import parse
from sousveil.ingest.records import Check, Embed, Evidence
from sousveil.ingest.sources.documents import Document, SourceError
from sousveil.ingest.sources.observations import described, read


def line(
    kind: str, scope: str, value: str, evidence: str, subject: str = "lion.example", **detail: str
) -> str:
    return json.dumps({
        "target": "lion.example", "subject": subject, "kind": kind, "scope": scope, "value": value,
        "evidence": evidence, "time": "2026-03-01T12:00:00Z", "vantage": "nowhere", "detail": detail,
    })  # fmt: skip


LINES = [
    described(
        "e1", digest="d1", uri="dns://1.1.1.1/lion.example?type=MX", locator="run r, a.warc.gz, byte 0"
    ),
    line("looked", "dns", "timeout", "e0", question="MX"),
    line("looked", "dns", "nodata", "e1", question="MX"),
    line("looked", "redirect", "ok", "e2", question="GET"),
    line("status", "redirect", "301", "e2", url="https://lion.example/", location="//www.lion.example/"),
    line("embed", "third-party-asset", "fonts.amber.example", "e3", subject="www.lion.example"),
    line("embed", "first-party-asset", "img.lion.example", "e3", subject="www.lion.example"),
    line("soa", "dns", "jane-doe.example", "e4", mailbox_domain="secret.example"),
    line("certificate", "tls", "ff", "e5", organisation="Jane Doe"),
]


def facts() -> list[object]:
    document = Document(name="f.jsonl", data="\n".join(LINES).encode())
    return list(read(document, parse({})).facts)


def test_best_answered_look_counts_for_each_service() -> None:
    found = {c.service: (c.outcome, c.final_host) for c in facts() if isinstance(c, Check)}
    moved = ("ok", "www.lion.example")
    assert found == {"email": ("nodata", None), "web-hosting": moved, "cdn": moved, "cms": moved}


def test_third_party_asset_is_embedded_and_record_keeps_its_place() -> None:
    assert [(e.host, e.page) for e in facts() if isinstance(e, Embed)] == [
        ("fonts.amber.example", "lion.example")
    ]
    (record,) = [e for e in facts() if isinstance(e, Evidence) and e.id == "e1"]
    assert (record.digest, record.locator) == ("d1", "run r, a.warc.gz, byte 0")


def test_nothing_of_a_person_is_kept() -> None:
    text = str(facts())
    assert not [word for word in ("jane", "Jane", "secret") if word in text]


@pytest.mark.parametrize("text", ["", '{"record": 3}'])
def test_file_without_observations_is_refused(text: str) -> None:
    with pytest.raises(SourceError):
        read(Document(name="f.jsonl", data=text.encode()), parse({}))
