"""A file gets its name when it is whole; what a kill leaves is cut at the last finished target."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from pathlib import Path

import pytest
from exchanges import RUN, STARTED, of_domain, unanswered
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sousveil.ingest.archive import ArchiveError, Writer, finish, read, recover
from sousveil.ingest.archive.verification import verify
from sousveil.ingest.records import Exchange

TARGETS = [list(of_domain(f"site{each}.example")) for each in range(4)]


class Killed(Exception):  # noqa: N818 - the end of a process, not an error of ours
    pass


def all_of(folder: Path) -> list[Exchange]:
    return [archived.exchange for archived in read(folder)]


def test_file_under_way_is_read_by_nobody(tmp_path: Path) -> None:
    with Writer(tmp_path, RUN, "a") as writer:
        writer.add(TARGETS[0][0])
        writer.mark()
        assert [path.name for path in tmp_path.iterdir()] == ["a-0000.warc.gz.open"]
        with pytest.raises(ArchiveError, match=r"no \.warc\.gz file here"):
            list(read(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["a-0000.warc.gz"]


def test_writer_without_exchanges_leaves_nothing(tmp_path: Path) -> None:
    with Writer(tmp_path, RUN) as writer:
        assert writer.mark() == ("run-0000.warc.gz", 0)
    assert list(tmp_path.iterdir()) == []


def test_files_rotate_between_targets_and_stay_below_what_is_allowed(tmp_path: Path) -> None:
    with Writer(tmp_path, RUN, "a", largest=20_000) as writer:
        for _ in range(8):
            for exchange in TARGETS[0]:
                writer.add(exchange)
            writer.mark()
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["a-0000.warc.gz", "a-0001.warc.gz"]
    each = [[archived.exchange for archived in read(tmp_path / name)] for name in names]
    assert all(len(found) % len(TARGETS[0]) == 0 for found in each)
    assert list(chain(*each)) == TARGETS[0] * 8
    assert all((tmp_path / name).stat().st_size < 20_000 + 9_000 for name in names)


def test_writers_of_several_workers_share_a_folder(tmp_path: Path) -> None:
    with Writer(tmp_path, RUN, "w1") as first, Writer(tmp_path, RUN, "w2") as second:
        for one, other in zip(TARGETS[0], TARGETS[1], strict=True):
            first.add(one)
            second.add(other)
    assert all_of(tmp_path) == TARGETS[0] + TARGETS[1]
    finish(tmp_path, STARTED)
    assert verify(tmp_path).damage == []


def test_writer_never_writes_over_an_earlier_file(tmp_path: Path) -> None:
    for target in TARGETS[:2]:
        with Writer(tmp_path, RUN) as writer:
            for exchange in target:
                writer.add(exchange)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run-0000.warc.gz", "run-0001.warc.gz"]


def collected(
    folder: Path, targets: list[list[Exchange]], lines: int, ledger: dict[str, int]
) -> Iterator[int]:
    """Write targets as a collection does, noting each finished one; fail after so many exchanges."""
    with Writer(folder, RUN, largest=20_000) as writer:
        for number, target in enumerate(targets):
            for exchange in target:
                if not lines:
                    raise Killed
                writer.add(exchange)
                lines -= 1
            name, size = writer.mark()
            ledger[name] = size
            yield number


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 40), st.integers(0, 300))
def test_killed_run_goes_on_where_it_was(tmp_path: Path, lines: int, torn: int) -> None:
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    folder.mkdir()
    ledger: dict[str, int] = {}
    finished: list[int] = []
    try:
        finished.extend(collected(folder, TARGETS, lines, ledger))
    except Killed:
        finished = list(range(lines // len(TARGETS[0])))
    for draft in folder.glob("*.open"):  # the last bytes may not have reached the disk
        size = draft.stat().st_size
        os.truncate(draft, max(size - torn, ledger.get(draft.name.removesuffix(".open"), 0)))
    recover(folder, ledger)
    rest = [target for number, target in enumerate(TARGETS) if number not in finished]
    list(collected(folder, rest, 1000, {}))
    finish(folder, STARTED)
    assert verify(folder).damage == []
    assert sorted(map(str, all_of(folder))) == sorted(map(str, chain(*TARGETS)))


def test_recovery_without_a_mark_discards_the_chunk(tmp_path: Path) -> None:
    with suppress(Killed), Writer(tmp_path, RUN, "chunk-7") as writer:
        writer.add(TARGETS[0][0])
        raise Killed
    assert [path.name for path in tmp_path.iterdir()] == ["chunk-7-0000.warc.gz.open"]
    assert recover(tmp_path, {}) == []
    assert list(tmp_path.iterdir()) == []


def test_recovery_refuses_a_file_that_lost_what_was_finished(tmp_path: Path) -> None:
    with suppress(Killed), Writer(tmp_path, RUN) as writer:
        writer.add(unanswered("a.example", STARTED))
        name, size = writer.mark()
        raise Killed
    os.truncate(tmp_path / "run-0000.warc.gz.open", size - 1)
    with pytest.raises(ArchiveError, match=r"shorter than the \d+ bytes that were finished"):
        recover(tmp_path, {name: size})
