"""Families combine, the same family never adds, and nothing is surer than the cap."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sousveil.ingest.attribute.decision import decision
from sousveil.ingest.attribute.knowledge import Knowledge
from sousveil.ingest.attribute.review import complaints
from sousveil.ingest.attribute.scoring import Score, contradicted, score
from sousveil.ingest.attribute.signals import Signal
from sousveil.schema import observations

TABLE = decision()


def signal(family: str, start: float, kind: str = "cname", *, decisive: bool = False) -> Signal:
    return Signal(
        provider="p",
        service="cdn",
        role="edge",
        kind=kind,
        family=family,
        rule="p/cdn/edge/cname",
        value="v",
        text="t",
        subject="s",
        evidence="e",
        start=start,
        decisive=decisive,
    )


SIGNALS = st.lists(
    st.builds(signal, st.sampled_from(observations().families), st.floats(0.01, 0.99)), min_size=1, max_size=6
)


@given(SIGNALS)
def test_score_lies_between_the_surest_signal_and_the_cap(found: list[Signal]) -> None:
    made = score(found, TABLE)
    assert min(TABLE.cap, max(one.start for one in found)) <= made.confidence + 0.001
    assert made.confidence <= TABLE.cap


@given(SIGNALS, st.floats(0.01, 0.99))
def test_same_family_never_adds(found: list[Signal], start: float) -> None:
    weaker = signal(found[0].family, min(start, found[0].start))
    assert score([*found, weaker], TABLE) == score(found, TABLE)


@given(SIGNALS, st.floats(0, 1))
def test_contradiction_never_raises(found: list[Signal], other: float) -> None:
    made = score(found, TABLE)
    lowered = contradicted(made, other, TABLE)
    assert lowered.confidence <= made.confidence
    assert (lowered.strength == "ambiguous") == (other >= TABLE.contradiction)


def test_publishable_needs_two_families_or_one_decisive_rule() -> None:
    assert score([signal("names", 0.95)], TABLE).strength == "probable"
    assert score([signal("names", 0.95, decisive=True)], TABLE).strength == "publishable"
    assert score([signal("names", 0.8), signal("http", 0.8)], TABLE) == Score(0.96, "publishable")
    assert score([signal("names", 0.6, decisive=True)], TABLE).strength == "probable"
    assert score([signal("addresses", 0.9), signal("http", 0.3)], TABLE).strength == "probable"


def test_every_rule_of_the_catalogue_has_a_weight_and_names_its_own(knowledge: Knowledge) -> None:
    assert list(complaints(knowledge)) == []


def test_every_weight_is_a_probability_of_a_known_kind() -> None:
    for (_, _, kind), weight in TABLE.weights.items():
        assert kind in observations().kinds
        assert 0 < weight.start <= TABLE.cap
