"""Every view in Chromium, over every store, with names that mean harm: nothing fires, nothing leaves."""

import csv
import io
import os
import shutil
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import DAY, HOSTILE
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from sousveil.explore.dossier import dossier
from sousveil.queries.portrait import portrait

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
VIEWS = (
    "/",
    "/?service=cdn&status=current",
    "/flow",
    "/company/moth",
    "/provider/amber-cloud",
    "/domain/lion.example",
    "/questions",
    "/question/us-firms-serving-entity-list?ask=1",
    "/search?q=lion",
)
pytestmark = pytest.mark.loopback


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        assert "CI" not in os.environ, "no chromium; install Debian's package"
        pytest.skip("no chromium; install Debian's package of that name")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Watched:
    """A tab that was let in, and everything that it should not have done."""

    def __init__(self, browser: Browser, served: Any, **context: Any) -> None:
        self.address = served.address
        self.context = browser.new_context(**context)
        cookie = {"name": served.entry.cookie, "value": served.entry.secret, "url": served.address}
        self.context.add_cookies([cookie])  # type: ignore[list-item]
        self.page: Page = self.context.new_page()
        self.wrong: list[str] = []
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.wrong.append(f"script error: {error}"))
        self.page.on("request", self._asked)
        self.page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        if not request.url.startswith((self.address + "/", "data:", "blob:")):
            self.wrong.append(f"asked {request.url}")

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.address + path)
        assert answer is not None
        assert answer.status == 200, path
        self.page.locator("html[data-ready=yes]").wait_for()
        return self.page


@pytest.fixture
def record(served: Any) -> Callable[[str], str]:
    """Return what writes the dossier of a company of the served store."""

    def write(key: str) -> str:
        found = portrait(served.store, "Company", key, as_of=DAY, known_on=DAY)
        assert found is not None
        return dossier(found)

    return write


@pytest.fixture
def tab(chromium: Browser, served: Any) -> Iterator[Watched]:
    made = Watched(chromium, served)
    yield made
    made.context.close()


def test_no_view_fires_a_name_or_asks_another_machine(tab: Watched) -> None:
    for path in VIEWS:
        tab.open(path)
        fired = tab.page.evaluate("window.fired")
        assert (fired, tab.wrong) == (None, []), path
    hostile = tab.open("/").locator(".matrix th[scope=row] a")
    links = [link.get_attribute("href") or "" for link in hostile.all()]
    evil = [link for link in links if "hostile" in link]
    assert len(evil) == 9
    for link in evil:
        tab.open(link)
        assert (tab.page.evaluate("window.fired"), tab.wrong) == (None, []), link


def test_no_link_runs_script(tab: Watched) -> None:
    for path in ("/", "/flow", "/provider/bad-0", "/search?q=javascript"):
        for link in tab.open(path).locator("a").all():
            assert not (link.get_attribute("href") or "").lower().startswith("javascript:"), path


def test_mark_leads_to_its_evidence(tab: Watched) -> None:
    page = tab.open("/?as_of=2026-01-01")
    page.locator(".matrix a.chip", has_text="Birch CA").first.click()
    page.wait_for_url("**/fact/**")
    assert page.locator("article.evidence").count() > 0
    assert "claim" in page.inner_text("article.evidence >> nth=0")


def test_filters_stand_in_the_address_and_narrow_the_view(tab: Watched) -> None:
    page = tab.open("/")
    everything = page.locator(".matrix a.chip").count()
    page.select_option("select[name=service]", "certificate")
    page.get_by_role("button", name="Show").click()
    page.wait_for_url("**service=certificate**")
    page.locator("html[data-ready=yes]").wait_for()
    assert 0 < page.locator(".matrix a.chip").count() < everything


def test_search_suggests_by_keyboard(tab: Watched) -> None:
    page = tab.open("/")
    page.get_by_role("combobox", name="Search").press_sequentially("lion cam")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/company/lion**")
    assert tab.wrong == []


def test_dossier_needs_no_script_and_fires_no_name(
    chromium: Browser, served: Any, tmp_path: Path, record: Callable[[str], str]
) -> None:
    del served
    page = chromium.new_page(java_script_enabled=True)
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text))
    page.on("request", lambda request: wrong.append(request.url) if request.url[:5] != "file:" else None)
    for number, name in enumerate(HOSTILE):
        path = tmp_path / f"{number}.html"
        path.write_text(record(f"hostile {number} {name[:90]}"), encoding="utf-8")
        page.goto(path.as_uri())
        assert page.locator("section").count() == 6
        assert (page.evaluate("window.fired"), wrong) == (None, [])
    page.close()


def test_narrow_dark_and_scriptless_pages_show_the_same(chromium: Browser, served: Any) -> None:
    tab = Watched(
        chromium,
        served,
        java_script_enabled=False,
        color_scheme="dark",
        viewport={"width": 360, "height": 740},
    )
    for path in VIEWS:
        answer = tab.page.goto(tab.address + path)
        assert answer is not None
        assert answer.status == 200
        wide = tab.page.locator("body").bounding_box()
        assert wide is not None
        assert wide["width"] <= 360, path
    assert tab.wrong == []
    tab.context.close()


def test_downloads_open_in_their_readers(tab: Watched) -> None:
    request = tab.context.request
    sheet = request.get(f"{tab.address}/download/served-while-listed.csv").text()
    rows = list(csv.reader(line for line in io.StringIO(sheet) if not line.startswith("#")))
    assert rows[0][0] == "provider"
    assert all(not cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    told = request.get(f"{tab.address}/download/served-while-listed.json").json()
    assert len(told["rows"]) == len(rows) - 1
    picture = request.get(f"{tab.address}/flow.svg").text()
    assert ET.fromstring(picture).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/company/nobody", 404),
        ("/company/..%2f..%2fetc%2fpasswd", 404),
        ("/static/../server.py", 404),
        ("/static/%2e%2e/server.py", 404),
        ("/nothing/here", 404),
        ("/fact/none", 404),
        ("/question/none", 404),
        ("/?as_of=yesterday", 400),
        ("/?service=magic", 400),
        ("/question/changes-since?since=x&ask=1", 400),
        ("/?list=no-such-list", 200),
    ],
)
def test_address_that_leads_nowhere_gets_a_page_that_helps(tab: Watched, path: str, status: int) -> None:
    answer = tab.context.request.get(tab.address + path)
    assert answer.status == status
    assert "<main" in answer.text()
