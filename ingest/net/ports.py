"""The sockets of the DNS loop: UDP ports that are renewed as they age, and one TCP connection a question."""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from dns.rdatatype import RdataType

Server = tuple[str, int]
NOTHING_YET = (BlockingIOError, InterruptedError)
TURN = 256  # datagrams of one port before the others have their turn
MOST = 65_535  # bytes of a UDP datagram, and of a DNS message over TCP
# Linux: ICMP errors of an unconnected socket come through its error queue (ip(7), ipv6(7)).
LINUX = sys.platform == "linux"
RECVERR = {socket.AF_INET: (socket.IPPROTO_IP, 11), socket.AF_INET6: (socket.IPPROTO_IPV6, 25)}
ERROR = struct.Struct("@IBBBBII")  # struct sock_extended_err
OUTCOMES = {
    errno.ECONNREFUSED: "refused",
    errno.EPERM: "refused",  # a firewall of this machine
    errno.EACCES: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.ETIMEDOUT: "timeout",
}


def outcome_of(error: int | None) -> str:
    """Name what a socket error means for the question."""
    return OUTCOMES.get(error or 0, "unreachable")


def family_of(server: Server) -> socket.AddressFamily:
    """Say whether a server is reached over IPv4 or IPv6."""
    return socket.AF_INET6 if ":" in server[0] else socket.AF_INET


@dataclass(frozen=True, slots=True)
class Question:
    """A name in presentation format, without the final dot, and the type of record that is wanted."""

    name: str
    type: RdataType

    @classmethod
    def of(cls, name: str, kind: str) -> Question:
        """Make a question of texts, such as example.org and MX."""
        return cls(name, RdataType.from_text(kind))


@dataclass(slots=True, eq=False)
class Flight:
    """A question on its way: `asked` is its question section, `attempt` counts from 1.

    `state` is a number that every deadline makes anew, so that an outdated one is known as such. `held` is
    the outcome, message and reason of an attempt that was not the last.
    """

    question: Question
    asked: bytes
    land: Callable[[Any], None]
    attempt: int = 0
    state: int = 0
    server: Server = ("", 0)
    number: int = 0
    query: bytes = b""
    port: Port | None = None
    stream: Stream | None = None
    held: tuple[str, bytes, str] | None = None


@dataclass(slots=True, eq=False)
class Port:
    """A UDP socket on a random port, and who waits on it: (id, server) → flight."""

    sock: socket.socket
    born: float
    sent: int = 0
    retired: bool = False
    waiting: dict[tuple[int, Server], Flight] = field(default_factory=dict)

    @classmethod
    def open(cls, family: socket.AddressFamily, now: float) -> Port:
        """Bind a socket; the kernel chooses the port at random (RFC 6056)."""
        sock = socket.socket(family, socket.SOCK_DGRAM)
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        if LINUX:
            level, option = RECVERR[family]
            sock.setsockopt(level, option, 1)
        sock.bind(("", 0))
        return cls(sock, now)

    def send(self, query: bytes, server: Server) -> int:
        """Send a query; return 0, or the error. An error of an earlier query is left in the queue."""
        for _ in range(2):
            try:
                self.sock.sendto(query, server)
            except OSError as error:
                failed = error.errno or errno.EIO
                if failed not in {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH}:
                    return failed
            else:
                self.sent += 1
                return 0
        return failed

    def received(self) -> Iterator[tuple[bytes, Server]]:
        """Yield the datagrams that have come, each with its source."""
        for _ in range(TURN):
            try:
                data, source = self.sock.recvfrom(MOST)
            except NOTHING_YET:
                return
            except OSError:
                if self.retired and not self.waiting:
                    return  # closed by whoever took the last answer
                continue  # the error of an earlier query: `refusals` tells whose
            yield data, source[:2]

    def refusals(self) -> Iterator[tuple[bytes, Server, int]]:
        """Yield (query, server, error) of each ICMP message that has come."""
        while LINUX:
            try:
                query, beside, _, server = self.sock.recvmsg(512, 256, socket.MSG_ERRQUEUE)
            except OSError:
                return
            for _, _, data in beside:
                if len(data) >= ERROR.size and server:
                    yield query, server[:2], ERROR.unpack_from(data)[0]


@dataclass(slots=True, eq=False)
class Stream:
    """One question over TCP: connecting, sending, receiving."""

    sock: socket.socket
    unsent: bytes
    got: bytearray = field(default_factory=bytearray)

    @classmethod
    def open(cls, query: bytes, server: Server) -> Stream:
        """Begin to connect; an error comes out of `write`."""
        sock = socket.socket(family_of(server), socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.connect_ex(server)
        return cls(sock, len(query).to_bytes(2, "big") + query)

    def write(self) -> bool:
        """Send what can be sent, and say whether all is; OSError where the connection failed."""
        if failed := self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(failed, errno.errorcode.get(failed, ""))
        try:
            self.unsent = self.unsent[self.sock.send(self.unsent) :]
        except NOTHING_YET:
            return False
        return not self.unsent

    def read(self) -> bytes | None:
        """Return the message when it is whole; OSError where the connection was cut before."""
        try:
            part = self.sock.recv(MOST)
        except NOTHING_YET:
            return None
        if not part:
            raise ConnectionResetError(errno.ECONNRESET, "the server closed the connection")
        self.got += part
        size = int.from_bytes(self.got[:2], "big")
        return bytes(self.got[2 : 2 + size]) if len(self.got) >= 2 + size and len(self.got) > 1 else None
