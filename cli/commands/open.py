"""`sousveil open QUESTION`: the question in Neo4j Browser, filled in."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from urllib.parse import quote, quote_plus, urlsplit

import click

from sousveil.cli.asking import Asked, Questions
from sousveil.cli.home import filled_store
from sousveil.queries import INERT

BROWSER = "NEO4J_BROWSER_URL"
# Neo4j's web server answers 414 above 20,480 bytes of request line and headers (tried on 5.26.30); browsers
# take far more. The rest is for the headers that a browser adds.
LONGEST = 18_000
PARTS = re.compile(rf"(?P<inert>{INERT.pattern})|\s*\n\s*", re.DOTALL)


def show(asked: Asked, *, browser: bool) -> None:
    """Print the link, and open it."""
    name = asked.question.name
    if not os.environ.get("NEO4J_URI"):
        raise click.ClickException(
            "the embedded store has no Neo4j Browser: set NEO4J_URI to a Neo4j that holds the graph, "
            f"or take the Cypher from `sousveil queries {name}`"
        )
    with filled_store() as graph:
        given = asked.resolved(graph)
    values = asked.question.bind(given, as_of=asked.as_of, known_on=asked.known_on)
    made = link(os.environ, asked.question.filled(values))
    if len(made) > LONGEST:
        raise click.ClickException(
            f"{name}: a link of {len(made):,} characters, and Neo4j takes {LONGEST:,}; "
            f"paste the Cypher of `sousveil queries {name}` instead"
        )
    click.echo(made)
    if browser and click.launch(made):
        raise click.ClickException("no browser could be started; open the link by hand")


def link(environ: Mapping[str, str], cypher: str) -> str:
    """Write the address that opens Neo4j Browser with this statement in its editor; it does not run it.

    Source: https://neo4j.com/docs/browser/operations/browser-url-parameters
    """
    bolt = urlsplit(environ["NEO4J_URI"])
    user = environ.get("NEO4J_USERNAME", "")
    login = f"{quote(user, safe='')}@" if user else ""
    place = bolt.netloc.rpartition("@")[2]
    fields = {
        "dbms": f"{bolt.scheme}://{login}{place}",
        "db": environ.get("NEO4J_DATABASE", ""),
        "cmd": "edit",
        "arg": compact(cypher),
    }
    told = "&".join(f"{key}={quote_plus(value, safe='/:,()')}" for key, value in fields.items() if value)
    return f"{environ.get(BROWSER) or _beside(bolt.scheme, bolt.hostname)}?{told}"


def _beside(scheme: str, host: str | None) -> str:
    """Return where a Neo4j serves its Browser by default: on the same host, ports 7474 and 7473."""
    name = f"[{host}]" if host and ":" in host else host
    return (
        f"https://{name}:7473/browser/" if scheme.endswith(("+s", "+ssc")) else f"http://{name}:7474/browser/"
    )


def compact(cypher: str) -> str:
    """Leave out comments and indentation, and write what the classic Browser would cut a link at."""
    return "\n".join(line for line in PARTS.sub(_shorter, cypher).splitlines() if line)


def _shorter(match: re.Match[str]) -> str:
    text = match["inert"]
    if text is None:
        return "\n"
    if text.startswith("/"):
        return ""
    # It takes the address apart after decoding it, so that even an encoded & or # ends the statement.
    return text.replace("&", "\\u0026").replace("#", "\\u0023")


@click.command(
    cls=Questions,
    act=show,
    options=(click.option("--browser", is_flag=True, help="Open it, too."),),
    name="open",
    short_help="Print a Neo4j Browser link with a question filled in.",
)
def command() -> None:
    """Print a link that opens Neo4j Browser with a question in its editor, parameters filled in.

    It needs a Neo4j that holds the graph: NEO4J_URI. Its Browser is looked for on the same host, port 7474,
    or 7473 where the connection is encrypted; NEO4J_BROWSER_URL names another place. The link holds the user
    name and no password, and runs nothing by itself.

    \b
    sousveil open us-firms-serving-entity-list --country CN
    sousveil open providers-of hikvision --as-of 2020-12-31 --browser
    """
