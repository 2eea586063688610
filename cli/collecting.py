"""What `sousveil collect` needs beside the run itself: targets, the warning, Ctrl-C, and how far it is."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from sousveil.cli.home import filled_store, home, today

if TYPE_CHECKING:
    from sousveil.ingest.records import Target
    from sousveil.ingest.run import Progress

SHORT = {"entity-list": "us-entity-list"}
SHOWN = 20  # misnamed lines that are printed; the rest are counted
EVERY = 30.0  # seconds between two lines of progress in a log
WARNING = """\
Collecting tells the watched who looks.
- Web and mail servers see your address, and a User-Agent with the contact that you give.
- Name servers see the address of the resolver; the owner of the resolver sees every question.
- Who reads these logs may be the company that you write about, or whoever it works for.
Alternatives: --neutral-agent says nothing of sousveil; --proxy socks5h://127.0.0.1:9050 goes through Tor,
names included; or run it from another vantage, such as a rented machine. No third-party scanner is asked.\
"""


def warn_once(*, yes: bool) -> None:
    """Say before the first collection what it shows to whom, and remember that it was accepted."""
    accepted = home() / "collecting-accepted"
    if accepted.exists():
        return
    click.echo(WARNING, err=True)
    if not yes:
        if not sys.stdin.isatty():
            raise click.UsageError("read the above, and confirm it with --yes; you are asked only once")
        click.confirm("Go on?", abort=True, err=True)
    accepted.parent.mkdir(parents=True, exist_ok=True)
    accepted.write_text(f"{WARNING}\naccepted {today()}\n", "utf-8")


def targets_of(names: tuple[str, ...], file: Path | None, from_graph: str | None) -> list[Target]:
    """Return the targets of the command line, a file and a list; every line that names none is told."""
    from sousveil.ingest.run import parse_targets

    given: list[tuple[str, list[str]]] = [("the command line", list(names))]
    if file is not None:
        given.append((str(file), _lines(file)))
    if from_graph is not None:
        given.append((f"the list {from_graph}", domains_of(from_graph)))
    targets: dict[Target, None] = {}
    for place, lines in given:
        found, wrong = parse_targets(lines)
        targets.update(dict.fromkeys(found))
        for one in wrong[:SHOWN]:
            click.echo(f"{place}, line {one.line}: {one.text!r}: {one.reason}", err=True)
        if wrong:
            raise click.UsageError(
                f"{place}: {len(wrong)} of {len(lines)} lines name no target; nothing was asked"
            )
    if not targets:
        raise click.UsageError("no targets; name domains, or give -f FILE, or --from-graph LIST")
    return list(targets)


def _lines(file: Path) -> list[str]:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(
            f"{file}: {getattr(error, 'strerror', None) or error}; give a text file"
        ) from error
    return text.splitlines()


def domains_of(name: str) -> list[str]:
    """Return the domains of the companies on a list today, and of those that they control."""
    from sousveil.cli.entities import check_list

    chosen = SHORT.get(name, name)
    cypher = files("sousveil.cli").joinpath("collecting-domains.cypher").read_text("utf-8")
    day = today().isoformat()
    with filled_store() as graph:
        check_list(graph, chosen)
        rows = graph.read(cypher, {"list": chosen, "as_of": day, "known_on": day}).rows
    if not rows:
        raise click.UsageError(
            f"nobody knows a domain of a company on {chosen}; see `sousveil ask no-known-domain`"
        )
    return [str(row[0]) for row in rows]


@contextmanager
def stopping(resume: str) -> Iterator[Callable[[], bool]]:
    """Yield what says whether Ctrl-C was pressed; pressed again, it ends the program at once."""
    pressed = 0

    def press(_number: int, _frame: FrameType | None) -> None:
        nonlocal pressed
        pressed += 1
        if pressed > 1:
            os.write(2, f"\nStopped. To go on: {resume}\n".encode())
            os._exit(130)
        os.write(
            2, f"\nFinishing what is under way; Ctrl-C again stops at once. To go on: {resume}\n".encode()
        )

    before = signal.signal(signal.SIGINT, press)
    try:
        yield lambda: pressed > 0
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def shown(already: int) -> Iterator[Callable[[Progress], None]]:
    """Yield what shows progress: a bar on a terminal, a line now and then in a log."""
    if not sys.stderr.isatty():
        yield _lines_of_progress(already)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)
        started = time.monotonic()

        def tell(now: Progress) -> None:
            rate = (now.done - already) / max(time.monotonic() - started, 1e-3)
            told = f"{rate:.1f}/s  {', '.join(f'{name} {count:,}' for name, count in counted(now))}"
            bar.update(task, completed=now.done, total=now.total, description=told)

        yield tell


def _lines_of_progress(already: int) -> Callable[[Progress], None]:
    started = last = time.monotonic()

    def tell(now: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY:
            return
        last = time.monotonic()
        rate = (now.done - already) / (last - started)
        left = f"{(now.total - now.done) / rate / 60:.0f} minutes left" if rate else "no target is done yet"
        outcomes = ", ".join(f"{name} {count}" for name, count in counted(now))
        click.echo(f"{now.done} of {now.total} targets, {rate:.2f}/s, {left}; {outcomes}", err=True)

    return tell


def counted(now: Progress) -> list[tuple[str, int]]:
    """Count the outcomes over all protocols, the most frequent first."""
    total: Counter[str] = Counter()
    for (_, outcome), number in now.outcomes.items():
        total[outcome] += number
    return total.most_common()


def summary(now: Progress) -> str:
    """Write the outcomes of each protocol."""
    protocols = sorted({protocol for protocol, _ in now.outcomes})
    lines = [f"{now.done} of {now.total} targets"]
    for protocol in protocols:
        own = Counter({name: count for (each, name), count in now.outcomes.items() if each == protocol})
        told = ", ".join(f"{name} {count:,}" for name, count in own.most_common())
        lines.append(f"  {protocol:5} {told}")
    return "\n".join(lines)
