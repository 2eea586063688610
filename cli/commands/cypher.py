"""`sousveil cypher STATEMENT`: a user's own Cypher, read only."""

from __future__ import annotations

import sys

import click

from sousveil.cli.home import filled_store, today
from sousveil.cli.output import Output, output_options


@click.command(name="cypher", short_help="Run your own Cypher, read only.")
@click.argument("statement")
@click.option("--timeout", type=click.FloatRange(0.1, 600), default=30.0, show_default=True, help="Seconds.")
@click.option("--limit", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="Rows.")
@output_options
def command(statement: str, *, timeout: float, limit: int, output: Output) -> None:
    """Run a STATEMENT of your own; `-` reads it from standard input. It can read and nothing else.

    \b
    sousveil cypher 'MATCH (p:Provider)-[:SERVES]->(d:Domain) RETURN p.name, d.name ORDER BY d.name'
    """
    from sousveil.cli.formats import write
    from sousveil.queries.answer import Answer, describe, records

    text = sys.stdin.read() if statement == "-" else statement
    if not text.strip():
        raise click.UsageError("the statement is empty")
    with filled_store() as graph:
        found = graph.read_untrusted(text, timeout=timeout, max_rows=limit)
        dataset = describe(graph)
    caveats = ["This is your own query: it honours no dates, retractions or scopes unless it says so."]
    if len(found.rows) == limit:
        caveats.append(f"Cut off after {limit} rows; --limit takes more.")
    columns = dict.fromkeys(found.columns, "as your statement names it")
    answer = Answer(
        query="cypher",
        question=" ".join(text.split()),
        parameters={},
        as_of=today().isoformat(),
        known_on=today().isoformat(),
        columns=columns,
        rows=records(found),
        coverage={},
        caveats=caveats,
        dataset=dataset,
    )
    write(answer, output)
