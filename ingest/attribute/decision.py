"""The decision table, decision.toml: what each signal is worth, and the few thresholds."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Weight:
    """The start confidence of a signal; a decisive one may be published alone."""

    start: float
    decisive: bool = False


@dataclass(frozen=True, slots=True)
class Together:
    """Kinds that were measured together, for one service and role."""

    service: str
    role: str
    kinds: frozenset[str]
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Everything that decision.toml holds, under the names it has there."""

    publishable: float
    families: int
    cap: float
    contradiction: float
    weights: dict[tuple[str, str, str], Weight]
    together: tuple[Together, ...]
    weak: float
    weak_headers: frozenset[str]
    mixed: frozenset[str]
    hoster: float
    behind_cdn: float
    marks: int
    marked: float
    on_platform: float
    self_start: float
    edge_certificates: dict[str, tuple[str, ...]]
    parked: tuple[str, ...]

    def weight(self, service: str, role: str, kind: str) -> Weight | None:
        """Return what a rule of this service, role and kind is worth; None: nothing."""
        return self.weights.get((service, role, kind))


# Tables of decision.toml that hold no weights.
OTHERS = {"thresholds", "together", "weak", "mixed", "hoster", "behind-cdn", "marks", "self"}
OTHERS |= {"edge-certificates", "parked"}


@cache
def decision() -> Decision:
    """Read decision.toml."""
    data = tomllib.loads(files(__package__ or __name__).joinpath("decision.toml").read_text("utf-8"))
    return Decision(
        **data["thresholds"],
        weights={
            (service, role, kind): _weight(value)
            for service, roles in data.items()
            if service not in OTHERS
            for role, kinds in roles.items()
            for kind, value in kinds.items()
        },
        together=tuple(_together(item) for item in data["together"]),
        weak=data["weak"]["start"],
        weak_headers=frozenset(data["weak"]["header"]),
        mixed=frozenset(data["mixed"]["asn"]),
        hoster=data["hoster"]["start"],
        behind_cdn=data["behind-cdn"]["start"],
        marks=data["marks"]["count"],
        marked=data["marks"]["confidence"],
        on_platform=data["marks"]["platform"],
        self_start=data["self"]["start"],
        edge_certificates={name: tuple(issuers) for name, issuers in data["edge-certificates"].items()},
        parked=tuple(data["parked"]["names"]),
    )


def _weight(value: object) -> Weight:
    if isinstance(value, dict):
        return Weight(float(value["start"]), bool(value["decisive"]))
    return Weight(float(str(value)))


def _together(item: dict[str, object]) -> Together:
    kinds = item["kinds"]
    if not isinstance(kinds, list):
        raise TypeError("decision.toml, together: kinds must be a list")
    confidence = float(str(item["confidence"]))
    return Together(str(item["service"]), str(item["role"]), frozenset(kinds), confidence)
