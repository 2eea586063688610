"""HTTP by `requests`, over connections of the door's: one question, one answer, the bytes of both.

What was sent and received is taken at the socket, inside TLS: request line, headers, chunks and compressed
bodies are as they were on the wire. Redirects are not followed here.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from typing import Any, Literal, Self
from urllib.parse import urlsplit, urlunsplit

import requests
import urllib3
import urllib3.connection
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from sousveil.ingest.net.door import Net, Visit
from sousveil.ingest.net.tls import Handshake, failure
from sousveil.ingest.net.wire import Ended, TlsWire, Watch, Wire
from sousveil.ingest.records import Exchange

CHUNK = 64 * 1024
MEDIA = "application/http"
ENCODINGS = "gzip, deflate, br"
BLOCKED = frozenset({401, 403, 429, 451})
ABSENT = frozenset({404, 410})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
SCHEMES = frozenset({"http", "https"})
LONGEST = 4096  # characters of an address; longer ones are nobody's page
PORTS = frozenset(
    {None, 80, 443, 8080, 8443}
)  # a redirect to another one is somebody's attack on a neighbour
BAD_REQUEST = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What came of one request: `asked` and `answered` as on the wire, cut at the limit.

    `body` is unpacked, and empty where it was only counted. `status` is None where no answer came. `headers`
    are (lower-case name, value) in their order.
    """

    url: str
    time: datetime
    outcome: str
    address: str | None = None
    asked: bytes = b""
    answered: bytes = b""
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    notes: tuple[tuple[str, str], ...] = ()

    def header(self, name: str) -> str | None:
        """Return the first header of this lower-case name."""
        return next((value for key, value in self.headers if key == name), None)

    @property
    def location(self) -> str | None:
        """Return where a redirect leads, as it was written; browsers read it as UTF-8."""
        location = self.header("location")
        if self.status not in REDIRECTS or location is None:
            return None
        return location.encode("latin-1", "replace").decode("utf-8", "replace")

    def exchange(
        self,
        target: str,
        subject: str,
        protocol: Literal["http", "rdap"],
        question: str,
        *notes: tuple[str, str],
    ) -> Exchange:
        """Make an exchange of it."""
        return Exchange(
            target=target,
            subject=subject,
            protocol=protocol,
            question=question,
            uri=self.url,
            time=self.time,
            outcome=self.outcome,
            server=self.address,
            asked=self.asked,
            answered=self.answered,
            media=MEDIA,
            notes=(*notes, *self.notes),
        )


def unasked(url: str, ended: Ended, address: str | None = None) -> Reply:
    """Make the answer to a question that was not put; `address` has taken the connection."""
    notes = (("error", ended.reason),)
    time = datetime.now(UTC)
    return Reply(url=url[:LONGEST], time=time, outcome=ended.outcome, address=address, notes=notes)


def outcome_of(status: int, headers: tuple[tuple[str, str], ...]) -> str:
    """Name the outcome that a whole answer is; servers that decline, and servers that fail, refused."""
    if status in BLOCKED or ("cf-mitigated", "challenge") in headers:
        return "blocked"
    if status in ABSENT:
        return "absent"
    return "refused" if status >= BAD_REQUEST else "ok"


def normal(url: str) -> str:
    """Write a web address as it is asked for: A-labels, quoted, without fragment and password.

    Ended says why it is none.
    """
    if len(url) > LONGEST:
        raise Ended("not-attempted", f"an address of {len(url)} characters")
    try:
        parts = urlsplit(url)
        if parts.scheme not in SCHEMES:
            raise Ended("not-attempted", f"{parts.scheme or 'nothing'}: is no web address")
        port = parts.port
        bare = parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")
        asked = requests.Request("GET", urlunsplit(bare)).prepare().url or ""
        host = urlsplit(asked).hostname
    except (ValueError, requests.RequestException) as error:  # a bad port, a bad name, no host
        raise Ended("not-attempted", f"no web address: {error}") from error
    if not host:
        raise Ended("not-attempted", "no web address: it has no host")
    if port not in PORTS:
        raise Ended("not-attempted", f"port {port} is no web server's")
    return asked


