"""The only module that opens a socket to the world: time limits, size limits, identity."""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urlsplit

import requests

from sousveil.ingest.sources.documents import LARGEST, Document
from sousveil.schema.errors import SousveilError

CONNECT, READ = 10.0, 60.0  # seconds; publishers of lists answer slowly, but they answer
TOTAL = 600.0  # seconds for one whole file
CHUNK = 1024 * 1024


class NetError(SousveilError):
    """An address did not give its file; the message says why and what to do."""


def fetch(url: str, dated: date | None = None) -> Document:
    """Download one file; its version is `dated`, else the day on which the publisher last changed it."""
    agent = f"sousveil/{version('sousveil')} (list download)"
    try:
        with requests.get(url, headers={"User-Agent": agent}, timeout=(CONNECT, READ), stream=True) as answer:
            if answer.status_code != requests.codes.ok:
                raise NetError(f"{url}: HTTP {answer.status_code} {answer.reason}; try again, or give a file")
            data = _body(url, answer)
            changed = answer.headers.get("Last-Modified")
    except requests.RequestException as error:
        raise NetError(f"{url}: {_reason(error)}; check the network, or give a file") from error
    name = urlsplit(url).path.rpartition("/")[2] or urlsplit(url).hostname or url
    return Document.unpack(name, data, dated or _day(changed))


def _body(url: str, answer: requests.Response) -> bytes:
    started = datetime.now(UTC)
    parts: list[bytes] = []
    size = 0
    for part in answer.iter_content(CHUNK):
        size += len(part)
        if size > LARGEST:
            raise NetError(f"{url}: larger than {LARGEST >> 20} MB; this is not the list")
        if (datetime.now(UTC) - started).total_seconds() > TOTAL:
            raise NetError(f"{url}: not complete after {TOTAL:.0f} seconds; try again, or give a file")
        parts.append(part)
    promised = answer.headers.get("Content-Length")
    if (
        promised
        and promised.isdigit()
        and not answer.headers.get("Content-Encoding")
        and int(promised) != size
    ):
        raise NetError(f"{url}: {size} bytes of {promised}; the connection was cut, try again")
    return b"".join(parts)


def _day(text: str | None) -> date | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).date() if text else None
    except ValueError:
        return None


def _reason(error: requests.RequestException) -> str:
    if isinstance(error, requests.Timeout):
        return f"no answer within {READ:.0f} seconds"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return str(error) or type(error).__name__
