"""The process of the embedded store: `python -P -m sousveil.graph.arcade_child FOLDER BOLT HTTP IDLE LIMIT`.

It listens on loopback only, outlives the command that started it, and ends itself after IDLE seconds
without a connection. Everything it writes lies in FOLDER, its working directory. Only arcade.py starts it.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sousveil.graph.files import (
    CHILD_LOCK,
    DATABASE,
    ENDPOINT,
    PASSWORDS,
    PID,
    START_LOCK,
    engine,
    write_private,
)
from sousveil.graph.locks import FileLock, waiting

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
TICK_SECONDS = 0.5
LOCK_SECONDS = 3.0  # a command that only looks holds the lock for a moment
KEPT_LOGS = 5
STOP_SECONDS = 25.0  # afterwards the log, flushed at every commit, has to do
READER_GROUP = {
    "resultSetLimit": -1,
    "readTimeout": -1,
    "access": [],
    "types": {"*": {"access": ["readRecord"]}},
}
SETTINGS = {
    # Development mode, which keeps error texts useful, neither flushes its log nor guards LOAD CSV.
    "arcadedb.txWalFlush": "1",
    "arcadedb.opencypher.loadCsv.allowFileUrls": "false",
    "arcadedb.opencypher.loadCsv.allowRemoteUrls": "false",
}


@dataclass(frozen=True, slots=True)
class Orders:
    """What the parent asks for; times in seconds."""

    folder: Path
    bolt_port: int
    http_port: int
    idle: float
    limit: float


def main(arguments: list[str]) -> None:
    """Serve until SIGTERM or idleness; exit at once if another process holds the folder."""
    folder, bolt_port, http_port, idle, limit = arguments
    orders = Orders(Path(folder), int(bolt_port), int(http_port), float(idle), float(limit))
    try:
        with waiting(orders.folder / CHILD_LOCK, LOCK_SECONDS):
            _run(orders)
    except TimeoutError:
        sys.exit("sousveil: another process serves this folder")


def _run(orders: Orders) -> None:
    write_private(orders.folder / PID, str(os.getpid()))
    server = _start(orders)
    stopping = threading.Event()
    # After the start: the JVM takes SIGTERM for itself, and its way out hangs while nobody is connected.
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C meant for the command in the same terminal
    _announce(orders)
    _serve(server, orders, stopping)
    _stop(server, orders)


def _start(orders: Orders) -> Any:
    """Start the engine with its Bolt listener, harden the database, and admit the reader."""
    os.environ["ARCADEDB_JVM_ERROR_FILE"] = str(orders.folder / "log" / "hs_err_pid%p.log")
    module, _ = engine()
    arcade = importlib.import_module(module)
    jvm = importlib.import_module(f"{module}.jvm")
    temporary = orders.folder / "tmp"
    temporary.mkdir(exist_ok=True)
    for old in sorted((orders.folder / "log").glob("server-event-log-*"))[:-KEPT_LOGS]:
        old.unlink()
    # Without these the JVM writes /tmp/hsperfdata_USER and unpacks native libraries into /tmp.
    jvm.start_jvm(jvm_args=["-XX:-UsePerfData", f"-Djava.io.tmpdir={temporary}", *_heap()])
    passwords = json.loads((orders.folder / PASSWORDS).read_text("utf-8"))
    server = arcade.create_server(
        str(orders.folder),
        root_password=passwords["root"],
        config={
            "host": "127.0.0.1",
            "http_port": orders.http_port,
            "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
            "bolt_port": orders.bolt_port,
            "bolt_maxMessageSize": MAX_MESSAGE_BYTES,
        },
    )
    server.start()
    database = server.create_database(DATABASE)
    settings = SETTINGS | {"arcadedb.command.timeout": str(int(orders.limit * 1000))}
    for name, value in settings.items():
        database.command("sql", f"ALTER DATABASE `{name}` {value}")
    _admit_reader(server, passwords["reader"])
    return server


def _heap() -> list[str]:
    """Ask for half the memory of a small machine; the engine's own default is 4 GB."""
    if "-Xmx" in os.environ.get("ARCADEDB_JVM_ARGS", "") or not hasattr(os, "sysconf"):
        return []
    half = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**21
    return [f"-Xmx{max(512, min(4096, half))}m"]


def _admit_reader(server: Any, password: str) -> None:
    """Let `reader` log in, in a group that holds readRecord and nothing else."""
    import jpype

    parse = jpype.JClass("com.arcadedb.serializer.json.JSONObject")
    security = server._java_server.getSecurity()  # noqa: SLF001 - the wheel has no public door to users
    security.saveGroup(DATABASE, "reader", parse(json.dumps(READER_GROUP)))
    if not security.existsUser("reader"):
        user = {
            "name": "reader",
            "password": str(security.encodePassword(password)),
            "databases": {DATABASE: ["reader"]},
        }
        security.createUser(parse(json.dumps(user)))


def _announce(orders: Orders) -> None:
    """Tell other commands, in a file that only this user reads, where the store listens."""
    endpoint = {
        "pid": os.getpid(),
        "bolt": f"bolt://127.0.0.1:{orders.bolt_port}",
        "http": orders.http_port,
        "engine": engine()[1],
        "limit": orders.limit,
    }
    write_private(orders.folder / ENDPOINT, json.dumps(endpoint))


def _serve(server: Any, orders: Orders, stopping: threading.Event) -> None:
    """Wait for SIGTERM, or for IDLE seconds in which nobody was connected."""
    connections = _connection_counter(server)
    seen, last = connections(), time.monotonic()
    while not stopping.wait(TICK_SECONDS):
        now = connections()
        if now[0] or now != seen:
            seen, last = now, time.monotonic()
        elif time.monotonic() - last > orders.idle and _leave(orders):
            return


def _connection_counter(server: Any) -> Any:
    """Return a function that gives the Bolt connections open now, and the number of the newest one ever."""
    import jpype

    executor = jpype.JClass("com.arcadedb.bolt.BoltNetworkExecutor").class_
    newest = executor.getDeclaredField("LAST_CONNECTION_ID")
    newest.setAccessible(True)
    plugin = next(
        item
        for item in server._java_server.getPlugins()  # noqa: SLF001 - the same
        if "BoltProtocolPlugin" in str(item.getClass().getName())
    )
    listener = _private(plugin, "listener")
    active = _private(listener, "activeConnections")
    return lambda: (int(active.size()), int(newest.get(None).get()))


def _private(thing: Any, name: str) -> Any:
    field = thing.getClass().getDeclaredField(name)
    field.setAccessible(True)
    return field.get(thing)


def _leave(orders: Orders) -> bool:
    """Withdraw the endpoint, unless a command is about to connect."""
    starting = FileLock(orders.folder / START_LOCK)
    if not starting.acquire():
        return False
    (orders.folder / ENDPOINT).unlink(missing_ok=True)
    starting.release()
    return True


def _stop(server: Any, orders: Orders) -> None:
    """Close the database and end the process, whatever threads its clients still hold."""
    (orders.folder / ENDPOINT).unlink(missing_ok=True)
    threading.Timer(STOP_SECONDS, os._exit, [0]).start()
    server.stop()
    (orders.folder / PID).unlink(missing_ok=True)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