class Site:
    """One web server, at one address, over a connection that stays open from question to question.

    `handshake` is what came of TLS, once it was tried. `strict` insists on a certificate that holds.
    Use it in `with`: the connection is closed at its end.
    """

    def __init__(self, net: Net, visit: Visit, url: str, address: str, *, strict: bool = False) -> None:
        self.net = net
        self.visit = visit
        self.address = address
        self.strict = strict
        self.handshake: Handshake | None = None
        self.url = urlsplit(url)
        self._watch: Watch  # of the question that is being put
        self._wire: Wire | TlsWire | None = None  # what `requests` talks over
        self._ready: Wire | TlsWire | None = None  # opened, and not yet given to it
        self._adapter = Pinned(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._adapter.close()
        if self._ready is not None:
            self._ready.close()

    def get(self, url: str, most: int, unpacked: int | None = None, accept: str = "*/*") -> Reply:
        """Ask for a page, again where that may help.

        At most `most` bytes of its body are taken from the wire, and as many after unpacking; or `unpacked`,
        and then what comes is counted and not kept.
        """
        return self.net.retry(
            lambda: self._once(_Draft(url, accept, most, unpacked)), lambda reply: reply.outcome
        )

    def open(self) -> Ended | None:
        """Connect before anything is asked, again where that may help; return why it did not work."""
        return self.net.retry(self._opened, lambda ended: ended.outcome if ended else "ok")

    def _opened(self) -> Ended | None:
        try:
            with self.net.watching(self.visit, self.net.policy.limits.headers) as watch:
                self._ready = self._connected(watch)
        except Ended as ended:
            return ended
        return None

    def connect(self) -> Wire | TlsWire:
        """Give `requests` its connection: the one that is open, or a new one; Ended says why not."""
        if self._ready is None:
            self._ready = self._connected(self._watch)
        self._wire, self._ready = self._ready, None
        self._wire.watch = self._watch
        return self._wire

    def _connected(self, watch: Watch) -> Wire | TlsWire:
        encrypted = self.url.scheme == "https"
        port = self.url.port or self.net.policy.port(self.url.scheme)
        try:
            wire = self.net.connect(self.address, port, watch)
            return self._encrypted(wire, watch) if encrypted else wire
        except Ended as ended:
            if encrypted:
                self.handshake = failure(ended, self.host, self.address)
            raise

    @property
    def host(self) -> str:
        """Return the name for Host and SNI."""
        return self.url.hostname or ""

    def _encrypted(self, wire: Wire, watch: Watch) -> TlsWire:
        with ExitStack() as failing:
            secured = failing.enter_context(self.net.encrypt(wire, self.host, watch, strict=self.strict))
            self.handshake = self.net.handshake_of(secured, self.host, self.address)
            failing.pop_all()
        return secured

    def _once(self, draft: _Draft) -> Reply:
        """Put the question once; whatever comes of it, what was read until then is kept."""
        time = datetime.now(UTC)
        watch: Watch | None = None
        notes: list[tuple[str, str]] = []
        try:
            with self.net.watching(self.visit, self.net.policy.limits.headers) as watch:
                self._watch = watch
                if self._wire is not None:
                    self._wire.watch = watch
                self._read(draft, watch)
            outcome = outcome_of(draft.status, draft.headers)
        except urllib3.exceptions.DecodeError as error:  # the bytes are all there is to it
            outcome = outcome_of(draft.status, draft.headers)
            notes.append(("error", f"the body does not unpack: {error.args[0]}"))
            notes.append(("truncated", str(len(watch.answered) if watch else 0)))
        except Ended as ended:
            outcome = ended.outcome
            notes.append(("error", ended.reason))
            if watch is not None and watch.answered:
                notes.append(("truncated", str(len(watch.answered))))
        return Reply(
            url=draft.url,
            time=time,
            outcome=outcome,
            address=self.address,
            asked=bytes(watch.asked) if watch else b"",
            answered=bytes(watch.answered) if watch else b"",
            status=draft.status or None,
            headers=draft.headers,
            body=bytes(draft.body),
            notes=tuple(notes),
        )

    def _read(self, draft: _Draft, watch: Watch) -> None:
        headers = {
            "User-Agent": self.net.policy.user_agent,
            "Accept": draft.accept,
            "Accept-Encoding": ENCODINGS,
        }
        request = requests.Request("GET", draft.url, headers=headers).prepare()
        try:
            with closing(self._adapter.send(request, stream=True)) as response:
                draft.status = response.status_code
                draft.headers = tuple((name.lower(), value) for name, value in response.raw.headers.items())
                end = watch.answered.find(b"\r\n\r\n")
                watch.most = (end + 4 if end >= 0 else len(watch.answered)) + draft.most
                while part := response.raw.read1(CHUNK, decode_content=True):
                    draft.add(part)
        except urllib3.exceptions.DecodeError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException) as error:
            raise _ended(error) from error


