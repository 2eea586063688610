"""The command line: thin. Parse, call, print; every command is one module of `sousveil.cli.commands`."""

from __future__ import annotations

import pkgutil
import sys
import traceback
from importlib import import_module
from importlib.metadata import version

import click

from sousveil.cli.suggest import SuggestingGroup
from sousveil.schema.errors import SousveilError

COMMANDS = "sousveil.cli.commands"


class Commands(SuggestingGroup):
    """Commands found by convention: module `name.py` has a click command called `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name every module of the package."""
        del ctx
        return sorted(module.name for module in pkgutil.iter_modules(import_module(COMMANDS).__path__))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the one that is asked for."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command = import_module(f"{COMMANDS}.{cmd_name}").command
        if not isinstance(command, click.Command):
            raise TypeError(f"{COMMANDS}.{cmd_name}: `command` is no click command")
        return command


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Everything is kept under SOUSVEIL_HOME. NEO4J_URI points every command at a Neo4j instead of the "
    "embedded store. Exit codes: 0 answered, 1 failed, 2 wrong usage.",
)
@click.version_option(version("sousveil"), prog_name="sousveil")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def group(ctx: click.Context, *, debug: bool) -> None:
    """Ask who keeps the watchers online.

    A dated, evidenced graph of the companies that serve surveillance firms.

    \b
    sousveil demo                                  load what ships with the program, and see the answer
    sousveil ask us-firms-serving-entity-list      the question that this exists for
    sousveil ingest csl                            the current U.S. screening list
    sousveil show hikvision                        one company, whole
    """
    ctx.obj = {"debug": debug}


def main() -> None:
    """Run the program; every error that a user can act on is one sentence on stderr."""
    debug = "--debug" in sys.argv
    try:
        sys.exit(group.main(prog_name="sousveil", standalone_mode=False))
    except click.exceptions.Exit as leaving:
        sys.exit(leaving.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Stopped. What was written is whole; the same command goes on from there.", err=True)
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
    except SousveilError as error:
        if debug:
            traceback.print_exc()
        click.echo(f"Error: {error}", err=True)
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 - the one broad except: a fault of ours is told, not shown raw
        if debug:
            traceback.print_exc()
        told = f"{type(error).__name__}: {error}".splitlines()[0]
        click.echo(
            f"Error: a fault of the program ({told}); please report it with the output of --debug", err=True
        )
        sys.exit(1)
