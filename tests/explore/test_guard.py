"""Only the browser that was sent here gets in, only to read; no page can be made to load or run things."""

import re

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient

from sousveil.explore.guard import LONGEST, Guard, Pass


@pytest.fixture
def entry() -> Pass:
    return Pass(4711)


@pytest.fixture
def browser(entry: Pass) -> TestClient:
    app = Guard(PlainTextResponse("inside"), entry)
    return TestClient(app, base_url="http://127.0.0.1:4711", follow_redirects=False)


def let_in(browser: TestClient, entry: Pass) -> None:
    assert browser.get("/open", params={"token": entry.token}).status_code == 303


def test_token_becomes_a_cookie_and_leaves_the_address(browser: TestClient, entry: Pass) -> None:
    answer = browser.get("/open", params={"token": entry.token})
    assert answer.headers["location"] == "/"
    assert re.search(r"HttpOnly; Path=/; SameSite=strict", answer.headers["set-cookie"])
    assert browser.get("/").text == "inside"


def test_token_works_once(browser: TestClient, entry: Pass) -> None:
    token = entry.token
    let_in(browser, entry)
    browser.cookies.clear()
    assert browser.get("/open", params={"token": token}).status_code == 403


@pytest.mark.parametrize("token", ["", "wrong", "ü", "x" * 5_000])
def test_wrong_token_is_refused(browser: TestClient, token: str) -> None:
    assert browser.get("/open", params={"token": token}).status_code == 403


def test_nobody_gets_in_without_the_cookie(browser: TestClient) -> None:
    assert browser.get("/").status_code == 403
    browser.cookies.set("sousveil-4711", "guessed")
    assert browser.get("/").status_code == 403


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4711",
        "127.0.0.1",
        "127.0.0.1:80",
        "[::1]:4711",
        "127.0.0.1:4711.evil.example",
    ],
)
def test_other_host_is_refused_even_with_the_cookie(browser: TestClient, entry: Pass, host: str) -> None:
    let_in(browser, entry)
    assert browser.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_is_refused_even_with_the_cookie(browser: TestClient, entry: Pass, site: str) -> None:
    let_in(browser, entry)
    assert browser.get("/", headers={"sec-fetch-site": site}).status_code == 403


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_but_reading_is_served(browser: TestClient, entry: Pass, method: str) -> None:
    let_in(browser, entry)
    assert browser.request(method, "/").status_code == 405


def test_huge_query_is_refused(browser: TestClient, entry: Pass) -> None:
    let_in(browser, entry)
    assert browser.get("/?" + "a" * (LONGEST + 1)).status_code == 414


@pytest.mark.parametrize("inside", [True, False])
def test_every_answer_forbids_what_a_page_does_not_need(
    browser: TestClient, entry: Pass, *, inside: bool
) -> None:
    if inside:
        let_in(browser, entry)
    headers = browser.get("/").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "trusted-types 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