@dataclass(slots=True)
class _Draft:
    """A question, and its answer as far as it came."""

    url: str
    accept: str
    most: int
    unpacked: int | None
    status: int = 0
    headers: tuple[tuple[str, str], ...] = ()
    size: int = 0
    body: bytearray = field(default_factory=bytearray)

    def add(self, part: bytes) -> None:
        """Take what was unpacked; more than there may be ends the exchange."""
        most = self.most if self.unpacked is None else self.unpacked
        self.size += len(part)
        if self.unpacked is None:
            self.body += part[: max(0, most - len(self.body))]
        if self.size > most:
            raise Ended("too-large", f"more than {most} bytes, unpacked")


def _ended(error: Exception) -> Ended:
    """Name what broke the protocol, from the innermost error: those of `requests` wrap those of urllib3."""
    inner = _innermost(error)
    reason = str(inner) or type(inner).__name__
    if isinstance(inner, RemoteDisconnected):
        return Ended("reset", "the connection was closed without an answer")
    if isinstance(inner, urllib3.exceptions.IncompleteRead | IncompleteRead):
        bad = isinstance(inner.__context__, ValueError) and not str(inner.__context__).endswith("b''")
        if bad:
            return Ended("formerr", "a chunk without its size")
        return Ended("truncated", "the body ended before its length")
    if isinstance(inner, LineTooLong) or reason.startswith("got more than"):
        return Ended("too-large", f"headers: {reason}")
    return Ended("formerr", reason)


def _innermost(error: BaseException) -> BaseException:
    inner = [one for one in error.args if isinstance(one, BaseException)]
    return _innermost(inner[-1]) if inner else error


class Pinned(HTTPAdapter):
    """Gives `requests` the connections of one site, whatever the URL says; cookies are not read."""

    def __init__(self, site: Site) -> None:
        self._site = site
        super().__init__()

    def init_poolmanager(self, *_: Any, **__: Any) -> None:
        """Make the one pool, of one connection, that is all there is."""
        url = self._site.url
        if url.scheme == "https":
            self.pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
                self._site.host, url.port or 443
            )
            self.pool.ConnectionCls = partial(_Secure, site=self._site)  # type: ignore[assignment]
        else:
            self.pool = urllib3.HTTPConnectionPool(self._site.host, url.port or 80)
            self.pool.ConnectionCls = partial(_Plain, site=self._site)  # type: ignore[assignment]

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> urllib3.HTTPConnectionPool:
        """Return the pool, for any URL."""
        return self.pool

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """Wrap an answer, without its cookies: ten thousand of them cost a second, and none is ever sent."""
        response = requests.Response()
        response.status_code = resp.status
        response.raw = resp
        response.request = req
        return response

    def close(self) -> None:
        """Close the connection."""
        self.pool.close()


class _Plain(urllib3.connection.HTTPConnection):
    def __init__(self, *args: Any, site: Site, **options: Any) -> None:
        super().__init__(*args, **options)
        self._site = site

    def connect(self) -> None:
        self.sock = self._site.connect()


class _Secure(urllib3.connection.HTTPSConnection):
    def __init__(self, *args: Any, site: Site, **options: Any) -> None:
        super().__init__(*args, **options)
        self._site = site

    def connect(self) -> None:
        self.sock = self._site.connect()
        self.is_verified = True  # it is not, and the handshake says so; urllib3 would warn for each target
