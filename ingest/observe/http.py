"""HTTP answers: what redirects say apart from what the document says, and what a page loads."""

from __future__ import annotations

from collections.abc import Iterator

from sousveil.ingest.observe import links, message, page
from sousveil.ingest.observe.declarations import DECLARATIONS, LARGEST
from sousveil.ingest.observe.links import Link, LinkError
from sousveil.ingest.observe.message import Message
from sousveil.ingest.observe.names import same_site
from sousveil.ingest.observe.page import Page
from sousveil.ingest.observe.reading import Reading, UnreadableError
from sousveil.ingest.records import Exchange, Observation

CUT = 500  # characters of a value
HEADERS = 200  # and as many cookies; servers and browsers allow about 100
EMBEDS = 1000  # resources of one page
HTML = ("text/html", "application/xhtml+xml")


def observe(exchange: Exchange, evidence: str, vantage: str) -> Iterator[Observation]:
    """Read one hop: what leads on, by Location or by a refresh at once, is a redirect, else a document."""
    reading = Reading(exchange, evidence, vantage)
    try:
        answer = message.parse(exchange.answered)
        at = links.parse(exchange.uri)
    except (UnreadableError, LinkError) as error:
        return reading.told("document", _unreadable(str(error) or "no address"))
    found = _page(reading, answer, at)
    scope = "redirect" if _leads_on(answer) or (found and found.refresh) else "document"
    return reading.told(scope, _facts(reading, scope, answer, at, found))


def _unreadable(reason: str) -> Iterator[Observation]:
    raise UnreadableError(reason)
    yield  # an iterator like the others


def _leads_on(answer: Message) -> bool:
    return 300 <= answer.status < 400 and answer.header("location") is not None  # noqa: PLR2004 - RFC 9110, 15.4


def _page(reading: Reading, answer: Message, at: Link) -> Page | None:
    """Read the page of an answer that is the host's own: no error, no refusal and no challenge of an edge."""
    success = 200 <= answer.status < 300  # noqa: PLR2004
    if not success or reading.exchange.outcome in ("blocked", "absent", "formerr") or not _is_page(reading):
        return None
    kind = answer.header("content-type")
    body = message.content(answer, reading)
    named = (kind or "").partition(";")[0].strip().lower()
    if named not in HTML and (named or body.lstrip()[:1] != b"<"):
        return None
    return page.parse(body, at, kind)


def _is_page(reading: Reading) -> bool:
    return reading.exchange.question == "GET" and _declaration(reading) is None


def _declaration(reading: Reading) -> str | None:
    path = reading.exchange.uri.partition("?")[0]
    return next((name for name in DECLARATIONS if path.endswith(f"/{name}")), None)


def _facts(
    reading: Reading, scope: str, answer: Message, at: Link, found: Page | None
) -> Iterator[Observation]:
    if name := _declaration(reading):
        yield from _declared(reading, answer, name)
        return
    if reading.exchange.question != "GET":
        return
    if reading.exchange.server:
        yield reading.saw("address", scope, reading.exchange.server)
    location = answer.header("location")
    if location is None and found and found.refresh:
        location = _address(found.refresh)
    url = reading.exchange.uri[:CUT]
    yield reading.saw("status", scope, str(answer.status), url=url, location=location and location[:CUT])
    yield from _headers(reading, scope, answer)
    if found is not None and scope == "document":
        yield from _content(reading, at, found)


def _address(link: Link) -> str:
    return f"{link.scheme}://{link.host}{link.path}{'?' if link.query else ''}{link.query}"


def _headers(reading: Reading, scope: str, answer: Message) -> Iterator[Observation]:
    headers = [pair for pair in answer.headers if pair[0] != "set-cookie"]
    cookies = [value.partition("=")[0].strip() for name, value in answer.headers if name == "set-cookie"]
    for what, found in (("headers", headers), ("cookies", cookies)):
        if len(found) > HEADERS:
            reading.remarks.append(f"{len(found)} {what}, of which the first {HEADERS} are here")
    for name, value in headers[:HEADERS]:
        yield reading.saw("header", scope, value[:CUT], name=name)
    for name in cookies[:HEADERS]:
        if name:
            yield reading.saw("cookie", scope, name[:CUT])


def _content(reading: Reading, at: Link, found: Page) -> Iterator[Observation]:
    if found.cut:
        reading.remarks.append(f"of the page the first {page.TAGS} tags or fewer were read")
    if found.bad:
        reading.remarks.append(f"{found.bad} addresses in the page name no host")
    for generator in found.generators[:10]:
        yield reading.saw("generator", "document", generator[:CUT])
    resources = [_resource(reading, at, element, link) for element, link in found.resources]
    distinct = list(dict.fromkeys(resources))
    if len(distinct) > EMBEDS:
        reading.remarks.append(f"{len(distinct)} resources, of which the first {EMBEDS} are here")
    yield from distinct[:EMBEDS]


def _resource(reading: Reading, at: Link, element: str, link: Link) -> Observation:
    """Tell a resource of the page's own host by its path, any other by its host."""
    if link.host == at.host:
        return reading.saw("path", "document", link.path)
    own = same_site(link.host, at.host)
    return reading.saw(
        "embed", "first-party-asset" if own else "third-party-asset", link.host, element=element
    )


def _declared(reading: Reading, answer: Message, name: str) -> Iterator[Observation]:
    """Read a declaration; a page in its place is a server that answers everything with a page."""
    body = message.content(answer, reading)[:LARGEST]
    kind = (answer.header("content-type") or "").lower()
    if answer.status != 200 or body.lstrip()[:1] == b"<" or kind.startswith(HTML):  # noqa: PLR2004
        return
    for value in DECLARATIONS[name](page.decoded(body, kind)):
        yield reading.saw("declared", "document", value, by=name)
