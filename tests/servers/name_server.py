"""A name server on loopback that says what a test wants it to, over UDP and TCP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

Answer = Callable[[dns.message.Message, bool], Iterable[bytes]]


def reply(query: dns.message.Message, *records: str, code: dns.rcode.Rcode = dns.rcode.NOERROR) -> bytes:
    """Answer with records such as `www.a.test. CNAME a.test.`; of nothing, with the zone's SOA."""
    answer = dns.message.make_response(query, recursion_available=True)
    answer.set_rcode(code)
    for record in records:
        owner, kind, data = record.split(" ", 2)
        answer.answer.append(dns.rrset.from_text(owner, 60, "IN", kind, data))
    if not records:
        answer.authority.append(dns.rrset.from_text("test.", 60, "IN", "SOA", "ns.test. h.test. 1 2 3 4 5"))
    return answer.to_wire(max_size=65535)


class NameServer:
    """Serves while the block lasts; `asked` are the questions as (name, type, over TCP)."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, bool]] = []
        self._udp, self._tcp = _pair()
        self.address: tuple[str, int] = self._udp.getsockname()
        self._threads = [
            threading.Thread(target=each, daemon=True) for each in (self._datagrams, self._streams)
        ]

    @property
    def place(self) -> str:
        return f"{self.address[0]}:{self.address[1]}"

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tcp.shutdown(socket.SHUT_RDWR)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)
        for thread in self._threads:
            thread.join()
        self._udp.close()
        self._tcp.close()

    def _said(self, query: bytes, *, over_tcp: bool) -> Iterable[bytes]:
        message = dns.message.from_wire(query)
        name, kind = message.question[0].name.to_text(), message.question[0].rdtype.name
        self.asked.append((name, kind, over_tcp))
        return self.answer(message, over_tcp)

    def _datagrams(self) -> None:
        while True:
            query, source = self._udp.recvfrom(4096)
            if not query:
                return
            for part in self._said(query, over_tcp=False):
                self._udp.sendto(part, source)

    def _streams(self) -> None:
        while True:
            try:
                connection, _ = self._tcp.accept()
            except OSError:
                return
            with connection:
                size = int.from_bytes(connection.recv(2), "big")
                for part in self._said(connection.recv(size), over_tcp=True):
                    connection.sendall(len(part).to_bytes(2, "big") + part)


def _pair() -> tuple[socket.socket, socket.socket]:
    """Bind the same port for UDP and TCP."""
    while True:
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.bind(("127.0.0.1", 0))
        try:
            return udp, socket.create_server(udp.getsockname())
        except OSError:
            udp.close()
