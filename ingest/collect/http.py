"""HTTP: one landing page of a host, every redirect on the way, and the declarations beside the page.

https is tried first, http where nobody takes the connection. Each origin's robots.txt is asked first, and
obeyed; where it does not come, that is the outcome of the page too, as RFC 9309 wants it. The certificate of
a connection that was opened for a page is yielded too: one handshake serves both.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import Self, TypeVar
from urllib.parse import urljoin, urlsplit

from sousveil.ingest.collect import Look, tls
from sousveil.ingest.net import Net
from sousveil.ingest.net.http import Reply, Site, normal, unasked
from sousveil.ingest.net.robots import Robots, parse
from sousveil.ingest.net.wire import Ended
from sousveil.ingest.records import Exchange

DECLARATIONS = (
    "/.well-known/security.txt",
    "/.well-known/carbon.txt",
    "/carbon.txt",
    "/.well-known/hosting-provider",
)
ADDRESSES = 2  # of a host, that are tried until one takes the connection
ROBOTS_HOPS = 5  # RFC 9309, 2.3.1.2
NO_ROBOTS = frozenset(range(300, 500)) - {429}  # there are no rules, RFC 9309, 2.3.1.3
NOBODY = frozenset({"refused", "timeout", "unreachable", "reset", "tls-failure", "too-large"})

Result = TypeVar("Result")
Steps = Generator[Exchange | Look, None, Result]


def collect(look: Look, net: Net) -> Iterator[Exchange | Look]:
    """Ask for the landing page of a host; `look.address` is the machine to ask for it."""
    if not net.policy.http:
        return
    host = f"[{look.subject}]" if ":" in look.subject else look.subject
    with Walk(look, net) as walk:
        page = yield from walk.page(f"https://{host}/")
        if page.address is None and page.outcome in NOBODY:
            page = yield from walk.page(f"http://{host}/")
        if page.outcome == "ok":
            yield from walk.declarations(page.url)


class Walk:
    """The connections of one look: a site for each origin, all closed at the end of `with`."""

    def __init__(self, look: Look, net: Net) -> None:
        self.look = look
        self.net = net
        self.visit = net.visit(look.target)
        self._sites: dict[str, Site] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def page(self, url: str) -> Steps[Reply]:
        """Follow redirects from a first address; return the answer of the last hop.

        Where nobody took the connection, that answer has no address.
        """
        seen: set[str] = set()
        most = self.net.policy.limits.redirects
        for hop in range(1, most + 3):
            reply = yield from self._hop(url, seen, f"more than {most} redirects" if hop > most + 1 else None)
            yield self._exchange(reply, "GET", ("hop", str(hop)))
            if reply.outcome != "ok" or reply.location is None:
                break
            seen.add(reply.url)
            url = _joined(reply.url, reply.location)
            yield from self._look_at(url)
        return reply

    def declarations(self, url: str) -> Steps[None]:
        """Ask for what the operator of a page declares beside it, once for each origin of a target."""
        if not self.visit.claim(f"declarations of {_origin(url)}"):
            return
        for path in DECLARATIONS:
            reply = yield from self._get(urljoin(url, path), self.net.policy.limits.declaration)
            yield self._exchange(reply, "declaration")
            if reply.status is None and reply.outcome != "blocked":  # nobody there any more
                return

    def _hop(self, url: str, seen: set[str], refusal: str | None) -> Steps[Reply]:
        """Ask for one page, if it may be asked."""
        limits = self.net.policy.limits
        try:
            url = normal(url)
        except Ended as ended:
            return unasked(url, ended)
        if url in seen:
            refusal = "a redirect loop, or one that wants a cookie"
        if refusal:
            return unasked(url, Ended("not-attempted", refusal))
        return (yield from self._get(url, limits.body, limits.unpacked))

    def _get(self, url: str, most: int, unpacked: int | None = None) -> Steps[Reply]:
        """Ask for a page of which robots.txt has no objection."""
        try:
            site = yield from self._site(url)
        except Ended as ended:
            return unasked(url, ended)
        robots = self.visit.robots.get(_origin(url)) or (yield from self._robots(site, url))
        if reason := robots.refusal(url):
            return unasked(url, Ended(robots.failed or "blocked", reason), site.address)
        reply = site.get(url, most, unpacked)
        yield from self._handshake(site)
        return reply

    def _site(self, url: str) -> Steps[Site]:
        """Return the connection to the origin of a page: the first of its addresses that takes one."""
        origin = _origin(url)
        if origin not in self._sites:
            self._sites[origin] = yield from self._connected(url)
        return self._sites[origin]

    def _connected(self, url: str) -> Steps[Site]:
        ended = Ended("not-attempted", "no address")
        for address in self._addresses(url):
            site = self._open.enter_context(Site(self.net, self.visit, url, address))
            failed = site.open()
            yield from self._handshake(site)
            if failed is None:
                return site
            ended = failed
        raise ended

    def _addresses(self, url: str) -> tuple[str, ...]:
        host = urlsplit(url).hostname or ""
        if host == self.look.subject and self.look.address:
            return (self.look.address,)
        return self.net.addresses(host)[:ADDRESSES]

    def _robots(self, site: Site, url: str) -> Steps[Robots]:
        """Ask for robots.txt, and remember what it says for the whole visit."""
        limit = self.net.policy.limits.robots
        reply = site.get(urljoin(url, "/robots.txt"), limit)
        yield self._exchange(reply, "robots")
        for _ in range(ROBOTS_HOPS):
            if reply.location is None:
                break
            try:
                following = normal(_joined(reply.url, reply.location))
                site = yield from self._site(following)
            except Ended:  # nobody can be led where nothing answers: there are no rules
                break
            reply = site.get(following, limit)
            yield self._exchange(reply, "robots")
        return self.visit.robots.setdefault(_origin(url), _rules(reply))

    def _handshake(self, site: Site) -> Steps[None]:
        """Yield the handshake of a connection, unless the visit has it from somewhere."""
        usual = site.url.port is None
        if site.handshake and usual and self.visit.claim(tls.uri(site.host, site.address, self.net)):
            yield tls.presented(self.look.target, site.host, site.address, site.handshake, self.net)

    def _look_at(self, url: str) -> Steps[None]:
        """Have the names resolved of a host to which a redirect leads."""
        try:
            host = urlsplit(normal(url)).hostname or ""
        except Ended:
            return
        if host != self.look.subject and self.visit.claim(f"redirect to {host}"):
            depth = self.look.depth + 1
            yield Look(protocol="dns", target=self.look.target, subject=host, depth=depth)

    def _exchange(self, reply: Reply, question: str, *notes: tuple[str, str]) -> Exchange:
        subject = _host(reply.url) or self.look.subject
        return reply.exchange(self.look.target, subject, "http", question, *notes)


def _rules(reply: Reply) -> Robots:
    if reply.outcome in {"ok", "too-large"} and reply.location is None:
        return parse(reply.body)
    if reply.status in NO_ROBOTS:
        return Robots()
    return Robots(failed=reply.outcome)


def _origin(url: str) -> str:
    return urljoin(url, "/")


def _joined(url: str, location: str) -> str:
    """Follow a Location; what is none stays as it is, for `normal` to refuse."""
    try:
        return urljoin(url, location)
    except ValueError:
        return location


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
