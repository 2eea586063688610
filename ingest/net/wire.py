"""Sockets that keep the time and write down what passes: every end of theirs is a named outcome."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EHOSTDOWN}


class Ended(Exception):  # noqa: N818 - it ends an exchange, which is a result
    """An exchange ended before its answer was whole: a named outcome, and what a person should know."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(f"{outcome}: {reason}")
        self.outcome = outcome
        self.reason = reason


def named(error: OSError) -> Ended:
    """Name the outcome that an error of a socket is; what is our own fault was not attempted."""
    reason = error.strerror or str(error) or type(error).__name__
    if isinstance(error, TimeoutError):
        return Ended("timeout", "no answer in time")
    if isinstance(error, ConnectionRefusedError):
        return Ended("refused", "nothing listens")
    if isinstance(error, ConnectionError | ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Ended("reset", "the connection was cut")
    if isinstance(error, ssl.SSLError):
        large = error.reason == "EXCESSIVE_MESSAGE_SIZE"
        return Ended("too-large" if large else "tls-failure", reason)
    if error.errno in UNREACHABLE:
        return Ended("unreachable", reason)
    return Ended("not-attempted", f"this machine: {reason}")


@dataclass(slots=True)
class Watch:
    """The clock, the limits and the tape of one exchange.

    `deadline` ends it. `patience` is the longest wait for the next byte, in seconds; `most` the bytes that
    may come.
    """

    clock: Callable[[], float]
    deadline: float
    patience: float
    afterwards: float  # the patience once something has come
    most: int
    asked: bytearray = field(default_factory=bytearray)
    answered: bytearray = field(default_factory=bytearray)
    paused: float = 0.0

    def pause(self, seconds: float) -> None:
        """Leave out time that was spent waiting for a rate."""
        self.paused += seconds
        self.deadline += seconds

    def wait(self, longest: float | None = None) -> float:
        """Return the seconds that the next step may take, or end the exchange."""
        left = self.deadline - self.clock()
        if left <= 0:
            raise Ended("timeout", "not complete in time")
        return min(left, self.patience if longest is None else longest)

    def received(self, data: bytes | memoryview) -> None:
        """Write down what came; more than `most` ends the exchange, and what fits is kept."""
        self.patience = self.afterwards
        self.answered += data
        if len(self.answered) > self.most:
            del self.answered[self.most :]
            raise Ended("too-large", f"more than {self.most} bytes")


class Wire(socket.socket):
    """A plain connection under a watch."""

    watch: Watch

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Receive within the watch's time, and write it down."""
        self.settimeout(self.watch.wait())
        return _received(self.watch, buffer, lambda: super(Wire, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Send within the watch's time, and write it down."""
        self.settimeout(self.watch.wait())
        _sent(self.watch, data, lambda: super(Wire, self).sendall(data, flags))


class TlsWire(ssl.SSLSocket):
    """A connection under TLS; what is written down is what was said inside."""

    watch: Watch

    def recv_into(self, buffer: Any, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive within the watch's time, and write it down."""
        self.settimeout(self.watch.wait())
        return _received(self.watch, buffer, lambda: super(TlsWire, self).recv_into(buffer, nbytes, flags))

    def sendall(self, data: Any, flags: int = 0) -> None:
        """Send within the watch's time, and write it down."""
        self.settimeout(self.watch.wait())
        _sent(self.watch, data, lambda: super(TlsWire, self).sendall(data, flags))


def _received(watch: Watch, buffer: Any, receive: Callable[[], int]) -> int:
    try:
        count = receive()
    except OSError as error:
        raise named(error) from error
    watch.received(memoryview(buffer)[:count])
    return count


def _sent(watch: Watch, data: Any, send: Callable[[], None]) -> None:
    watch.asked += data
    try:
        send()
    except OSError as error:
        raise named(error) from error
