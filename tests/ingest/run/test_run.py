"""A whole run over a name server on loopback: resumed, killed, in processes, on a full disk."""

import errno
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Self

import dns.message
import pytest
from name_server import NameServer, reply

from sousveil.ingest.archive import Writer, read
from sousveil.ingest.archive.verification import verify
from sousveil.ingest.collect import Look
from sousveil.ingest.net import Net
from sousveil.ingest.records import Exchange, Target
from sousveil.ingest.run import Ledger, Options, Progress, RunError, begin, engine, run, workers

pytestmark = pytest.mark.loopback

TARGETS = [Target(f"d{number}.test") for number in range(24)]
WORKER = """
import sys
from pathlib import Path
from sousveil.ingest.run import run
run(Path(sys.argv[1]), int(sys.argv[2]), lambda _now: None, lambda: False)
"""
KILLS = 5


def say(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    """Serve d0.test, d1.test, …: an address each, a mail host and a name server that all share."""
    name, kind = message.question[0].name.to_text(), message.question[0].rdtype.name
    records = {
        "A": f"{name} A 192.0.2.1",
        "MX": f"{name} MX 10 mx.shared.test.",
        "NS": f"{name} NS ns.shared.test.",
    }
    known = name.count(".") == 2 or name.endswith("shared.test.")
    yield reply(message, records[kind]) if known and kind in records else reply(message)


@pytest.fixture(scope="module")
def server() -> Iterator[NameServer]:
    with NameServer(say) as serving:
        yield serving


def options(server: NameServer, rate: float = 1e5, protocols: tuple[str, ...] = ("dns",)) -> Options:
    return Options(resolvers=(server.place,), rate=rate, protocols=protocols)


def started(folder: Path, chosen: Options, targets: list[Target] = TARGETS) -> Path:
    return begin(folder, targets, chosen, "test", "none")


def go(folder: Path, count: int = 1) -> Progress:
    return run(folder, count, lambda _now: None, lambda: False)


def seen(folder: Path) -> Counter[tuple[str, ...]]:
    """Count what was seen, without what differs from run to run: times, ids and random labels."""
    return Counter(
        (one.target, one.subject, one.question, one.outcome)
        for one in (archived.exchange for archived in read(folder))
    )


@pytest.fixture(scope="module")
def undisturbed(server: NameServer, tmp_path_factory: pytest.TempPathFactory) -> Counter[tuple[str, ...]]:
    folder = started(tmp_path_factory.mktemp("undisturbed"), options(server))
    done = go(folder)
    assert (done.done, done.total) == (len(TARGETS), len(TARGETS))
    assert sum(done.outcomes.values()) == sum(seen(folder).values())
    return seen(folder)


def test_every_target_is_in_the_archive_and_what_is_shared_is_once(
    undisturbed: Counter[tuple[str, ...]],
) -> None:
    assert {target for target, *_ in undisturbed} == {target.name for target in TARGETS} | {
        "mx.shared.test",
        "ns.shared.test",
        "192.0.2.1",
    }
    assert undisturbed["mx.shared.test", "mx.shared.test", "A", "ok"] == 1
    assert undisturbed["192.0.2.1", "192.0.2.1", "PTR", "nodata"] == 1


def test_a_finished_run_verifies_and_is_not_asked_again(server: NameServer, tmp_path: Path) -> None:
    folder = started(tmp_path, options(server), TARGETS[:3])
    go(folder)
    assert not verify(folder).damage
    before = len(server.asked)
    assert go(folder).done == 3
    assert len(server.asked) == before


def test_the_order_is_random_and_can_be_made_again(server: NameServer, tmp_path: Path) -> None:
    one, other = (started(tmp_path, options(server)) for _ in range(2))
    orders = []
    for folder in (one, other):
        with Ledger(folder) as ledger:
            orders.append([target for _, target in ledger.waiting(0)])
            assert dict(ledger.facts.options)["seed"].isdecimal()
    assert sorted(orders[0]) == sorted(orders[1]) == sorted(TARGETS)
    assert orders[0] != orders[1]


def test_a_stopped_run_finishes_what_is_under_way_and_goes_on_without_asking_twice(
    server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "UNDER_WAY", 4)
    monkeypatch.setattr(engine, "COMMIT", 1)
    folder = started(tmp_path, options(server))
    now = Progress(done=0, total=0, outcomes=Counter())

    def stop() -> bool:
        with Ledger(folder) as ledger:
            return ledger.progress()[0] > 5

    now = run(folder, 1, lambda _now: None, stop)
    assert 5 < now.done < len(TARGETS)
    assert not (folder / "manifest.json").exists()
    assert go(folder).done == len(TARGETS)
    assert seen(folder) == undisturbed
    assert not verify(folder).damage


def killed_at_random(folder: Path, count: int, times: int, within: float) -> int:
    """Run in a process of its own, and kill it so often; return how often it was still alive."""
    kills = 0
    for _ in range(times):
        with subprocess.Popen([sys.executable, "-c", WORKER, str(folder), str(count)]) as process:
            try:
                process.wait(random.uniform(0.3, within))  # noqa: S311 - chance is the test
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
                kills += 1
    return kills


def trial(server: NameServer, folder: Path, times: int, undisturbed: Counter[tuple[str, ...]]) -> None:
    run_folder = started(folder, options(server, rate=600))
    kills = killed_at_random(run_folder, 1, times, 1.6)
    go(run_folder)
    assert seen(run_folder) == undisturbed
    assert not verify(run_folder).damage
    assert kills


def test_a_run_killed_at_random_points_sees_what_an_undisturbed_one_sees(
    server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]]
) -> None:
    trial(server, tmp_path, KILLS, undisturbed)


