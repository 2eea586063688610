"""The gates of attribution on labelled truth; skipped where the truth is not on this machine."""

from __future__ import annotations

import gzip
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "bench"))
import accuracy  # noqa: E402
import truth  # noqa: E402
from accuracy import Figure, Part, abstention, coverage, precision, verdict_of  # noqa: E402
from judging import RIGHT  # noqa: E402

from sousveil.catalogue import load  # noqa: E402
from sousveil.ingest.attribute.attribution import attribute  # noqa: E402
from sousveil.ingest.attribute.knowledge import Knowledge  # noqa: E402

here = pytest.mark.skipif(
    not accuracy.TRUTH.is_dir(), reason=f"{accuracy.TRUTH}: the labelled truth is not on this machine"
)
DROP = 0.005  # half a point: what docs/accuracy.md says must still hold
MXMAP, SECASSURE = "email, mail_mxmap_world", "email, mail_secassure_ch_at"
GENERATED = 100_000
LIKE = {"o": "0", "l": "1", "i": "l", "m": "rn", "a": "\u0430", "e": "\u0435", "s": "5"}


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge.of(load())


@pytest.fixture(scope="module")
def parts() -> dict[str, Part]:
    return {part.name: part for part in accuracy.measure(accuracy.TRUTH, load(), with_peers=False)}


@here
def test_mail_agrees_with_the_labels_and_seldom_abstains(parts: dict[str, Part]) -> None:
    both = parts[MXMAP].outcomes + parts[SECASSURE].outcomes
    assert precision(both).share >= 0.93
    assert abstention(both).share <= 0.10


@here
def test_explicit_mail_hosts_of_microsoft_and_google_agree(parts: dict[str, Part]) -> None:
    explicit = parts[f"{MXMAP}: explicit MX"].outcomes
    assert coverage(explicit).n > 4_000
    assert coverage(explicit).share >= 0.99


@here
def test_gold_rows_have_a_gateway_of_cisco_and_never_a_mailbox_of_microsoft(knowledge: Knowledge) -> None:
    rows = truth.secassure(accuracy.TRUTH / "mail_secassure_ch_at.jsonl.gz")
    gold = [row for row in rows if row.told["manual_override"]]
    assert len(gold) == 125
    for row in gold:
        verdict = verdict_of(row, "email", knowledge)
        assert verdict is not None
        assert [(one.provider, one.role) for one in verdict.attributions] == [
            ("cisco-secure-email", "mail-gateway")
        ]
        assert verdict.conclusion.finding == "unknown"


@here
def test_name_servers_of_third_parties_are_named_and_right(parts: dict[str, Part]) -> None:
    third = parts["nameserver, third parties"].outcomes
    assert precision(third).share >= 0.97
    assert 1 - abstention(third).share >= 0.90


@here
def test_certificates_lead_to_their_owner(parts: dict[str, Part]) -> None:
    assert coverage(parts["certificate"].outcomes).share >= 0.98


@here
def test_embedded_resources_make_no_claim_and_the_same_hosts_as_aliases_do(knowledge: Knowledge) -> None:
    embedded = accuracy.claims_of_embeds(accuracy.TRUTH, knowledge, as_document=False)
    assert embedded == Counter(rows=9_611)
    alias = accuracy.claims_of_embeds(accuracy.TRUTH, knowledge, as_document=True)
    assert alias["cdn"] > 200


@here
def test_page_loads_are_exact(knowledge: Knowledge) -> None:
    told = {(row[0], row[1]): row for row in accuracy.told_of_pages(accuracy.TRUTH, knowledge)}
    found = {key: re.findall(r"([a-z0-9-]+) \((\w+)", row[3]) for key, row in told.items()}
    fastly = [("fastly", "edge")]
    assert found == {
        ("blooket.com", "cdn"): [],
        ("blooket.com", "web-hosting"): [("google", "platform")],
        ("www.blooket.com", "cdn"): fastly,
        ("www.blooket.com", "web-hosting"): [("github-pages", "platform")],
        ("ign.com", "cdn"): fastly,
        ("ign.com", "web-hosting"): [],
        ("www.ign.com", "cdn"): fastly,
        ("www.ign.com", "web-hosting"): [],
        ("reddit.com", "cdn"): fastly,
        ("reddit.com", "web-hosting"): [],
        ("www.reddit.com", "cdn"): fastly,
        ("www.reddit.com", "web-hosting"): [],
    }


@here
def test_font_awesome_as_document_is_stacked_cloudflare_outermost(knowledge: Knowledge) -> None:
    told = truth.documents(accuracy.TRUTH / "blooket.com.har.gz", "ka-f.fontawesome.com")
    verdict = verdict_of(told, "cdn", knowledge)
    assert verdict is not None
    assert [one.provider for one in verdict.attributions] == ["cloudflare", "amazon-cloudfront"]


@here
def test_figures_are_those_of_the_page(parts: dict[str, Part]) -> None:
    written = figures((ROOT / "docs" / "accuracy.md").read_text("utf-8"))
    assert written
    for name, (n, *shares) in written.items():
        counts = parts[name].outcomes
        assert coverage(counts).n == n, f"{name}: run make bench-accuracy"
        for figure, before, worse in zip((precision, coverage, abstention), shares, (1, 1, -1), strict=True):
            assert not worse * (before - figure(counts).share) > DROP, f"{name}: {figure.__name__} fell"


