"""Serving the explorer on 127.0.0.1 until it is stopped."""

from __future__ import annotations

import socket
from collections.abc import Callable
from contextlib import closing
from datetime import date

import uvicorn

from sousveil.explore.guard import Pass
from sousveil.explore.server import application
from sousveil.explore.source import Source
from sousveil.schema.errors import SousveilError


class PortError(SousveilError):
    """The port is taken; the message says what to do."""


def serve(source: Source, today: Callable[[], date], port: int, ready: Callable[[str], None]) -> None:
    """Serve until interrupted; `ready` gets the one address that lets a browser in; port 0 is a free one."""
    with closing(source), closing(_listen(port)) as listener:
        source.run(lambda store: store.endpoint)  # an empty store is told here, not on a page
        entry = Pass(listener.getsockname()[1])
        app = application(source, entry, today)
        config = uvicorn.Config(
            app, log_level="warning", access_log=False, lifespan="off", server_header=False
        )
        ready(entry.address)
        uvicorn.Server(config).run([listener])


def _listen(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise PortError(f"127.0.0.1:{port}: {error.strerror}; choose another with --port") from error
    return listener
