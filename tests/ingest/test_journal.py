"""The journal is append-only, survives a kill, and never passes off a damaged line or file as whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from sousveil.ingest.journal import Entry, Journal, JournalError
from sousveil.ingest.sources.documents import Document

DAY = date(2022, 4, 21)
STRANGE = {
    "line separator": "list\u2028two.csv",
    "next line": "list\x85two.csv",
    "line feed": "list\ntwo.csv",
    "chinese": "名单.csv",
    "quotes": '"list".csv',
    "no text": "list\udcff.csv",
}
WRITER = """
import sys
from pathlib import Path
from sousveil.ingest.journal import Journal
from sousveil.ingest.sources.documents import Document
home, who, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(count):
    document = Document(name=f"{who}-{number}", data=f"{who} {number}".encode() * 1000)
    Journal(home).record("csl", document, "1")
    print(number, flush=True)
"""


def document(text: str, dated: date | None = DAY, name: str = "list.csv") -> Document:
    return Document(name=name, data=text.encode(), dated=dated)


def filled(home: Path, *texts: str) -> Journal:
    """Make a journal with an entry for each text."""
    journal = Journal(home)
    for text in texts:
        journal.record("csl", document(text), "0.1.0")
    return journal


def names(journal: Journal) -> list[bytes]:
    return [journal.document(entry).data for entry in journal.entries()]


def lines(journal: Journal) -> list[bytes]:
    return journal.lines.read_bytes().splitlines(keepends=True)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return filled(tmp_path, "one", "two", "three")


def test_journal_of_nothing_is_empty_and_makes_nothing(tmp_path: Path) -> None:
    assert list(Journal(tmp_path / "home").entries()) == []
    assert not (tmp_path / "home").exists()


def test_entries_come_back_in_order_with_bytes_name_and_version(journal: Journal) -> None:
    assert names(journal) == [b"one", b"two", b"three"]
    entry = list(journal.entries())[1]
    assert (entry.source, entry.name, entry.dated, entry.software) == (
        "csl",
        "list.csv",
        "2022-04-21",
        "0.1.0",
    )
    assert journal.document(entry) == document("two")


def test_recording_only_appends(tmp_path: Path) -> None:
    journal = filled(tmp_path, "one", "two")
    before = journal.lines.read_bytes()
    journal.record("misp", document("three"), "0.1.0")
    assert journal.lines.read_bytes().startswith(before)
    assert len(lines(journal)) == 3


def test_same_bytes_of_one_source_and_version_are_noted_once(journal: Journal) -> None:
    before = journal.lines.read_bytes()
    journal.record("csl", document("three", name="copy of list.csv"), "0.2.0")
    assert journal.lines.read_bytes() == before


@pytest.mark.parametrize(
    ("source", "dated"), [("misp", DAY), ("csl", date(2022, 4, 22)), ("csl", None)], ids=str
)
def test_same_bytes_of_another_source_or_version_are_noted_and_kept_once(
    journal: Journal, source: str, dated: date | None
) -> None:
    journal.record(source, document("three", dated), "0.1.0")
    assert names(journal) == [b"one", b"two", b"three", b"three"]
    assert len(list(journal.files.iterdir())) == 3


def test_bytes_that_replaced_others_of_their_version_are_noted_again(journal: Journal) -> None:
    journal.record("csl", document("one"), "0.1.0")
    assert names(journal) == [b"one", b"two", b"three", b"one"]


@pytest.mark.parametrize("name", STRANGE.values(), ids=STRANGE)
def test_any_file_name_is_one_line(tmp_path: Path, name: str) -> None:
    journal = filled(tmp_path, "one")
    journal.record("csl", document("two", name=name), "0.1.0")
    journal.record("csl", document("three"), "0.1.0")
    assert [entry.name for entry in journal.entries()] == ["list.csv", name, "list.csv"]


def changed(number: int, before: bytes, after: bytes) -> Callable[[list[bytes]], list[bytes]]:
    def change(found: list[bytes]) -> list[bytes]:
        assert before in found[number]
        return [line.replace(before, after) if n == number else line for n, line in enumerate(found)]

    return change


DAMAGE: dict[str, tuple[int, Callable[[list[bytes]], list[bytes]]]] = {
    "first line changed": (2, changed(0, b"2022-04-21", b"2022-04-20")),
    "middle line changed": (3, changed(1, b'"csl"', b'"fcc"')),
    "last line changed": (3, changed(2, b"2022-04-21", b"2022-04-20")),
    "first line removed": (1, lambda found: found[1:]),
    "middle line removed": (2, lambda found: [found[0], found[2]]),
    "last line removed": (2, lambda found: found[:2]),
    "all lines removed": (1, lambda _found: []),
    "lines reordered": (2, lambda found: [found[0], found[2], found[1]]),
    "line repeated": (2, lambda found: [found[0], *found]),
    "middle line cut": (2, lambda found: [found[0], found[1][:40] + b"\n", found[2]]),
    "last line cut": (2, lambda found: [*found[:2], found[2][:40]]),
    "end of the last line cut": (2, lambda found: [*found[:2], found[2][:-1]]),
    "key missing": (2, changed(1, b'"software": "0.1.0", ', b"")),
    "key added": (2, changed(1, b'{"dated"', b'{"new": 1, "dated"')),
    "no JSON": (2, lambda found: [found[0], b"nonsense\n", found[2]]),
    "no object": (2, lambda found: [found[0], b"[1, 2]\n", found[2]]),
    "no UTF-8": (2, lambda found: [found[0], b"\xff\xfe\n", found[2]]),
    "blank line": (2, lambda found: [found[0], b"\n", *found[1:]]),
}


@pytest.mark.parametrize(("line", "damage"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_line_is_an_error_that_names_it(
    journal: Journal, line: int, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    journal.lines.write_bytes(b"".join(damage(lines(journal))))
    with pytest.raises(JournalError, match=rf"entries\.jsonl, line {line}: .*restore it from a copy"):
        list(journal.entries())
    with pytest.raises(JournalError, match=r"entries\.jsonl"):
        journal.record("csl", document("four"), "0.1.0")


@pytest.mark.parametrize("place", [0, 12, 20, -9, -5, -1], ids="byte {}".format)
def test_changed_byte_of_a_file_is_an_error_that_names_it(tmp_path: Path, place: int) -> None:
    journal = filled(tmp_path, "a list of companies, " * 50)
    (entry,) = journal.entries()
    path = journal.files / f"{entry.digest}.gz"
    data = bytearray(path.read_bytes())
    data[place] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(JournalError, match=rf"{entry.digest}\.gz: .*restore it from a copy"):
        journal.document(entry)


@pytest.mark.parametrize("left", [0, 1, 20, -4])
def test_file_that_was_cut_is_an_error_that_names_it(journal: Journal, left: int) -> None:
    entry = next(journal.entries())
    path = journal.files / f"{entry.digest}.gz"
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(JournalError, match=rf"{entry.digest}\.gz: .*restore it from a copy"):
        journal.document(entry)


def test_missing_file_is_an_error_that_names_it(journal: Journal) -> None:
    entry = next(journal.entries())
    (journal.files / f"{entry.digest}.gz").unlink()
    with pytest.raises(JournalError, match=entry.digest):
        journal.document(entry)


def test_other_bytes_under_a_name_are_an_error(journal: Journal) -> None:
    first, second, _ = journal.entries()
    (journal.files / f"{second.digest}.gz").replace(journal.files / f"{first.digest}.gz")
    with pytest.raises(JournalError, match="its content was changed"):
        journal.document(first)


def test_draft_left_behind_by_a_kill_does_no_harm(journal: Journal) -> None:
    digest = document("four").digest
    (journal.files / f"{digest}.gz.new").write_bytes(b"\x1f\x8bhalf a f")
    (journal.path / "head.new").write_bytes(b"half")
    assert names(journal) == [b"one", b"two", b"three"]
    journal.record("csl", document("four"), "0.1.0")
    assert names(journal) == [b"one", b"two", b"three", b"four"]
    assert not list(journal.path.rglob("*.new"))


@pytest.mark.parametrize("kept", [1, 30, 200])
def test_line_cut_off_by_a_crash_before_it_was_acknowledged_is_written_over(
    journal: Journal, kept: int
) -> None:
    whole = journal.lines.read_bytes()
    torn = lines(journal)[-1][:kept]
    journal.lines.write_bytes(whole + torn)
    assert names(journal) == [b"one", b"two", b"three"]
    journal.record("csl", document("four"), "0.1.0")
    assert names(journal) == [b"one", b"two", b"three", b"four"]
    assert torn not in journal.lines.read_bytes()[len(whole) :].splitlines()


def test_whole_line_of_a_crash_before_it_was_acknowledged_counts(journal: Journal) -> None:
    head = journal.head.read_bytes()
    journal.record("csl", document("four"), "0.1.0")
    journal.head.write_bytes(head)
    assert names(journal) == [b"one", b"two", b"three", b"four"]
    journal.record("csl", document("five"), "0.1.0")
    assert names(journal) == [b"one", b"two", b"three", b"four", b"five"]


def started(home: Path, who: str, count: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(home), who, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_two_processes_at_once_lose_nothing(tmp_path: Path) -> None:
    with started(tmp_path, "left", 25) as left, started(tmp_path, "right", 25) as right:
        assert (left.wait(60), right.wait(60)) == (0, 0)
    journal = Journal(tmp_path)
    noted = {entry.name for entry in journal.entries()}
    assert noted == {f"{who}-{number}" for who in ("left", "right") for number in range(25)}
    assert len(names(journal)) == 50


def test_killed_process_loses_nothing_that_it_acknowledged(tmp_path: Path) -> None:
    noted = 0
    for turn in range(3):
        with started(tmp_path, f"turn{turn}", 10_000) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(0.05 * turn)
            os.kill(process.pid, signal.SIGKILL)
            noted += 1 + len([line for line in process.stdout if line.endswith("\n")])
        journal = Journal(tmp_path)
        assert len(names(journal)) >= noted
        journal.record("csl", document(f"after {turn}"), "0.1.0")
        noted = len(names(journal))


def test_line_is_plain_json_with_the_hash_of_the_line_before(journal: Journal) -> None:
    first, second, _ = (json.loads(line) for line in lines(journal))
    assert first["previous"] == "0" * 64
    assert Entry(**second).previous != Entry(**first).previous
    assert set(first) == {"source", "name", "digest", "dated", "recorded", "software", "previous"}
