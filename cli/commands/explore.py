"""`sousveil explore`: the graph in a browser, on this machine only."""

from __future__ import annotations

import click

from sousveil.cli.home import filled_store, today


@click.command(name="explore", short_help="Look at the graph in a browser, on this machine only.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Listen here.  [default: a free port]")
@click.option("--browser/--no-browser", default=True, help="Open the page.", show_default=True)
def command(port: int, *, browser: bool) -> None:
    """Serve pages on 127.0.0.1 over the store in use: who serves whom, since when, and why we say it.

    The address that is printed lets one browser in, once. Nothing is written, and nothing is asked of any
    other machine. Ctrl-C stops it.

    \b
    sousveil explore
    sousveil explore --no-browser --port 8000
    """
    from sousveil.explore.serving import serve
    from sousveil.explore.source import Source

    def ready(address: str) -> None:
        click.echo(address)
        click.echo("Open this address; it works once. Ctrl-C stops.", err=True)
        if browser:
            click.launch(address)

    serve(Source(filled_store), today, port, ready)
