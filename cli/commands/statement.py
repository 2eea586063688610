"""`sousveil statement …`: what the named say about claims, and what came of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sousveil.cli.home import DAY, filled_store, home, today
from sousveil.cli.suggest import SuggestingGroup
from sousveil.schema import vocabulary

if TYPE_CHECKING:
    from sousveil.graph import BoltStore

KINDS = ("dispute", "reply", "correction", "retraction")
FROM_FILE = click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False, exists=True), help="The same, in a file."
)
FORM = click.option(
    "-f", "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
# Every claim of service that names a node: about it, about its domains, or by it.
CLAIMS = {
    "Company": """
MATCH (:Company {id: $key})<-[s:SERVES]-(:Provider)
WHERE s.known_until IS NULL
RETURN DISTINCT 'Company' AS label, $key AS key, s.claim AS claim
ORDER BY claim
UNION
MATCH (:Company {id: $key})<-[:OWNED_BY]-(d:Domain)<-[s:SERVES]-(:Provider)
WHERE s.known_until IS NULL
RETURN DISTINCT 'Domain' AS label, d.name AS key, s.claim AS claim
ORDER BY claim
""",
    "Domain": """
MATCH (:Domain {name: $key})<-[s:SERVES]-(:Provider)
WHERE s.known_until IS NULL
RETURN DISTINCT 'Domain' AS label, $key AS key, s.claim AS claim
ORDER BY claim
""",
    "Provider": """
MATCH (:Provider {id: $key})-[s:SERVES]->(t)
WHERE s.known_until IS NULL
RETURN DISTINCT labels(t)[0] AS label, coalesce(t.id, t.name) AS key, s.claim AS claim
ORDER BY claim
""",
}
LIST = """
MATCH (s:Statement)
WHERE ($kind IS NULL OR s.kind = $kind) AND (NOT $open OR s.outcome = 'open' AND s.kind <> 'review')
RETURN s.id AS id, s.kind AS kind, s.by AS by, toString(s.date) AS date, s.outcome AS outcome,
       toString(s.decided) AS decided, s.text AS text
ORDER BY date DESC, id
"""
FIND = """
MATCH (s:Statement)
WHERE s.id STARTS WITH $prefix
RETURN s.id AS id, s.kind AS kind, s.by AS by, toString(s.date) AS date, s.outcome AS outcome,
       toString(s.decided) AS decided, s.url AS url, s.text AS text, s.source AS source
