"""robots.txt is read as RFC 9309 says."""

import time

import pytest

from sousveil.ingest.net.robots import Robots, parse

HOST = "https://a.example"


def allowed(text: str, path: str = "/") -> bool:
    return parse(text.encode()).refusal(HOST + path) is None


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\nDisallow: /",
        "user-agent:*\ndisallow:/",
        "\ufeffUser-agent: *\r\nDisallow: /\r\n",
        "User-agent: *\nDisallow: /*",
        "User-agent: *\nDisallow: *",
        "User-agent: *\nDisallow: /$",
        "User-agent: other\nUser-agent: SousVeil/1.0\nDisallow: / # all of it",
        "User-agent: *\nAllow: /\n\nUser-agent: sousveil\nDisallow: /",
        "User-agent: sousveil\nAllow: /x\nUser-agent: sousveil\nDisallow: /",
        "Sitemap: https://a.example/s\nUser-agent: *\nCrawl-delay: 5\nDisallow: /",
    ],
)
def test_what_is_disallowed_is_left_alone(text: str) -> None:
    assert not allowed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Disallow: /",
        "User-agent: *\nDisallow:",
        "User-agent: *\nDisallow: /admin",
        "User-agent: other\nDisallow: /",
        "User-agent: sousveiller\nDisallow: /",
        "User-agent: *\nDisallow: /\nAllow: /",
        "User-agent: *\nDisallow: /\nAllow: /$",
        "User-agent: *\nDisallow: /*.php$\nDisallow: /*?",
        "User-agent: *\nDisallow: /\n\nUser-agent: sousveil\nAllow: /",
        "<html>Disallow: /</html>",
        "\x00\xff: /",
    ],
)
def test_what_is_allowed_is_asked(text: str) -> None:
    assert allowed(text)


def test_longest_rule_wins() -> None:
    text = "User-agent: *\nAllow: /\nDisallow: /.well-known/\nAllow: /.well-known/security.txt"
    assert allowed(text)
    assert not allowed(text, "/.well-known/carbon.txt")
    assert allowed(text, "/.well-known/security.txt")


def test_patterns_know_queries_quotes_and_ends() -> None:
    text = "User-agent: *\nDisallow: /*?lang=\nDisallow: /caf%C3%A9\nDisallow: /*.pdf$"
    assert not allowed(text, "/x?lang=en")
    assert not allowed(text, "/caf%c3%a9/menu")
    assert not allowed(text, "/a/b.pdf")
    assert allowed(text, "/a/b.pdf.html")


def test_robots_that_did_not_come_refuse_everything() -> None:
    assert Robots(failed="timeout").refusal(HOST) == "robots.txt did not come: timeout"


def test_hostile_patterns_take_no_time() -> None:
    started = time.monotonic()
    text = "User-agent: *\n" + ("Disallow: /" + "*a" * 2000 + "$\n") * 100
    assert allowed(text, "/" + "a" * 1000)
    assert time.monotonic() - started < 1
