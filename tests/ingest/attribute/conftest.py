"""Observations in a few words, and what is concluded from them with the catalogue that ships."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sousveil.catalogue import load
from sousveil.ingest.attribute.attribution import attribute
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.verdict import Verdict
from sousveil.ingest.records import Observation
from sousveil.schema import observations

TARGET = "hikvision.com"


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """Return the rules that ship, compiled."""
    return Knowledge.of(load())


@pytest.fixture(scope="session")
def see() -> Callable[..., Observation]:
    """Return a function that writes an observation: kind, value, and what differs from the usual."""

    def written(
        kind: str, value: str, subject: str = TARGET, scope: str = "", target: str = TARGET, **detail: str
    ) -> Observation:
        return Observation(
            target=target,
            subject=subject,
            kind=kind,
            scope=scope or observations().kinds[kind].scopes[0],
            value=value,
            evidence=f"{kind} {subject} {value}",
            time="2026-11-23T10:00:00Z",
            vantage="test",
            detail=tuple(sorted(detail.items())),
        )

    return written


@pytest.fixture(scope="session")
def conclude(knowledge: Knowledge) -> Callable[..., Verdict]:
    """Return a function that says what is concluded for a service, of the target or another host."""

    def concluded(service: str, *found: Observation, host: str = TARGET) -> Verdict:
        verdicts = {(one.conclusion.host, one.conclusion.service): one for one in attribute(found, knowledge)}
        return verdicts[host, service]

    return concluded
