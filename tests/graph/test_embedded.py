"""The embedded store as a process: started once, shared, private, careful with its files, gone when idle."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import socket
import stat
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sousveil.graph import (
    LocalArcade,
    ReadOnlyError,
    StoreError,
    StoreInUseError,
    StoreOutdatedError,
    StoreTimeoutError,
    StoreUnavailableError,
    arcade,
    open_store,
)
from sousveil.graph.files import CHILD_LOCK, ENDPOINT, LOG, PASSWORDS, STAMP, engine
from sousveil.graph.locks import FileLock, held

Make = Callable[..., LocalArcade]
START = """
import sys
from pathlib import Path
from sousveil.graph import LocalArcade
endpoint = LocalArcade(Path(sys.argv[1]), idle=120).start()
print(endpoint.uri)
"""


def commands(folder: Path, number: int, **environment: str) -> list[str]:
    """Start the store from so many commands at once; return what each was told."""
    running = [
        subprocess.Popen(
            [sys.executable, "-P", "-W", "error", "-c", START, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
            cwd=folder.parent,
        )
        for _ in range(number)
    ]
    answers = [process.communicate(timeout=120) for process in running]
    assert [errors for _, errors in answers] == [""] * number
    return [words.strip() for words, _ in answers]


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def test_two_commands_at_once_start_one_store_that_outlives_both(local: Make) -> None:
    store = local()
    first, second = commands(store.path, 2)
    assert first == second
    status = store.status()
    assert (status.running, status.uri, status.engine) == (True, first, engine()[1])
    assert status.size > 0
    assert commands(store.path, 1) == [first]
    with store.open() as opened:
        assert opened.endpoint.uri == first
        assert opened.kind == "arcadedb"


def test_files_with_secrets_are_private(local: Make) -> None:
    store = local()
    store.start()
    for name in (ENDPOINT, PASSWORDS):
        assert stat.S_IMODE((store.path / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o700
    secrets = json.loads((store.path / PASSWORDS).read_text("utf-8"))
    assert len(set(secrets.values())) == 2
    for path in store.path.rglob("*"):
        if path.is_file() and path.name not in {PASSWORDS, CHILD_LOCK} and path.stat().st_size < 1_000_000:
            content = path.read_bytes()
            assert not any(secret.encode() in content for secret in secrets.values()), path


def test_it_listens_on_loopback_alone(local: Make) -> None:
    store = local()
    store.start()
    pid = store.status().pid
    listening = set(_listening(pid))
    assert len(listening) == 2
    assert {address for address, _ in listening} <= {"0100007F", "0000000000000000FFFF00000100007F"}


def _listening(pid: int | None) -> Iterator[tuple[str, str]]:
    """Yield address and port, in the kernel's hexadecimal, of the listening sockets of a process."""
    inodes = set()
    for item in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            inodes.add(str(item.readlink()))
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text("utf-8").splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in inodes:
                address, port = columns[1].split(":")
                yield address, port


