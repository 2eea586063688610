"""Answers of web servers: what the host itself says, what a redirect says, and what is only embedded."""

from __future__ import annotations

import gzip
import time
import zlib
from collections.abc import Callable

import brotli
import pytest
from archived import details, exchange, http, plain, reason, seen, values

PAGE = b"<!doctype html><meta name=generator content='Drupal 10'><script src=/core/a.js></script>"
HTML = "Content-Type: text/html; charset=utf-8"


def bare(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def test_document_tells_status_machine_headers_and_names_of_cookies() -> None:
    head = [
        HTML,
        "Server:  nginx ",
        "SERVER: twice",
        "Set-Cookie: sid=secret; Path=/",
        "set-cookie: __cf_bm=x",
    ]
    found = seen(exchange("http", http(PAGE, *head)))
    assert [(one.kind, one.value) for one in found] == [
        ("looked", "ok"), ("address", "192.0.2.1"), ("status", "200"), ("header", "text/html; charset=utf-8"),
        ("header", "nginx"), ("header", "twice"), ("cookie", "sid"), ("cookie", "__cf_bm"),
        ("generator", "Drupal 10"), ("path", "/core/a.js"),
    ]  # fmt: skip
    assert {one.scope for one in found} == {"document"}
    assert "secret" not in str(found)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Go", "308 Go"])
def test_redirect_says_where_it_leads_and_nothing_of_its_page(status: str) -> None:
    found = seen(exchange("http", http(PAGE, HTML, "Location: https://other.example/", status=status)))
    assert {one.scope for one in found} == {"redirect"}
    assert details(found, "status")["location"] == "https://other.example/"
    assert not plain(found, "generator") + plain(found, "path")


def test_page_that_refreshes_at_once_is_a_redirect_and_one_that_waits_is_a_page() -> None:
    refresh = b"<meta http-equiv=Refresh content='%d; url=https://other.example/x?y'>" + PAGE
    found = seen(exchange("http", http(refresh % 0, HTML)))
    assert {one.scope for one in found} == {"redirect"}
    assert details(found, "status")["location"] == "https://other.example/x?y"
    assert plain(seen(exchange("http", http(refresh % 30, HTML))), "generator") == ["Drupal 10"]


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("403 Forbidden", "blocked"), ("503 Busy", "ok"), ("404 No", "absent"), ("200 OK", "blocked")],
)
def test_refusal_gives_headers_but_neither_software_nor_paths(status: str, outcome: str) -> None:
    page = http(PAGE, HTML, "Server: cloudflare", "Set-Cookie: __cf_bm=x", status=status)
    found = seen(exchange("http", page, outcome=outcome))
    assert ("document", "cloudflare") in values(found, "header")
    assert plain(found, "cookie") == ["__cf_bm"]
    assert not plain(found, "generator") + plain(found, "path") + plain(found, "embed")


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("Deflate", bare),
        ("br", brotli.compress), ("deflate, gzip", lambda data: gzip.compress(zlib.compress(data))),
        ("identity", bytes),
    ],
)  # fmt: skip
def test_packed_pages_are_read(coding: str, pack: Callable[[bytes], bytes]) -> None:
    found = seen(exchange("http", http(pack(PAGE), HTML, f"Content-Encoding: {coding}")))
    assert plain(found, "generator") == ["Drupal 10"]
    assert plain(found, "path") == ["/core/a.js"]
    assert not reason(found)


def test_chunks_are_joined_before_they_are_unpacked() -> None:
    packed = gzip.compress(PAGE)
    body = (
        b"".join(b"%X;ext=1\r\n%b\r\n" % (len(one), one) for one in (packed[:7], packed[7:])) + b"0\r\n\r\n"
    )
    found = seen(exchange("http", http(body, HTML, "Content-Encoding: gzip", "Transfer-Encoding: chunked")))
    assert plain(found, "generator") == ["Drupal 10"]


def test_unknown_packing_is_said_and_not_guessed() -> None:
    found = seen(exchange("http", http(PAGE, HTML, "Content-Encoding: zstd")))
    assert "'zstd'" in reason(found)
    assert not plain(found, "generator")


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("br", lambda data: brotli.compress(data, quality=1))]
)
def test_bomb_is_read_up_to_the_limit(coding: str, pack: Callable[[bytes], bytes]) -> None:
    bomb = pack(PAGE + b" " * (100 << 20))
    begun = time.process_time()
    found = seen(exchange("http", http(bomb, HTML, f"Content-Encoding: {coding}")))
    assert time.process_time() - begun < 1.5
    assert reason(found) == "of the body the first 8 MB were read"
    assert plain(found, "generator") == ["Drupal 10"]


def test_body_that_breaks_off_is_read_so_far() -> None:
    cut = gzip.compress(PAGE + bytes(range(256)) * 400)[:-30]
    found = seen(exchange("http", http(cut, HTML, "Content-Encoding: gzip"), outcome="truncated"))
    assert (plain(found, "looked"), plain(found, "generator")) == (["truncated"], ["Drupal 10"])


