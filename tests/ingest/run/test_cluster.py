"""A run on a real Dask cluster on this machine."""

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import dns.message
import pytest
from distributed import LocalCluster
from name_server import NameServer, reply

from sousveil.ingest.archive import read
from sousveil.ingest.archive.verification import verify
from sousveil.ingest.records import Target
from sousveil.ingest.run import Options, RunError, begin, run

pytestmark = pytest.mark.loopback


def say(message: dns.message.Message, _tcp: bool) -> Iterator[bytes]:
    yield reply(message)


def test_a_cluster_sees_everything_once_though_a_worker_is_killed(tmp_path: Path) -> None:
    targets = [Target(f"d{number}.test") for number in range(24)]
    with (
        NameServer(say) as server,
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
    ):
        options = Options(resolvers=(server.place,), rate=400, protocols=("dns",))
        folder = begin(tmp_path, targets, options, "test", "none")
        victim = next(iter(cluster.workers.values())).pid

        def kill() -> None:
            while not list(folder.glob("task-*.open")):
                time.sleep(0.01)
            os.kill(victim, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        done = run(folder, 1, lambda _now: None, lambda: False, cluster.scheduler_address)
        killer.join()
    assert done.done == len(targets)
    seen = Counter((one.exchange.target, one.exchange.uri) for one in read(folder))
    assert set(seen.values()) == {1}
    assert {target for target, _ in seen} == {target.name for target in targets}
    assert not verify(folder).damage


def test_no_scheduler_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sousveil.ingest.run.cluster.PATIENCE", 0.5)
    options = Options(resolvers=("127.0.0.1:1",), protocols=("dns",))
    folder = begin(tmp_path, [Target("a.test")], options, "test", "none")
    with pytest.raises(RunError, match="no Dask scheduler answers"):
        run(folder, 1, lambda _now: None, lambda: False, "tcp://127.0.0.1:1")