@pytest.mark.soak
def test_fifty_kills(server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]]) -> None:
    for number in range(10):
        trial(server, tmp_path / str(number), KILLS, undisturbed)


def test_several_processes_see_the_same_and_a_killed_one_loses_nothing(
    server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = started(tmp_path, options(server, rate=400))
    starting, victims = workers._start, []

    def start_and_kill_the_first(*args: object) -> object:
        process = starting(*args)  # type: ignore[arg-type]
        if not victims:
            victims.append(process)
            before = len(server.asked)
            while len(server.asked) < before + 50:  # it is in the middle of its chunk
                time.sleep(0.01)
            os.kill(int(process.pid or 0), signal.SIGKILL)
        return process

    monkeypatch.setattr(workers, "_start", start_and_kill_the_first)
    assert go(folder, 2).done == len(TARGETS)
    assert victims[0].exitcode == -signal.SIGKILL
    assert set(seen(folder)) == set(undisturbed)
    own = {key: number for key, number in seen(folder).items() if key[0].startswith("d")}
    assert own == {key: number for key, number in undisturbed.items() if key[0].startswith("d")}
    assert not verify(folder).damage


def test_a_full_disk_is_a_clear_error_and_the_ledger_stays_whole(
    server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = started(tmp_path, options(server))
    with monkeypatch.context() as patched:
        left = iter(range(200))

        def add(self: Writer, exchange: Exchange) -> str:
            if next(left, None) is None:
                raise OSError(errno.ENOSPC, "No space left on device")
            return adding(self, exchange)

        adding = Writer.add
        patched.setattr(Writer, "add", add)
        patched.setattr(engine, "COMMIT", 1)
        with pytest.raises(RunError, match=r"No space left on device; free space .* --resume"):
            go(folder)
    go(folder)
    assert seen(folder) == undisturbed


def test_a_folder_that_cannot_be_written_is_a_clear_error(server: NameServer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="Not a directory"):
        started(tmp_path / "file", options(server))


def test_a_stop_does_not_wait_for_those_who_wait_to_be_polite(
    server: NameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = threading.Event()

    def collect(_look: Look, net: Net) -> Iterator[Exchange | Look]:
        waiting.set()
        net.sleep(600)
        yield from ()

    monkeypatch.setattr("sousveil.ingest.collect.http.collect", collect)
    monkeypatch.setattr(engine, "GRACE", 0.1)
    folder = started(tmp_path, options(server, protocols=("dns", "http")), TARGETS[:2])
    assert run(folder, 1, lambda _now: None, waiting.is_set).done == 0
    ours = [thread for thread in threading.enumerate() if thread.name.startswith("web")]
    for thread in ours:
        thread.join(5)
    assert not any(thread.is_alive() for thread in ours)
    monkeypatch.undo()
    assert not verify(folder).files


class Jumping(datetime):
    """A clock that goes an hour back, or forth, each time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + random.choice((-1, 1)) * timedelta(hours=1)  # noqa: S311


def test_a_clock_that_jumps_neither_stops_nor_hurries_a_run(
    server: NameServer, tmp_path: Path, undisturbed: Counter[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sousveil.ingest.net.dns.datetime", Jumping)
    monkeypatch.setattr("time.time", lambda: random.uniform(0, 4e9))  # noqa: S311
    folder = started(tmp_path, options(server))
    go(folder)
    assert seen(folder) == undisturbed
    assert not verify(folder).damage


def test_a_folder_that_is_no_run_is_told(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run of `sousveil collect`"):
        go(tmp_path)


def test_looks_lead_to_looks_and_a_fault_of_ours_stops_one_look_alone(
    server: NameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The HTTP collector is replaced by one that redirects for ever, and fails once."""
    looked = []

    def collect(look: Look, net: Net) -> Iterator[Exchange | Look]:
        looked.append((look.target, look.subject, net.addresses("elsewhere.shared.test")))
        if look.target == "d1.test":
            raise ZeroDivisionError
        yield Look(protocol="dns", target=look.target, subject="elsewhere.shared.test", depth=look.depth + 1)
        yield Look(protocol="dns", target=look.target, subject=look.target, depth=look.depth + 1)

    monkeypatch.setattr("sousveil.ingest.collect.http.collect", collect)
    folder = started(tmp_path, options(server, protocols=("dns", "http")), TARGETS[:3])
    assert go(folder).done == 3
    assert {(target, subject) for target, subject, _ in looked} == {
        (f"d{number}.test", f"d{number}.test") for number in range(3)
    }
    assert {found for *_, found in looked} == {("192.0.2.1",)}
    assert seen(folder)["elsewhere.shared.test", "elsewhere.shared.test", "A", "ok"] == 1
    assert seen(folder)["d2.test", "d2.test", "A", "ok"] == 1  # a redirect to itself asks nothing new
    assert not seen(folder)["d2.test", "d2.test", "A", "nodata"]
    with Ledger(folder) as ledger:
        ((name, fault),) = ledger.faults()
    assert name == "d1.test"
    assert "ZeroDivisionError" in fault
