"""Citations: nothing is lost on the way into BibTeX and CSL-JSON, and nothing in them runs."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sousveil.cli.citation import STYLES, Citation, of_answer, tex
from sousveil.cli.formats import cell
from sousveil.queries.answer import Answer

DAY = date(2026, 11, 24)
EVIDENCE = {"id": "ab" * 32, "source": "imc2020", "url": "https://example.org/a", "date": "2020-10"}
INPUTS = [
    {"source": "csl", "name": "consolidated.csv", "dated": "2026-11-01", "sha256": "cd" * 32},
    {"source": "catalogue", "name": "the bundled catalogue", "dated": "2026-10-01", "sha256": "ef" * 32},
]
CITATION = Citation(
    key="sousveil-x-0123456789ab",
    title="Who serves?",
    facts=("status: DISPUTED",),
    details=("input: x",),
    version="0123456789ab",
    issued=DAY,
    accessed=DAY,
)
# What a BibTeX value may hold after `tex`: plain letters, an escaped mark, or a command that prints one.
COMMANDS = {
    r"\textbackslash{}": "\\",
    r"\textbraceleft{}": "{",
    r"\textbraceright{}": "}",
    r"\textasciitilde{}": "~",
    r"\textasciicircum{}": "^",
}
TOKEN = re.compile(r"\\text[a-z]+\{\}|\\[$&#_%]|[^\\{}$&#_%~^]")


def answer(**changes: object) -> Answer:
    row = {"provider": "DigiCert", "status": "last-known", "evidence": [EVIDENCE]} | changes
    return Answer(
        query="providers-of",
        question="Who serves this company, or this domain?",
        parameters={"entity": "hikvision", "service": None},
        as_of="2020-12-31",
        known_on="2026-11-24",
        columns=dict.fromkeys(row, "x"),
        rows=[row],
        coverage={},
        caveats=["Not that there is a contract."],
        dataset={"version": "0123456789ab", "inputs": INPUTS},
    )


def read_back(text: str) -> str:
    """Read escaped TeX; a mark that TeX or BibTeX would act on is an error."""
    tokens = TOKEN.findall(text)
    assert "".join(tokens) == text
    return "".join(COMMANDS.get(token, token[-1]) for token in tokens)


@pytest.mark.parametrize("style", STYLES)
def test_every_style_names_dataset_version_days_and_hashes(style: str) -> None:
    told = STYLES[style](of_answer(answer(), {"ab" * 32: "12" * 32}, DAY))
    for part in ("0123456789ab", "2020-12-31", "hikvision", "Not that there is a contract", "2026"):
        assert part in told
    assert len(re.findall(r"[0-9a-f]{64}", told)) >= 2


def test_plain_text_lists_each_piece_of_evidence_and_input_with_its_hashes() -> None:
    lines = STYLES["text"](of_answer(answer(), {"ab" * 32: "12" * 32}, DAY)).splitlines()
    assert lines[0].startswith("sousveil (2026-11-01). Who serves this company, or this domain? Dataset")
    assert f"  evidence: imc2020, https://example.org/a, 2020-10, id {'ab' * 32}, sha256 {'12' * 32}" in lines
    assert f"  input: consolidated.csv, of 2026-11-01, sha256 {'cd' * 32}" in lines


def test_data_without_a_day_are_of_the_day_of_retrieval() -> None:
    undated = replace(answer(), dataset={"version": None, "inputs": [INPUTS[0] | {"dated": None}]})
    assert of_answer(undated, {}, DAY).issued == DAY


def test_the_same_rows_give_the_same_citation_and_others_another() -> None:
    assert of_answer(answer(), {}, DAY) == of_answer(answer(), {}, DAY)
    assert of_answer(answer(), {}, DAY) != of_answer(answer(provider="Entrust"), {}, DAY)


def test_csl_has_the_fields_of_a_dataset() -> None:
    (item,) = json.loads(STYLES["csl-json"](CITATION))
    assert set(item) == {"id", "type", "author", "title", "version", "issued", "accessed", "note"}
    assert item["type"] == "dataset"
    assert item["author"] == [{"literal": "sousveil"}]
    assert item["issued"] == item["accessed"] == {"date-parts": [[2026, 11, 24]]}
    assert item["note"] == "status: DISPUTED"


@given(st.text())
def test_bibtex_values_read_back_and_hold_nothing_that_runs(text: str) -> None:
    assert read_back(tex(text)) == cell(text)


@given(st.text())
def test_a_bibtex_entry_is_closed_where_it_ends(text: str) -> None:
    entry = STYLES["bibtex"](replace(CITATION, title=text, facts=(text,)))
    depths, depth = [], 0
    for mark in entry:
        depth += {"{": 1, "}": -1}.get(mark, 0)
        depths.append(depth)
    assert min(depths[5:-1]) == 1
    assert depths[-1] == 0