def figures(page: str) -> dict[str, tuple[float, ...]]:
    """Read the summary of a page: n, precision, recall, abstention by set."""
    lines = page.partition("## Summary")[2].partition("\n## ")[0].splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("|")]
    return {row[0]: (int(row[1]), *(_share(cell) for cell in row[2:5])) for row in cells[2:]}


def _share(cell: str) -> float:
    return float("nan") if cell == "-" else float(cell.partition(" ")[0])


def test_figures_are_read_from_the_page() -> None:
    page = "## Summary\n\n| set | n | p | r | a |\n|---|---|---|---|---|\n| x | 4 | 0.9 (a) | - | 0.1 (b) |\n"
    assert figures(page)["x"][:2] == (4, 0.9)


@pytest.mark.parametrize(("hits", "n", "low", "high"), [(0, 10, 0.0, 0.2775), (9, 10, 0.5958, 0.9821)])
def test_wilson_interval_is_that_of_the_textbook(hits: int, n: int, low: float, high: float) -> None:
    assert Figure(hits, n).interval() == pytest.approx((low, high), abs=1e-4)


def test_other_files_of_the_same_layout_are_measured(tmp_path: Path) -> None:
    packed = {
        "mail_mxmap_world.jsonl.gz": [
            {
                "domain": "a.example",
                "mx": ["aspmx.l.google.com"],
                "label": "google",
                "reason": "MX record (x)",
            },
            {"domain": "b.example", "mx": None, "label": "unknown"},
            {"domain": "c.example", "mx": ["mx.c.example"], "mx_asns": [64500], "label": "independent"},
            {"domain": "d.example", "mx": ["mx.nobody.example"], "spf": "v=spf1 -all", "label": "local-isp"},
            {"domain": "e.example", "mx": ["aspmx.l.google.com"], "label": "microsoft"},
        ],
        "mail_secassure_ch_at.jsonl.gz": [{"domain": "f.example", "mx": [], "provider": "unknown"}],
        "embeds_gsa_2025-01.jsonl.gz": [{"target_url": "g.example", "third_party_service_domains": ""}],
    }
    for name, rows in packed.items():
        with gzip.open(tmp_path / name, "wt", encoding="utf-8") as file:
            file.writelines(f"{json.dumps(row)}\n" for row in rows)
    with gzip.open(tmp_path / "nameservers_webdep_us_2023-04.csv.gz", "wt", encoding="utf-8") as file:
        file.write(
            "1000,h.example,cloudflare,Third,cloudflare.com\n1000,h.example,odd,x,amazon.com,Third,x.example\n"
        )
    done = subprocess.run(
        [sys.executable, ROOT / "bench" / "accuracy.py", "--truth", tmp_path],
        capture_output=True,
        text=True,
        check=True,
    )
    found = figures(done.stdout)
    assert found["email, mail_mxmap_world"] == (5, 0.75, 0.6, 0.2)
    assert found["nameserver, third parties"] == (2, 1.0, 0.5, 0.5)


def test_generated_look_alikes_name_nobody(knowledge: Knowledge) -> None:
    drawn = random.Random(6)  # noqa: S311 - the same look-alikes each time
    rules = [r for r in knowledge.matcher.rules.values() if r.kind in {"mx", "ns", "cname"}]
    values = sorted({(rule.kind, value) for rule in rules for value in rule.values if "*" not in value})
    for _ in range(GENERATED):
        kind, value = drawn.choice(values)
        name = like(value, drawn)
        found = {hit.value for hit in knowledge.matcher.fitting(kind, name)}
        above = {hit.value for hit in knowledge.matcher.fitting(kind, value)} - {value}
        assert found <= above, f"{kind} {name}, made of {value}, fits {found}"


def like(value: str, drawn: random.Random) -> str:
    """Return a name that looks like this one and is another: see the gates of the design."""
    labels = value.split(".")
    where = drawn.randrange(len(labels) - 1)
    match drawn.randrange(4):
        case 0:  # characters within a label
            place = drawn.randrange(len(labels[where]) + 1)
            labels[where] = f"{labels[where][:place]}zq{labels[where][place:]}"
        case 1:  # the whole as a suffixed domain
            labels += ["lookalike", "example"]
        case 2:  # homoglyphs
            changed = "".join(LIKE.get(letter, letter) for letter in labels[where])
            labels[where] = changed if changed != labels[where] else f"{changed}-"
        case _:  # a top-level domain that no rule holds
            labels[-1] = "invalid"
    return ".".join(["mx", *labels])


@here
def test_20_000_domains_a_minute(knowledge: Knowledge) -> None:
    rows = list(truth.mxmap(accuracy.TRUTH / "mail_mxmap_world.jsonl.gz"))[:3_000]
    observations = [one for row in rows for one in row.observations]
    start = time.process_time()
    verdicts = sum(1 for _ in attribute(observations, knowledge))
    rate = 3_000 / (time.process_time() - start) * 60
    assert verdicts >= 7 * 2_900
    assert rate > 20_000, f"{rate:.0f} domains a minute"


@here
def test_reviewed_rows_are_in_the_truth_and_still_wrong_there(parts: dict[str, Part]) -> None:
    listed = accuracy.reviewed()
    judged = {
        (one.row.file, one.row.target, one.label): one.outcome
        for part in parts.values()
        for one in part.judged
    }
    for key in listed:
        assert key in judged, f"bench/mislabelled.toml: {key} is no row of the truth"
        assert judged[key] != RIGHT, f"bench/mislabelled.toml: {key} agrees by now; remove it"