@pytest.mark.parametrize(
    ("declared", "body"),
    [
        ("text/html; charset=gbk", "<meta name=generator content='网站'>".encode("gbk")),
        ("text/html", "<meta charset=gb2312><meta name=generator content='网站'>".encode("gbk")),
        ("text/html", b"\xef\xbb\xbf" + "<meta charset=gbk><meta name=generator content='网站'>".encode()),
        ("text/html; charset=nonsense", "<meta name=generator content='网站'>".encode()),
        ("text/html", "<meta charset=utf-16><meta name=generator content='网站'>".encode()),
        ("text/html; charset=gbk", b"\xff\xfe" + "<meta name=generator content='网站'>".encode("utf-16-le")),
    ],
)
def test_charset_is_believed_in_the_order_of_browsers(declared: str, body: bytes) -> None:
    found = seen(exchange("http", http(body, f"Content-Type: {declared}")))
    assert plain(found, "generator") == ["网站"]


def test_wrong_charset_breaks_text_and_no_addresses() -> None:
    page = "<meta name=generator content='ü'><img src=https://cdn.other.example/a>".encode("latin-1")
    found = seen(exchange("http", http(page, HTML)))
    assert plain(found, "embed") == ["cdn.other.example"]


def test_embeds_are_of_the_first_or_a_third_party_and_never_of_the_document() -> None:
    page = b"""<html><link rel=stylesheet href=//static.example.com/a.css>
    <link rel=canonical href=//seo.example/>    <script src="https://WWW.Analytics.example/ga.js"></script>
    <iframe src='https://player.vimeo.com/1'></iframe>
    <img src='data:image/png;base64,xx'><img src=\\\\cdn.other.example\\a.png><a href=https://linked.example/>x</a>
    <style>@import "https://fonts.other.example/a.css";</style><div style="background:url(/img/b.png)"></div>
    <img src="https://www.example.com/wp-content/c.png?secret=1"><img src="https://example.com/d.png">
    <script src="https://example.com.evil.example/x.js"></script>"""
    found = seen(exchange("http", http(page, HTML)))
    assert values(found, "embed") == [
        ("first-party-asset", "static.example.com"), ("third-party-asset", "www.analytics.example"),
        ("third-party-asset", "player.vimeo.com"), ("third-party-asset", "cdn.other.example"),
        ("third-party-asset", "fonts.other.example"), ("first-party-asset", "example.com"),
        ("third-party-asset", "example.com.evil.example"),
    ]  # fmt: skip
    assert values(found, "path") == [("document", "/img/b.png"), ("document", "/wp-content/c.png")]
    assert "secret" not in str(found)


def test_shared_suffix_is_no_common_owner() -> None:
    page = http(b"<img src=https://b.github.io/x>", HTML)
    found = seen(exchange("http", page, subject="a.github.io", uri="https://a.github.io/"))
    assert values(found, "embed") == [("third-party-asset", "b.github.io")]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/svg+xml"])
def test_what_is_no_page_has_no_generator(kind: str) -> None:
    found = seen(exchange("http", http(PAGE, f"Content-Type: {kind}")))
    assert not plain(found, "generator")


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("/.well-known/security.txt", b"#\nContact: mailto:jane@sec.example\nPolicy: https://p.example/x\n",
         ["sec.example", "p.example"]),
        ("/.well-known/carbon.txt", b'[upstream]\nservices=[{domain="Host.example", service_type="w"}]',
         ["host.example"]),
        ("/carbon.txt", b'[upstream]\nproviders=[{domain="old.example"}, 5]', ["old.example"]),
        ("/.well-known/hosting-provider", b"https://www.pressable.example/\n", ["www.pressable.example"]),
        ("/.well-known/hosting-provider", b"Imagined Hosting\njane@x.example\n", ["Imagined Hosting"]),
    ],
)  # fmt: skip
def test_declarations_name_hosts_and_no_people(path: str, body: bytes, named: list[str]) -> None:
    uri = f"https://www.example.com{path}"
    found = seen(exchange("http", http(body, "Content-Type: text/plain"), "declaration", uri=uri))
    assert values(found, "declared") == [("document", name) for name in named]
    assert {dict(one.detail)["by"] for one in found if one.kind == "declared"} == {path.rpartition("/")[2]}
    assert {one.kind for one in found} == {"looked", "declared"}
    assert "jane" not in str(found)
    page = seen(exchange("http", http(b"<html>" + body, HTML), "declaration", uri=uri))
    assert [one.kind for one in page] == ["looked"]


def test_robots_say_nothing_of_the_host() -> None:
    found = seen(
        exchange(
            "http", http(b"User-agent: *", "Server: x"), "robots", uri="https://www.example.com/robots.txt"
        )
    )
    assert [(one.kind, one.value) for one in found] == [("looked", "ok")]


def test_interim_answers_are_passed_over() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + http(PAGE, HTML)
    assert plain(seen(exchange("http", early)), "status") == ["200"]


def test_many_headers_and_long_ones_are_cut_and_said() -> None:
    found = seen(exchange("http", http(b"", *[f"X-{number}: {'v' * 600}" for number in range(300)])))
    assert len(plain(found, "header")) == 200
    assert {len(value) for value in plain(found, "header")} == {500}
    assert "300 headers" in reason(found)
