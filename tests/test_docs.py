"""Prose that cannot lie: links lead somewhere, generated blocks are known and kept apart."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\((?!https?://|#)(?P<path>[^)#]+)[^)]*\)")


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_to_files(page: Path) -> None:
    links = [match["path"] for match in LINK.finditer(page.read_text("utf-8"))]
    assert not [link for link in links if not (page.parent / link).exists()]


def test_generated_files_are_up_to_date(generate: ModuleType) -> None:
    assert generate.stale(generate.made(None)) == []


def test_every_block_of_the_files_is_known(generate: ModuleType) -> None:
    found = {
        match["name"]
        for path in generate.WITH_BLOCKS
        for match in generate.BLOCK.finditer((ROOT / path).read_text("utf-8"))
    }
    assert found == {*generate.BLOCKS, "answer"}


def test_block_is_filled_and_the_rest_kept(generate: ModuleType) -> None:
    other = "b\n<!-- generated: answer -->\nkept\n<!-- end -->\n"
    text = f"a\n<!-- generated: sources -->\nold\n<!-- end -->\n{other}"
    assert generate.filled(text, {"sources": lambda: "new\n"}) == text.replace("old", "new")


def test_table_keeps_bars_and_line_breaks_inside_a_cell(generate: ModuleType) -> None:
    assert generate.table(["x"], [["a|b\nc"]]) == "| x |\n| --- |\n| a\\|b c |\n"


def test_answer_shows_columns_as_text_and_counts_the_rest(generate: ModuleType) -> None:
    row = {"provider": "DigiCert", "domain": "dahuasecurity.com", "last_seen": None}
    answer = {
        "query": "q",
        "question": "Who?",
        "as_of": "2026-01-01",
        "columns": [{}] * 18,
        "rows": [row] * 14,
    }
    lines = generate.answer_block(answer).splitlines()
    assert lines[1:4] == ["$ sousveil ask q --as-of 2026-01-01", "Who?", "14 rows"]
    assert lines[6].split() == ["DigiCert", "-", "-", "-", "-", "dahuasecurity.com", "-", "-", "-"]
    assert lines[-2] == "… and 2 more rows; 9 of 18 columns"
