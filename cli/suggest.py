"""The nearest right word for a wrong one."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

import click

SHOWN = 3


def nearest(word: str, words: Iterable[str]) -> str:
    """Return `; did you mean …?` for the words that come near, or nothing."""
    known = list(words)
    found = [name for name in known if word and word in name] + difflib.get_close_matches(
        word, known, cutoff=0.5
    )
    found = list(dict.fromkeys(found))[:SHOWN]
    return f"; did you mean {' or '.join(found)}?" if found else ""


class SuggestingGroup(click.Group):
    """A group that answers an unknown command with the nearest known one."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or fail with a suggestion."""
        name = args[0] if args else ""
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = nearest(name, self.list_commands(ctx)) or f"; try {ctx.command_path} --help"
            raise click.UsageError(f"there is no {name!r}{near}", ctx)
        return super().resolve_command(ctx, args)
