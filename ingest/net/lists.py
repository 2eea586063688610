"""Lists of publishers, downloaded whole within limits of time and size."""

from __future__ import annotations

import time
from datetime import UTC, date
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from urllib.parse import urlsplit

import requests
import urllib3.exceptions

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
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        raise NetError(f"{url}: {_reason(error)}; check the network, or give a file") from error
    name = urlsplit(url).path.rpartition("/")[2] or urlsplit(url).hostname or url
    return Document.unpack(name, data, dated or _day(changed))


def _body(url: str, answer: requests.Response) -> bytes:
    """Read what comes as it comes, so that a server that drips cannot hold us beyond TOTAL.

    A body shorter than its Content-Length is urllib3's ProtocolError.
    """
    started = time.monotonic()
    parts: list[bytes] = []
    size = 0
    while part := answer.raw.read1(CHUNK, decode_content=True):
        size += len(part)
        if size > LARGEST:
            raise NetError(f"{url}: larger than {LARGEST >> 20} MB; this is not the list")
        if time.monotonic() - started > TOTAL:
            raise NetError(f"{url}: not complete after {TOTAL:.0f} seconds; try again, or give a file")
        parts.append(part)
    return b"".join(parts)


def _day(text: str | None) -> date | None:
    try:
        return parsedate_to_datetime(text).astimezone(UTC).date() if text else None
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return f"no answer within {READ:.0f} seconds"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, urllib3.exceptions.ProtocolError):
        return "the connection was cut"
    return str(error) or type(error).__name__
