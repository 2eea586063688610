"""Observations survive the way to a file and back; a line that is none is named."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.lines import LineError, line, read
from sousveil.ingest.records import Observation

MX = Observation(
    target="hikvision.com",
    subject="hikvision.com",
    kind="mx",
    scope="dns",
    value="mx.example.net",
    evidence="e1",
    time="2026-11-23T10:00:00Z",
    vantage="test",
    detail=(("preference", "10"),),
)


@given(value=st.text(), preference=st.text())
def test_observation_survives_the_way_to_a_file_and_back(value: str, preference: str) -> None:
    one = Observation(
        **{name: getattr(MX, name) for name in ("target", "subject", "kind", "scope", "evidence", "time")},
        vantage="test",
        value=value,
        detail=(("preference", preference),),
    )
    assert list(read([line(one)], "o.jsonl")) == [one]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"kind": "mxx"}, "unknown kind 'mxx'"),
        ({"scope": "document"}, "not seen in scope 'document'"),
        ({"detail": {"weight": "1"}}, "no detail 'weight'"),
        ({"detail": {"preference": 10}}, "object of texts"),
        ({"value": 1}, "'value' is missing, or no text"),
        ({"colour": "red"}, "unknown field 'colour'"),
        ({"time": "yesterday"}, "yesterday"),
    ],
)
def test_line_that_is_no_observation_is_named(change: dict[str, Any], reason: str) -> None:
    good = line(MX)
    bad = json.dumps(json.loads(good) | change)
    with pytest.raises(LineError, match=r"o\.jsonl, line 3: ") as caught:
        list(read([good, "", bad], "o.jsonl"))
    assert reason in str(caught.value)


@pytest.mark.parametrize("text", ["[]", "null", "{", "[" * 100_000])
def test_line_that_is_no_object_is_named(text: str) -> None:
    with pytest.raises(LineError, match=r"o\.jsonl, line 1: "):
        list(read([text], "o.jsonl"))
