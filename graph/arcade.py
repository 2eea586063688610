"""The embedded store: ArcadeDB in its own process on loopback, started on demand and shared by commands."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.graph.backends import ArcadeBackend, Endpoint
from sousveil.graph.errors import StoreError, StoreInUseError, StoreOutdatedError, StoreUnavailableError
from sousveil.graph.files import (
    CHILD_LOCK,
    DATABASE,
    DATABASES,
    ENDPOINT,
    LOG,
    PASSWORDS,
    PID,
    STAMP,
    START_LOCK,
    engine,
    write_private,
)
from sousveil.graph.locks import held, waiting
from sousveil.graph.neo4j_remote import connect
from sousveil.graph.store import BoltStore

START_SECONDS = 90.0  # 3 s as a rule; recovery after a crash, or a busy machine, takes longer
STOP_SECONDS = 30.0
RETRY_SECONDS = 10.0  # for writers that collide; a process that died does not come back by itself
POLL_SECONDS = 0.05
PORT_ATTEMPTS = 5
SQL_SECONDS = 600.0  # a backup of millions of records
BACKUP_STAMP = "sousveil-store.json"


@dataclass(frozen=True, slots=True)
class Status:
    """State of the embedded store: running or not, by which engine its files were written, where they are."""

    running: bool
    uri: str | None
    pid: int | None
    engine: str | None
    path: Path
    size: int


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    bolt: str
    http: int
    engine: str


class LocalArcade:
    """The store under one folder; nothing is written outside it.

    `home` is that folder. `idle` is after how many seconds without a connection the process ends itself;
    `limit` is the time that any one statement may take.
    """

    def __init__(self, home: Path, *, idle: float = 300.0, limit: float = 60.0) -> None:
        self._home = home.absolute()
        self._idle = idle
        self._limit = limit

    @property
    def path(self) -> Path:
        """Return the folder."""
        return self._home

    def open(self) -> BoltStore:
        """Start the store if it does not run, connect, and return it."""
        try:
            return self._connected(self.start())
        except StoreUnavailableError:  # it ended itself, or was killed, between our look and our call
            return self._connected(self.start())

    def _connected(self, child: Endpoint) -> BoltStore:
        with contextlib.ExitStack() as unless_whole:
            driver = connect(child.uri, child.username, child.password, DATABASE, patience=RETRY_SECONDS)
            unless_whole.callback(driver.close)
            password = self._passwords()["reader"]
            reader = connect(child.uri, "reader", password, DATABASE, patience=RETRY_SECONDS)
            unless_whole.pop_all()
        return BoltStore(driver, reader, ArcadeBackend(child, self.sql, self.backup, self.restore))

    def start(self) -> Endpoint:
        """Return where the store listens; start it if need be. One process, however many callers."""
        engine()
        with self._alone():
            self._check_stamp()
            child = self._running() or self._spawn()
        return Endpoint(child.bolt, DATABASE, "root", self._passwords()["root"])

    def stop(self) -> bool:
        """End the process, waiting until its files are closed; say whether it ran."""
        if not held(self._home / CHILD_LOCK):
            return False
        pid = self._pid()
        if pid is None:
            raise StoreInUseError(f"{self._home}: an unnamed process holds the store; end it yourself")
        self._signal(pid, signal.SIGTERM)
        if not self._wait_until_free(STOP_SECONDS):
            # Its log is flushed at every commit, so that nothing is lost.
            self._signal(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            self._wait_until_free(STOP_SECONDS)
        (self._home / ENDPOINT).unlink(missing_ok=True)
        return True

    def status(self) -> Status:
        """Look, without starting anything."""
        child = self._endpoint() if held(self._home / CHILD_LOCK) else None
        files = [item for item in self._home.rglob("*") if item.is_file()] if self._home.exists() else []
        return Status(
            running=child is not None,
            uri=child.bolt if child else None,
            pid=child.pid if child else None,
            engine=self._stamp(),
            path=self._home,
            size=sum(_size(item) for item in files),
        )

    def discard(self) -> None:
        """Stop the store and delete its data; the next start makes an empty one. For `sousveil rebuild`."""
        with self._alone():
            self.stop()
            shutil.rmtree(self._home / DATABASES, ignore_errors=True)
            shutil.rmtree(self._home / "config", ignore_errors=True)
            (self._home / STAMP).unlink(missing_ok=True)

    def sql(self, statement: str) -> list[dict[str, Any]]:
        """Run one SQL statement as the owner; for what the store's Cypher has no words for."""
        child = self._endpoint()
        if child is None:
            raise StoreUnavailableError(f"{self._home}: the store does not run; see `sousveil store start`")
        return _post(child.http, self._passwords()["root"], statement)

    def backup(self, target: Path) -> None:
        """Write the database into one zip file, while it runs."""
        self.start()
        answer = self.sql("BACKUP DATABASE")
        made = self._home / "backups" / DATABASE / str(answer[0]["backupFile"])
        with zipfile.ZipFile(made, "a") as archive:
            archive.writestr(BACKUP_STAMP, json.dumps({"engine": engine()[1]}))
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(target.name + ".new")
        shutil.move(made, temporary)
        temporary.replace(target)

    def restore(self, source: Path) -> None:
        """Stop the store and put the database of a backup in its place, once that is unpacked."""
        _check_backup(source)
        new, old = self._home / "restoring", self._home / "replaced"
        place = self._home / DATABASES / DATABASE
        with self._alone():
            self.stop()
            for path in (new, old):
                shutil.rmtree(path, ignore_errors=True)
            with zipfile.ZipFile(source) as archive:
                archive.extractall(new)
            (new / BACKUP_STAMP).unlink()
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.exists():
                place.replace(old)
            new.replace(place)
            write_private(self._home / STAMP, engine()[1])
            shutil.rmtree(old, ignore_errors=True)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other commands from starting the store."""
        self._home.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with waiting(self._home / START_LOCK, START_SECONDS):
                yield
        except TimeoutError as error:
            raise StoreUnavailableError(
                f"{self._home}: another command has held it for {START_SECONDS:.0f} s; try again"
            ) from error

    def _running(self) -> _Child | None:
        """Return the process that serves the folder; wait while one is on its way out."""
        deadline = time.monotonic() + START_SECONDS
        while held(self._home / CHILD_LOCK):
            child = self._endpoint()
            if child is not None and _answers(child.bolt):
                return child
            if time.monotonic() > deadline:
                raise StoreInUseError(
                    f"{self._home}: process {self._pid()} holds the store and does not answer; "
                    "run `sousveil store stop`"
                )
            time.sleep(POLL_SECONDS)
        return None

    def _spawn(self) -> _Child:
        self._passwords()
        write_private(self._home / STAMP, engine()[1])
        for _ in range(PORT_ATTEMPTS):
            child = self._try_spawn()
            if child is not None:
                return child
        raise StoreUnavailableError(f"{self._home}: no free port was found on 127.0.0.1; try again")

    def _try_spawn(self) -> _Child | None:
        """Start the process and wait until it listens; None if somebody took a port in between."""
        (self._home / ENDPOINT).unlink(missing_ok=True)
        bolt, http_port = _free_ports()
        orders = [str(self._home), str(bolt), str(http_port), str(self._idle), str(self._limit)]
        with (self._home / LOG).open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "sousveil.graph.arcade_child", *orders],
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None:
            child = self._endpoint()
            if child is not None and child.pid == process.pid:
                _let_go(process)
                return child
            if time.monotonic() > deadline:
                process.kill()
                process.wait()
                raise StoreUnavailableError(f"{self._home}: it did not start in time; see {self._home / LOG}")
            time.sleep(POLL_SECONDS)
        self._explain_failure()
        return None

    def _explain_failure(self) -> None:
        text = (self._home / LOG).read_text("utf-8", "replace")
        if "already in use" in text or "BindException" in text or "Unable to listen" in text:
            return
        if "is locked" in text or "LockException" in text or "another process serves" in text:
            raise StoreInUseError(
                f"{self._home}: another process has the store open; end it, or wait until it has finished"
            )
        last = [line for line in text.splitlines() if line.strip()][-1:] or ["no word from it"]
        raise StoreUnavailableError(
            f"{self._home}: the store did not start ({last[0]}); see {self._home / LOG}"
        )

    def _check_stamp(self) -> None:
        """Refuse files of another engine: stored times were seen to drift when one opened them."""
        stamp = self._stamp()
        if (self._home / DATABASES / DATABASE).exists() and stamp != engine()[1]:
            raise StoreOutdatedError(
                f"{self._home}: written by {stamp or 'an unknown engine'}, and {engine()[1]} is installed; "
                "run `sousveil rebuild`, which makes the store anew from archive, journal and catalogue"
            )

    def _stamp(self) -> str | None:
        stamp = self._home / STAMP
        return stamp.read_text("utf-8").strip() if stamp.exists() else None

    def _passwords(self) -> dict[str, str]:
        """Return the passwords of root and reader, made once."""
        path = self._home / PASSWORDS
        if not path.exists():
            write_private(path, json.dumps({name: secrets.token_urlsafe(24) for name in ("root", "reader")}))
        passwords = json.loads(path.read_text("utf-8"))
        return {name: str(passwords[name]) for name in ("root", "reader")}

    def _endpoint(self) -> _Child | None:
        try:
            data = json.loads((self._home / ENDPOINT).read_text("utf-8"))
            return _Child(int(data["pid"]), str(data["bolt"]), int(data["http"]), str(data["engine"]))
        except (OSError, ValueError, KeyError):
            return None

    def _pid(self) -> int | None:
        try:
            return int((self._home / PID).read_text("utf-8"))
        except (OSError, ValueError):
            return None

    def _signal(self, pid: int, number: int) -> None:
        """Signal the process while it holds the lock; afterwards its number may be somebody else's."""
        if held(self._home / CHILD_LOCK):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _wait_until_free(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while held(self._home / CHILD_LOCK):
            if time.monotonic() > deadline:
                return False
            time.sleep(POLL_SECONDS)
        return True


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Forget a process that is meant to outlive us: without this, subprocess warns that it still runs."""
    process.returncode = 0


def _free_ports() -> tuple[int, int]:
    """Return two ports of 127.0.0.1 that were free a moment ago."""
    with socket.socket() as first, socket.socket() as second:
        for item in (first, second):
            item.bind(("127.0.0.1", 0))
        return int(first.getsockname()[1]), int(second.getsockname()[1])


def _answers(bolt: str) -> bool:
    port = int(bolt.rsplit(":", 1)[1])
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2.0):
            return True
    except OSError:
        return False


def _post(port: int, password: str, statement: str) -> list[dict[str, Any]]:
    """Send SQL to the engine's own HTTP door on loopback; no proxy, no redirect."""
    login = base64.b64encode(f"root:{password}".encode()).decode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SQL_SECONDS)
    try:
        connection.request(
            "POST",
            f"/api/v1/command/{DATABASE}",
            json.dumps({"language": "sql", "command": statement}),
            {"Content-Type": "application/json", "Authorization": f"Basic {login}"},
        )
        answer = connection.getresponse()
        body = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise StoreUnavailableError(f"embedded store: {error}; see `sousveil store status`") from error
    finally:
        connection.close()
    if answer.status != http.client.OK:
        raise StoreError(f"embedded store: {statement[:80]}: {body.get('detail', body)}; see its log")
    return list(body["result"])


def _check_backup(source: Path) -> None:
    """Refuse what is no backup of ours, comes from another engine, or names files outside its folder."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            stamp = json.loads(archive.read(BACKUP_STAMP)) if BACKUP_STAMP in names else {}
            broken = archive.testzip()
    except (OSError, zipfile.BadZipFile) as error:
        raise StoreError(f"{source}: {error}; give a file that `sousveil store backup` made") from error
    if broken is not None:
        raise StoreError(f"{source}: {broken} in it is damaged; use another backup")
    if stamp.get("engine") != engine()[1]:
        raise StoreOutdatedError(
            f"{source}: made by {stamp.get('engine', 'an unknown engine')}, and {engine()[1]} is installed; "
            "run `sousveil rebuild` instead"
        )
    if any(Path(name).is_absolute() or ".." in Path(name).parts for name in names):
        raise StoreError(f"{source}: it names files outside its own folder; do not use it")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
