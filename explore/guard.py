"""Who may ask the explorer: only the browser that was sent here, only for reading, only by our own name.

A one-time token in the address that opens the browser becomes a cookie (HttpOnly, SameSite=Strict) and
leaves the address. The Host header is compared, against DNS rebinding. Every answer carries headers that let
its page load nothing from elsewhere and run no script but our own files.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

OPEN = "/open"
LONGEST = 8_000  # bytes of a query string: every view's state fits many times
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(slots=True)
class Pass:
    """What lets a browser in: a token that works once, and the cookie that it is exchanged for."""

    port: int
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def address(self) -> str:
        """Return the address to open, once."""
        return f"http://127.0.0.1:{self.port}{OPEN}?token={self.token}"

    @property
    def cookie(self) -> str:
        """Return the cookie's name: one for each port, because browsers share cookies between ports."""
        return f"sousveil-{self.port}"

    def redeem(self, token: str) -> bool:
        """Take a token; the right one works once."""
        right = bool(self.token) and secrets.compare_digest(token.encode(), self.token.encode())
        if right:
            self.token = ""
        return right

    def knows(self, cookie: str) -> bool:
        """Say whether a cookie is the one that we gave."""
        return secrets.compare_digest(cookie.encode(), self.secret.encode())


class Guard:
    """Lets through what the pass allows, and puts HEADERS on every answer."""

    def __init__(self, app: ASGIApp, entry: Pass) -> None:
        self.app = app
        self.entry = entry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] != "http":  # lifespan; there are no web sockets here
            await self.app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        refusal = self._refusal(scope)
        await (refusal or self.app)(scope, receive, send_guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """Return what answers in place of the page; None lets the request through."""
        headers = Headers(scope=scope)
        if wrong := self._wrong(scope, headers):
            return wrong
        if scope["path"] == OPEN:
            return self._enter(scope)
        if self.entry.knows(cookie_parser(headers.get("cookie", "")).get(self.entry.cookie, "")):
            return None
        told = (
            "Open the address that `sousveil explore` printed; it works once. Start it again for another one."
        )
        return _no(HTTPStatus.FORBIDDEN, told)

    def _wrong(self, scope: Scope, headers: Headers) -> Response | None:
        """Refuse what no pass allows."""
        if headers.get("host") not in {f"127.0.0.1:{self.entry.port}", f"localhost:{self.entry.port}"}:
            return _no(HTTPStatus.MISDIRECTED_REQUEST, "This page answers only as 127.0.0.1.")
        if scope["method"] not in {"GET", "HEAD"}:
            return _no(HTTPStatus.METHOD_NOT_ALLOWED, "The explorer only reads.")
        if headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            return _no(HTTPStatus.FORBIDDEN, "Another site asked for this; it gets nothing.")
        if len(scope["query_string"]) > LONGEST:
            return _no(HTTPStatus.REQUEST_URI_TOO_LONG, "This address is too long; shorten its parameters.")
        return None

    def _enter(self, scope: Scope) -> Response:
        given = parse_qs(scope["query_string"].decode("latin-1")).get("token", [""])[0]
        if not self.entry.redeem(given):
            told = "This address was used already, or is wrong. Start `sousveil explore` again for another."
            return _no(HTTPStatus.FORBIDDEN, told)
        answer = RedirectResponse("/", HTTPStatus.SEE_OTHER)
        answer.set_cookie(self.entry.cookie, self.entry.secret, httponly=True, samesite="strict")
        return answer


def _no(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(f"{status.value} {status.phrase}\n\n{text}\n", status)
