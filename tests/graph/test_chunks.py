"""Batches are bounded, keep the order and lose nothing."""

from collections.abc import Iterator

import pytest

from sousveil.graph import StatementRefusedError
from sousveil.graph.chunks import MAX_BYTES, MAX_ROWS, chunks
from sousveil.graph.values import size_of


def test_rows_are_cut_by_number() -> None:
    rows: list[dict[str, object]] = [{"n": number} for number in range(2 * MAX_ROWS + 1)]
    parts = list(chunks(rows))
    assert [len(part) for part in parts] == [MAX_ROWS, MAX_ROWS, 1]
    assert [row for part in parts for row in part] == rows


def test_rows_are_cut_by_size() -> None:
    rows: list[dict[str, object]] = [{"text": "x" * 3_000_000} for _ in range(5)]
    assert [len(part) for part in chunks(rows)] == [2, 2, 1]


def test_nothing_gives_no_batch() -> None:
    assert list(chunks([])) == []


def test_rows_are_taken_as_they_come() -> None:
    taken: list[int] = []

    def source() -> Iterator[dict[str, object]]:
        for number in range(100):
            taken.append(number)
            yield {"n": number}

    first = next(chunks(source(), max_rows=10))
    assert len(first) == 10
    assert len(taken) == 11


def test_too_large_a_row_is_refused_by_its_number() -> None:
    with pytest.raises(StatementRefusedError, match="row 2"):
        list(chunks([{"text": "x"}, {"text": "x" * 17_000_000}]))


@pytest.mark.parametrize("text", ["plain", "ä" * 100, "海康威视", "😀" * 50, ""])
def test_estimate_is_never_below_the_bytes_on_the_wire(text: str) -> None:
    assert size_of("here", {text: [text, text]}) >= 3 * len(text.encode())
    assert size_of("here", text) <= 5 + 4 * len(text)
    assert MAX_BYTES < 16 * 1024 * 1024
