"""The web server: routes, and what every page has in common. It reads; no route writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from http import HTTPStatus
from importlib.metadata import version
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from sousveil.explore import pages
from sousveil.explore.asked import STATUSES, Asked, AskedError
from sousveil.explore.guard import Guard, Pass
from sousveil.explore.markup import equip
from sousveil.explore.pages import MissingError, Page
from sousveil.graph.errors import StoreTimeoutError, StoreUnavailableError
from sousveil.queries import QuestionError
from sousveil.schema import vocabulary
from sousveil.schema.errors import SousveilError

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from sousveil.explore.source import Source

VIEWS = (("", "Matrix"), ("flow", "Flow"), ("questions", "Questions"))
WORDS = {"service": vocabulary("service"), "status": STATUSES, "basis": vocabulary("serving_basis")}


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages stand on: the store, and the clock."""

    source: Source
    today: Callable[[], date]
    environment: Environment

    def show(self, make: Callable[..., Page], request: Request, **path: str) -> Response:
        """Make a page and render it; what cannot be shown becomes a page that says why."""
        query = dict(request.query_params)
        try:
            page = self.source.run(lambda store: make(store, query, self.today(), **path))
        except (AskedError, QuestionError) as error:
            return self.problem("This address asks for something that cannot be", str(error), 400)
        except MissingError as error:
            return self.problem("Not found", str(error), 404)
        except StoreTimeoutError:
            told = "This ran too long and was stopped. Ask for less: one service, one company, one list."
            return self.problem("Stopped", told, 504)
        except StoreUnavailableError as error:
            return self.problem("The store does not answer", f"{error}. Reload this page to try again.", 503)
        except SousveilError as error:
            return self.problem("This cannot be shown", str(error), 500)
        return HTMLResponse(self.render(page, request))

    def render(self, page: Page, request: Request) -> str:
        """Write a page."""
        names = {item["id"]: item["name"] for item in page.content["lists"]}
        return self.environment.get_template(page.template).render(
            {"title": page.title, **self._common(), **page.content},
            view=request.url.path.strip("/"),
            state=request.url.query,
            list_name=names.get(page.content["asked"].list, page.content["asked"].list),
        )

    def problem(self, title: str, told: str, status: int) -> Response:
        """Write a page that says what is wrong and where to go on."""
        day = self.today()
        content = {"asked": Asked(as_of=day, known_on=day), "answer": None, "view": None, "told": told}
        text = self.environment.get_template("problem.html").render(
            {"title": title, **self._common(), **content}
        )
        return HTMLResponse(text, status)

    def _common(self) -> Mapping[str, object]:
        return {"views": VIEWS, "words": WORDS, "version": version("sousveil")}


def application(source: Source, entry: Pass, today: Callable[[], date]) -> ASGIApp:
    """Build the application; only the bearer of the pass gets in."""
    environment = Environment(
        loader=PackageLoader("sousveil.explore"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    site = Site(source, today, equip(environment))
    app = Starlette(
        routes=[
            Route("/", _page(site, pages.matrix)),
            Route("/flow", _page(site, pages.stream)),
            Route("/questions", _page(site, pages.catalogue_of_questions)),
            Route("/question/{name}", _page(site, pages.question)),
            Route("/fact/{claims}", _page(site, pages.fact)),
            Route("/search", _page(site, pages.search)),
            Route("/suggest", partial(_suggest, site)),
            Route("/flow.svg", partial(_picture, site)),
            Route("/download/{name}.{form}", partial(_download, site)),
            Mount("/static", StaticFiles(packages=[("sousveil.explore", "static")])),
            Route("/{kind}/{key:path}", _page(site, pages.entity)),
        ],
        exception_handlers={HTTPStatus.NOT_FOUND: partial(_nowhere, site)},
    )
    return Guard(app, entry)


def _page(site: Site, make: Callable[..., Page]) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        return site.show(make, request, **request.path_params)

    return show


def _nowhere(site: Site, request: Request, _: Exception) -> Response:
    return site.problem("Not found", f"There is no page at {request.url.path}.", 404)


def _suggest(site: Site, request: Request) -> Response:
    hits = site.source.run(partial(pages.suggestions, text=request.query_params.get("q", "")))
    return JSONResponse([{"href": f"/{h['kind']}/{h['key']}", **h} for h in hits])


def _picture(site: Site, request: Request) -> Response:
    page = site.source.run(lambda store: pages.stream(store, dict(request.query_params), site.today()))
    text = site.environment.get_template("flow-file.svg").render({**site._common(), **page.content})  # noqa: SLF001
    return Response(text, media_type="image/svg+xml")


def _download(site: Site, request: Request) -> Response:
    name, form = request.path_params["name"], request.path_params["form"]
    if form not in {"csv", "json"}:
        return site.problem("Not found", "An answer comes as csv or json.", 404)
    try:
        found = site.source.run(
            lambda store: pages.asked_answer(store, dict(request.query_params), site.today(), name)
        )
    except (AskedError, QuestionError, MissingError) as error:
        return site.problem("This cannot be downloaded", str(error), 400)
    text, media = pages.download(found, form)
    named = f'attachment; filename="{found.query}-{found.as_of}.{form}"'
    return Response(text, media_type=media, headers={"Content-Disposition": named})