def test_restart_keeps_data_schema_limits_and_the_reader_read_only(local: Make) -> None:
    store = local(limit=1.0)
    with store.open() as opened:
        opened.ensure_schema()
        opened.write([("MERGE (c:Company {id: 'kept'}) SET c.time = datetime('2020-01-01T00:00:00Z')", {})])
        before = opened.read("MATCH (c:Company) RETURN c.id AS id, c.time AS time").rows
        started = time.monotonic()
        assert store.stop()  # while a client is connected
        assert time.monotonic() - started < 15
        with pytest.raises(StoreUnavailableError):
            opened.read("RETURN 1 AS n")
    assert not store.stop()
    assert not (store.path / ENDPOINT).exists()
    with store.open() as opened:
        assert opened.read("MATCH (c:Company) RETURN c.id AS id, c.time AS time").rows == before
        for statement in (
            "CREATE (c:Company {id: 'x'})",
            "MATCH (c:Company) SET c.name = 'x'",
            "MATCH (c:Company) DELETE c",
            "CREATE INDEX sneaky FOR (c:Company) ON (c.kind)",
            "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        ):
            with pytest.raises(ReadOnlyError):
                opened.read_untrusted(statement)
        with pytest.raises(StoreError, match=r"LOAD CSV|allow"):
            opened.write([("LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line", {})])
        with pytest.raises(StoreTimeoutError):
            opened.read(
                "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a * b < 0 RETURN a"
            )
        settings = store.sql("SELECT settings FROM schema:database")[0]["settings"]
        values = {item["key"]: item["value"] for item in settings}
        assert int(values["arcadedb.txWalFlush"]) == 1


def test_it_ends_when_nobody_is_connected_and_not_before(local: Make) -> None:
    store = local(idle=2.0)
    with store.open() as opened:
        time.sleep(4)
        assert opened.read("RETURN 1 AS n").rows == [(1,)]
    assert wait_until(lambda: not held(store.path / CHILD_LOCK), 20)
    assert not (store.path / ENDPOINT).exists()
    assert not store.status().running


def test_nothing_is_written_outside_its_folder(local: Make, tmp_path: Path) -> None:
    store = local()
    watched = {name: tmp_path / name for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_CONFIG_HOME")}
    for path in watched.values():
        path.mkdir()
    before = set(Path("/tmp").iterdir())  # noqa: S108 - where a JVM likes to leave things
    commands(store.path, 1, **{name: str(path) for name, path in watched.items()})
    with store.open() as opened:
        opened.ensure_schema()
        opened.search("anything")
    pid = store.status().pid
    assert {path for path in _written(pid) if not path.startswith(str(store.path))} == set()
    store.stop()
    assert {name: list(path.rglob("*")) for name, path in watched.items() if any(path.rglob("*"))} == {}
    new = {path.name for path in set(Path("/tmp").iterdir()) - before}  # noqa: S108
    assert not {name for name in new if str(pid) in name or "hsperf" in name or "jpype" in name.lower()}
    assert {path.name for path in tmp_path.iterdir()} == {*watched, "store"}


def _written(pid: int | None) -> Iterator[str]:
    """Yield the files that a process has open for writing."""
    for item in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            target = str(item.readlink())
            info = (Path(f"/proc/{pid}/fdinfo") / item.name).read_text("utf-8")
            writes = int(info.split("flags:")[1].split()[0], 8) & (os.O_WRONLY | os.O_RDWR)
            if writes and target.startswith("/") and not target.startswith("/dev/"):
                yield target


def test_file_of_another_engine_is_refused_and_discard_begins_anew(local: Make) -> None:
    store = local()
    with store.open() as opened:
        opened.write([("CREATE (n:Company {id: 'old'})", {})])
    store.stop()
    (store.path / STAMP).write_text("arcadedb-embedded 25.1.1", "utf-8")
    with pytest.raises(StoreOutdatedError, match=r"arcadedb-embedded 25\.1\.1.*sousveil rebuild"):
        store.start()
    (store.path / STAMP).unlink()
    with pytest.raises(StoreOutdatedError, match="sousveil rebuild"):
        store.start()
    store.discard()
    with store.open() as opened:
        assert opened.read("MATCH (n) RETURN count(*) AS n").rows == [(0,)]


def test_backup_comes_back(local: Make, tmp_path: Path) -> None:
    store = local()
    target = tmp_path / "backups" / "one.zip"
    with store.open() as opened:
        opened.ensure_schema()
        opened.upsert(
            "UNWIND $rows AS row MERGE (c:Company {id: row.id}) SET c.name = row.id, c.names = [row.id]",
            [{"id": f"company-{number}"} for number in range(2_000)],
        )
        opened.backup(target)
        opened.wipe()
        assert opened.read("MATCH (n) RETURN count(*) AS n").rows == [(0,)]
        opened.restore(target)
    with store.open() as opened:
        opened.ensure_schema()
        assert opened.read("MATCH (n) RETURN count(*) AS n").rows == [(2_000,)]
        assert len(opened.search("company-77").rows) > 0
    assert list((store.path / "backups").rglob("*.zip")) == []
    other = local("other")
    other.restore(target)
    with other.open() as opened:
        assert opened.read("MATCH (n) RETURN count(*) AS n").rows == [(2_000,)]
        with pytest.raises(ReadOnlyError):
            opened.read("CREATE (n:Company {id: 'x'})")


def test_what_is_no_backup_is_refused_and_the_store_stays(local: Make, tmp_path: Path) -> None:
    store = local()
    with store.open() as opened:
        opened.write([("CREATE (n:Company {id: 'kept'})", {})])
    bad = {name: tmp_path / f"{name}.zip" for name in ("text", "foreign", "older", "climbing")}
    bad["text"].write_text("not a zip", "utf-8")
    stamp = json.dumps({"engine": engine()[1]})
    for name, members in {
        "foreign": {"schema.json": "{}"},
        "older": {arcade.BACKUP_STAMP: json.dumps({"engine": "arcadedb-embedded 25.1.1"})},
        "climbing": {arcade.BACKUP_STAMP: stamp, "../../evil": "x"},
    }.items():
        with zipfile.ZipFile(bad[name], "w") as archive:
            for member, text in members.items():
                archive.writestr(member, text)
    for path in [*bad.values(), tmp_path / "missing.zip"]:
        with pytest.raises(StoreError, match=path.name):
            store.restore(path)
    with store.open() as opened:
        assert opened.read("MATCH (n) RETURN n.id AS id").rows == [("kept",)]


def test_a_folder_that_another_process_holds_is_reported(
    local: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = local()
    endpoint = store.start()
    monkeypatch.setattr(arcade, "START_SECONDS", 1.0)
    (store.path / ENDPOINT).unlink()
    with pytest.raises(StoreInUseError, match="sousveil store stop"):
        store.start()
    monkeypatch.setattr(arcade, "START_SECONDS", 60.0)
    # Somebody who opens the database without us: ArcadeDB's own lock.
    pid = store.status().pid
    (store.path / CHILD_LOCK).rename(store.path / "moved.lock")
    with pytest.raises(StoreInUseError, match="another process has the store open"):
        store.start()
    (store.path / "moved.lock").rename(store.path / CHILD_LOCK)
    (store.path / "child.pid").write_text(
        str(_pid_of(endpoint.uri, store.path) if pid is None else pid), "utf-8"
    )
    assert store.stop()


def _pid_of(uri: str, folder: Path) -> int:
    """Find the process of this folder in /proc, by its command line."""
    port = uri.rsplit(":", 1)[1]
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        words = entry.read_bytes().split(b"\0")
        if str(folder).encode() in words and port.encode() in words:
            return int(entry.parent.name)
    raise AssertionError(uri)


def test_taken_port_is_tried_again_with_another(local: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local()
    real = arcade._free_ports
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        offered = [(taken.getsockname()[1], real()[1]), (real()[0], taken.getsockname()[1])]
        monkeypatch.setattr(arcade, "_free_ports", lambda: offered.pop() if offered else real())
        with store.open() as opened:
            assert opened.read("RETURN 1 AS n").rows == [(1,)]
    assert offered == []


def test_stale_endpoint_of_a_dead_process_is_not_believed(local: Make) -> None:
    store = local()
    store.path.mkdir()
    (store.path / ENDPOINT).write_text(
        json.dumps({"pid": 1, "bolt": "bolt://127.0.0.1:1", "http": 1, "engine": "x"}), "utf-8"
    )
    assert not store.status().running
    with store.open() as opened:
        assert opened.read("RETURN 1 AS n").rows == [(1,)]


def test_failing_start_names_the_log(local: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store = local()
    store.path.mkdir()
    (store.path / "databases").write_text("not a folder", "utf-8")
    with pytest.raises(StoreUnavailableError, match=LOG):
        store.start()
    monkeypatch.setattr(arcade, "START_SECONDS", 0.0)
    (store.path / "databases").unlink()
    with pytest.raises(StoreUnavailableError, match="in time"):
        store.start()


def test_without_the_wheel_the_message_says_to_use_neo4j(
    local: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "sousveil.graph.files.find_spec",
        lambda name: None if "arcade" in name else importlib.util.find_spec(name),
    )
    with pytest.raises(StoreUnavailableError, match="NEO4J_URI"):
        local().start()


def test_home_decides_without_neo4j_uri_and_neo4j_uri_with_it(local: Make, tmp_path: Path) -> None:
    store = local("home/store")
    with open_store(tmp_path / "home", {}) as opened:
        assert opened.endpoint.uri == store.status().uri
    environment = {"NEO4J_URI": "bolt://127.0.0.1:1", "NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": "secret"}
    with pytest.raises(StoreUnavailableError, match=r"bolt://127\.0\.0\.1:1") as caught:
        open_store(tmp_path / "home", environment)
    assert "secret" not in str(caught.value)
    with pytest.raises(StoreError, match="write it as bolt://"):
        open_store(tmp_path / "home", {"NEO4J_URI": "http://example.org"})


def test_lock_has_one_holder(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert not held(tmp_path / "lock")
    assert first.acquire()
    assert not second.acquire()
    assert held(tmp_path / "lock")
    first.release()
    assert second.acquire()
    second.release()