ORDER BY id
"""
CONCERNED = """
MATCH (s:Statement {id: $id})-[n:CONCERNS]->(t)
RETURN labels(t)[0] AS label, coalesce(t.id, t.name) AS key, n.claim AS claim, n.retracts AS retracts
ORDER BY label, key, claim
"""
REVIEWS = """
MATCH (:Statement {id: $id})<-[:CONCERNS]-(r:Statement)
RETURN r.id AS id, r.kind AS kind, r.by AS by, toString(r.date) AS date, r.outcome AS outcome, r.text AS text
ORDER BY date, id
"""
Row = dict[str, Any]


@click.group(cls=SuggestingGroup, name="statement", short_help="Record what the named say about claims.")
def command() -> None:
    """Record what somebody says about claims, and what came of it; nothing is ever deleted.

    A dispute marks its claims `disputed` in every answer until a review decides; an upheld one retracts them.
    Statements are kept in the journal, like every file.

    \b
    sousveil statement template digicert                         the letter that asks for comment
    sousveil statement add digicert --kind reply --by DigiCert --date 2026-11-02 --file answer.txt
    sousveil statement review 3f1c9a40 --outcome upheld --by "The desk" --text "They sent the contract."
    """


@command.command(name="add")
@click.argument("about", metavar="CLAIM|ENTITY")
@click.option("--kind", type=click.Choice(KINDS), required=True, help="Of what sort it is.")
@click.option("--by", required=True, help="Who says it.")
@click.option("--date", "day", type=DAY, help="When it was said.  [default: today]")
@click.option("--text", help="What was said.")
@FROM_FILE
@click.option("--url", help="Where it can be read.")
def add(
    about: str, *, kind: str, by: str, day: date | None, text: str | None, file: Path | None, url: str | None
) -> None:
    """Record a statement about a claim, or about every claim that names an entity today.

    A retraction is by who made the claim, and takes it back at once. A dispute or correction waits for its
    review. A reply changes nothing and travels with the claim.
    """
    said = _text(text, file)
    with filled_store() as graph:
        concerns = _concerns(graph, about)
        item = {"kind": kind, "by": by, "date": str(day or today()), "text": said, "concerns": concerns}
        _ingest(graph, item | ({"url": url} if url else {}))
    count = sum("claim" in concern for concern in concerns)
    click.echo(f"It concerns {count} {'claim' if count == 1 else 'claims'}.", err=True)


@command.command(name="review")
@click.argument("statement")
@click.option("--outcome", type=click.Choice(vocabulary("outcome")), required=True, help="What came of it.")
@click.option("--by", required=True, help="Who decided.")
@click.option("--date", "day", type=DAY, help="When.  [default: today]")
@click.option("--text", help="Why.")
@FROM_FILE
def review(
    statement: str, *, outcome: str, by: str, day: date | None, text: str | None, file: Path | None
) -> None:
    """Decide a statement: upheld takes its claims back, rejected leaves them; the newest review counts."""
    why = _text(text, file)
    with filled_store() as graph:
        about = [{"label": "Statement", "key": _find(graph, statement)["id"]}]
        item = {"kind": "review", "by": by, "date": str(day or today()), "text": why, "concerns": about}
        _ingest(graph, item | {"outcome": outcome})


@command.command(name="list")
@click.option("--kind", type=click.Choice(vocabulary("statement_kind")), help="Only these.")
@click.option("--open", "open_only", is_flag=True, help="Only what no review has decided yet.")
@FORM
def list_(*, kind: str | None, open_only: bool, form: str) -> None:
    """List statements, newest first."""
    with filled_store() as graph:
        found = _rows(graph, LIST, {"kind": kind, "open": open_only})
    if form == "json":
        click.echo(json.dumps(found, ensure_ascii=False, indent=2))
        return
    for row in found:
        click.echo(_line(row))
    if not found:
        click.echo("no statements", err=True)


@command.command(name="show")
@click.argument("statement")
@FORM
def show(statement: str, *, form: str) -> None:
    """Show one statement with the claims that it is about and its reviews."""
    with filled_store() as graph:
        found = _find(graph, statement)
        concerned = _rows(graph, CONCERNED, {"id": found["id"]})
        reviews = _rows(graph, REVIEWS, {"id": found["id"]})
        told = {claim: _claim(graph, claim) for claim in {row["claim"] for row in concerned} - {None}}
    if form == "json":
        whole = found | {"concerns": concerned, "reviews": reviews}
        click.echo(json.dumps(whole, ensure_ascii=False, indent=2))
        return
    from sousveil.cli.formats import cell

    for name, value in found.items():
        click.echo(f"{name}: {cell(value)}")
    for row in concerned:
        click.echo(f"about {row['label']} {cell(row['key'])}{told.get(row['claim'], '')}")
    for row in reviews:
        click.echo(_line(row))


@command.command(name="template")
@click.argument("entity")
@click.option("--as-of", type=DAY, help="The day in the world.  [default: today]")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
def template(entity: str, *, as_of: date | None, output: Path | None, force: bool) -> None:
    """Write the letter that asks a named company for comment, with the exact claims, dates and evidence."""
    from sousveil.cli import letter
    from sousveil.cli.files import drafted, refuse_existing

    with filled_store() as graph:
        text = letter.write(graph, entity, as_of or today())
    if output is None:
        click.echo(text, nl=False)
        return
    if not force:
        refuse_existing([output])
    with drafted(output) as file:
        file.write(text)


def _text(text: str | None, file: Path | None) -> str:
    if (text is None) == (file is None):
        raise click.UsageError("give the words by --text, or --file")
    try:
        said = text if file is None else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: {error}; save it as UTF-8 text") from error
    if not (said or "").strip():
        raise click.UsageError("the words are missing: --text or --file is empty")
    return str(said)


def _concerns(graph: BoltStore, about: str) -> list[Row]:
    from sousveil.cli import claims
    from sousveil.cli.entities import one

    if claims.CLAIM.fullmatch(about):
        item = claims.find(graph, about).relationships[0]
        if item.type not in claims.SERVING:
            raise click.UsageError(
                f"{about}: is no claim of service; give an id or a domain to speak of it whole"
            )
        label, key = item.end
        return [{"label": label, "key": key, "claim": item.properties["claim"]}]
    label, key, _ = one(graph, about)
    return [{"label": label, "key": key}, *_rows(graph, CLAIMS[label], {"key": key})]


def _ingest(graph: BoltStore, item: Mapping[str, object]) -> None:
    """Take a statement in by the same door as every file, and print its id."""
    from sousveil.ingest.pipeline import ingest_file
    from sousveil.ingest.records import Statement
    from sousveil.ingest.sources import sources
    from sousveil.ingest.sources.documents import Document

    data = json.dumps({"statements": [item]}, ensure_ascii=False, indent=1).encode()
    document = Document(name=f"{item['kind']} by {item['by']}", data=data)
    done = ingest_file(graph, home(), sources()["statements"], document)
    (made,) = (fact for fact in done.extract.facts if isinstance(fact, Statement))
    click.echo(made.id)


def _find(graph: BoltStore, prefix: str) -> Row:
    found = _rows(graph, FIND, {"prefix": prefix.lower()})
    if len(found) == 1:
        return found[0]
    if not found:
        raise click.UsageError(f"no statement begins with {prefix!r}; `sousveil statement list` has them")
    told = "\n".join(f"  {_line(row)}" for row in found[:8])
    raise click.UsageError(f"{prefix} may mean:\n{told}")


def _claim(graph: BoltStore, claim: str) -> str:
    from sousveil.cli import claims

    try:
        return f": {claims.told(claims.find(graph, claim))} [{claim[:12]}]"
    except click.UsageError:  # the claim is not in this store: its file was not loaded
        return f": claim {claim[:12]}, which nothing here makes"


def _line(row: Row) -> str:
    from sousveil.cli.formats import cell

    words = cell(row["text"])
    short = words if len(words) <= 80 else words[:79] + "…"  # noqa: PLR2004 - a line of a list
    return f"{row['id'][:12]}  {row['date']}  {row['kind']} by {cell(row['by'])} ({row['outcome']}): {short}"


def _rows(graph: BoltStore, cypher: str, parameters: Mapping[str, object]) -> list[Row]:
    from sousveil.cli import claims

    return claims.rows(graph, cypher, parameters)
