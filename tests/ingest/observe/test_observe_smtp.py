"""Mail servers: who greets, and the certificate of STARTTLS, apart from those of the web."""

from __future__ import annotations

import pytest
from archived import certificate, exchange, plain, presented, reason, seen, values


@pytest.mark.parametrize(
    ("greeting", "name"),
    [
        (b"220 mx.Example.com ESMTP Postfix\r\n", "mx.example.com"),
        (b"220-mx.example.com ready\r\n220 no mail please\r\n250-mx\r\n", "mx.example.com"),
        (b"220 mx.example.com.\r\n", "mx.example.com"),
        (b"220 [192.0.2.1] ESMTP", "192.0.2.1"),
    ],
)
def test_banner_is_the_name_in_the_greeting(greeting: bytes, name: str) -> None:
    found = seen(exchange("smtp", greeting, "banner"))
    assert values(found, "banner") == [("smtp", name)]
    assert plain(found, "looked") == ["ok"]


@pytest.mark.parametrize("greeting", [b"220 ****************\r\n", b"220 \r\n", b"220 \xff\xfe\r\n"])
def test_greeting_without_a_name_says_so(greeting: bytes) -> None:
    found = seen(exchange("smtp", greeting, "banner"))
    assert plain(found, "looked") == ["ok"]
    assert not plain(found, "banner")
    assert reason(found) == "the greeting begins with no name of a host"


def test_refusal_to_talk_keeps_its_outcome() -> None:
    found = seen(exchange("smtp", b"554 go away\r\n", "banner", outcome="refused"))
    assert [(one.kind, one.value) for one in found] == [("looked", "refused")]


def test_certificate_of_starttls_has_its_own_scope() -> None:
    uri = "smtp://www.example.com:25/192.0.2.1?starttls"
    found = seen(presented(certificate(), protocol="smtp", uri=uri))
    assert {one.scope for one in found} == {"smtp"}
    assert plain(found, "issuer") == ["Let's Imagine"]
    assert plain(found, "san") == ["www.example.com"]
    assert plain(found, "session") == ["TLSv1.3"]
    assert plain(found, "looked") == ["ok"]
