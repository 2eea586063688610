"""The benchmark runs, and measures what it promises; its figures are nobody's business here."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "bench"))
import latency  # noqa: E402
import synthetic  # noqa: E402

from sousveil.ingest.records import Company, Provider, Sighting  # noqa: E402
from sousveil.queries import questions  # noqa: E402

RUN = [sys.executable, str(ROOT / "bench" / "run.py"), "--size", "small", "--store", "arcadedb"]


def test_world_is_the_same_each_time_and_the_beginning_of_a_larger_one() -> None:
    small = [chunk.extract.facts for chunk in synthetic.World(edges=500, chunk=250).chunks()]
    large = [chunk.extract.facts for chunk in synthetic.World(edges=1_000, chunk=250).chunks()]
    assert small == large[:2]


def test_world_has_the_number_of_services_that_it_says() -> None:
    chunks = list(synthetic.World(edges=2_000, chunk=500).chunks())
    facts = [fact for chunk in chunks for fact in chunk.extract.facts]
    claims = {fact.claim: fact for fact in facts if isinstance(fact, Sighting)}
    serving = [fact for fact in claims.values() if fact.service in synthetic.SERVICES]
    assert len(serving) == sum(chunk.serves for chunk in chunks) == 2_000
    assert sum(fact.provider == synthetic.HUB for fact in serving) > 0.2 * len(serving)


def test_world_names_nobody_that_exists() -> None:
    made = synthetic.World(edges=500)
    facts = [*made.foundation().facts, *(fact for chunk in made.chunks() for fact in chunk.extract.facts)]
    named = [fact for fact in facts if isinstance(fact, Company | Provider)]
    subjects = [fact.subject.key for fact in facts if isinstance(fact, Sighting)]
    assert named
    assert all(fact.name.startswith("Synthetic ") for fact in named)
    assert all(name.endswith(".example") for name in subjects)


def test_every_question_is_asked() -> None:
    asked = [case.name for case in latency.cases()]
    for name in questions():
        assert name == latency.FLAGSHIP or any(case.split(",")[0] == name for case in asked)


@pytest.mark.loopback
@pytest.mark.timeout(900)  # 20 s as a rule; minutes on a machine that does much else
def test_small_run_prints_rates_and_latencies() -> None:
    done = subprocess.run(RUN, capture_output=True, text=True, timeout=840, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-3_000:]
    for line in ("SERVES upserted, per second", "whole load, SERVES per second"):
        assert re.search(rf"\| {line} +\| [\d,]+ +\|", done.stdout), line
    for case in latency.cases():
        assert re.search(rf"\| {case.name} +\| [\d,]+ ", done.stdout), case.name
    assert re.search(
        r"- (met|NOT MET): flagship, whole, at most 3x the bare question .*: \d+\.\dx", done.stdout
    )
