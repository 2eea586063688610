"""The beginning of a mail session (RFC 5321, 3207): greeting, EHLO, STARTTLS, QUIT. No mail is ever sent."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sousveil.ingest.net.door import Net, Visit
from sousveil.ingest.net.tls import Handshake, failure
from sousveil.ingest.net.wire import Ended, TlsWire, Watch, Wire

LARGEST = 64 * 1024  # bytes of a whole session
READY = b"220"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What was said, and the handshake where STARTTLS was offered."""

    time: datetime
    outcome: str
    asked: bytes
    answered: bytes
    handshake: Handshake | None = None
    notes: tuple[tuple[str, str], ...] = ()


def talk(net: Net, visit: Visit, host: str, address: str) -> Session:
    """Have a session with one machine of a mail host, again where that may help."""
    return net.retry(lambda: _once(net, visit, host, address), lambda session: session.outcome)


def _once(net: Net, visit: Visit, host: str, address: str) -> Session:
    time = datetime.now(UTC)
    watch: Watch | None = None
    handshake: Handshake | None = None
    outcome, reason = "ok", None
    try:
        with net.watching(visit, LARGEST) as watch:
            wire = net.connect(address, net.policy.port("smtp"), watch)
            with closing(_Talk(wire)) as talk:
                if _welcome(talk, identified=net.policy.agent is None):
                    handshake = _secure(talk, net, wire, host, address)
                if handshake is None or handshake.outcome == "ok":
                    with suppress(Ended):  # all that was wanted is there
                        talk.say(b"QUIT")
    except Ended as ended:
        outcome, reason = ended.outcome, ended.reason
    return Session(
        time=time,
        outcome=outcome,
        asked=bytes(watch.asked) if watch else b"",
        answered=bytes(watch.answered) if watch else b"",
        handshake=handshake,
        notes=(("error", reason),) if reason else (),
    )


def _welcome(talk: _Talk, *, identified: bool) -> bool:
    """Exchange greetings; say whether TLS is offered."""
    if not talk.reply()[0].startswith(READY):
        raise Ended("refused", "the greeting is a refusal")
    lines = talk.say(b"EHLO sousveil.invalid" if identified else b"EHLO localhost")
    return any(line[4:].strip().upper() == b"STARTTLS" for line in lines)


def _secure(talk: _Talk, net: Net, wire: Wire, host: str, address: str) -> Handshake:
    """Start TLS; what does not work of it is what came of the handshake, and not of the session."""
    try:
        if not talk.say(b"STARTTLS")[0].startswith(READY):
            return failure(Ended("refused", "STARTTLS was offered, and refused"), host, address)
        secured = net.encrypt(wire, host, wire.watch)
    except Ended as ended:
        return failure(ended, host, address)
    talk.wire = secured
    talk.unread.clear()  # what came before TLS and was not asked for is nobody's
    return net.handshake_of(secured, host, address)


@dataclass(slots=True)
class _Talk:
    """Commands and replies over a connection."""

    wire: Wire | TlsWire
    unread: bytearray = field(default_factory=bytearray)

    def say(self, command: bytes) -> list[bytes]:
        """Give a command and return the lines of its reply."""
        self.wire.sendall(command + b"\r\n")
        return self.reply()

    def reply(self) -> list[bytes]:
        """Read a reply: lines that begin with a code, of which all but the last have a `-` after it."""
        lines: list[bytes] = []
        while not lines or lines[-1][3:4] == b"-":
            lines.append(self._line())
            if not lines[-1][:3].isdigit():
                raise Ended("formerr", "a reply without its code")
        return lines

    def _line(self) -> bytes:
        chunk = bytearray(4096)
        while b"\n" not in self.unread:
            count = self.wire.recv_into(chunk)
            if count == 0:
                raise Ended("reset", "the connection was closed")
            self.unread += chunk[:count]
        line, _, rest = self.unread.partition(b"\n")
        self.unread = bytearray(rest)
        return bytes(line.rstrip(b"\r"))

    def close(self) -> None:
        """Close the connection."""
        self.wire.close()
