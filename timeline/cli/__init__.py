"""The command line: parse, call one library function, print.

This file imports click and nothing else that is heavy; a command's own file is imported
when the command is used, so that ``timeline --help`` answers at once.
"""

from __future__ import annotations

import errno
import importlib
import os
import re
import sys
from typing import Any, NoReturn

import click

from timeline.errors import TimelineError, nearest

#: Commands with the line that `timeline --help` prints for them, in the order of use.
COMMANDS = {
    "init": "Make a workspace with the shipped models and configs.",
    "models": "List the models of a workspace.",
    "describe": "Explain a model: its story, assumptions, clocks and levers.",
    "schema": "Write what configs may say, for an editor that completes them.",
    "validate": "Check a config and say what it would run.",
    "plan": "Say how many replications a config needs, and how long.",
    "run": "Simulate a config and build its report.",
    "merge": "Join the shares of a run that separate jobs have played.",
    "explore": "Move levers and assumptions on a page that answers at once.",
    "sensitivity": "Say what the difference from the baseline hangs on.",
    "calibrate": "Find the worlds that fit what is known of the real one.",
    "backtest": "Forecast agreements that a model has not seen.",
    "case": "Hold a model against a case of history.",
    "sweep": "Map a measure over up to three keys of a config.",
    "report": "Build the report of a finished run again.",
    "export": "Write the rows and tables of a run as plain files.",
    "runs": "List the pages that are kept, compare two, open one.",
    "trace": "Tell the story of one replication.",
    "explain": "Tell why a crisis ends otherwise under another cadence.",
    "play": "Play a table-top exercise with people's decisions in it.",
    "verify": "Play a model on both engines and compare them.",
    "data": "Say what is in a file of real data.",
    "fit": "Fit laws to a file of spells, for a config.",
    "examine": "Hold a model against the record and its claims.",
}


#: Set by a shell that asks what a command line may go on with.
_COMPLETING = "_TIMELINE_COMPLETE"
#: A full or failing disk is no bug of the program.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EIO)

#: What click raises for a bare `timeline`, to show the help; older versions do not.
_HELP = getattr(click.exceptions, "NoArgsIsHelpError", ())


class _Commands(click.Group):
    """Imports a command when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(f"timeline.cli.{cmd_name}"), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            ctx.fail(f'there is no command "{name}"{nearest(name, COMMANDS)}')
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        number = version("crisis-timeline")
    except PackageNotFoundError:
        number = "(not installed)"
    click.echo(f"timeline {number}")
    ctx.exit()


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error, and why machine code is compiled again.")
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Show the version and exit.",
)
def timeline(debug: bool) -> None:
    """How often should a secret peace channel tell the public, if the agreement is to last?

    Plays a crisis thousands of times under each disclosure cadence and compares them.

    \b
    Example:
      timeline init peace
      cd peace
      timeline models
    """


def main(args: list[str] | None = None) -> NoReturn:
    """Run the command line and exit with its status.

    0: done. 1: a run failed, or the program has a bug. 2: wrong usage, path, config or model.
    130: stopped by the user.
    """
    given = sys.argv[1:] if args is None else args
    sys.exit(_status(given))


def _status(args: list[str]) -> int:
    if _COMPLETING in os.environ:
        from timeline.cli import completion

        completion.register()
    debug = _asks_for_traceback(args)
    if debug:
        _log_to_stderr()
    try:
        result: Any = timeline.main(args=args, prog_name="timeline", standalone_mode=False)
        return result if isinstance(result, int) else 0
    except TimelineError as error:
        if debug:
            _print_traceback()
        _print_error(str(error))
        return error.exit_code
    except click.ClickException as error:
        if isinstance(error, click.UsageError) and not isinstance(error, _HELP):
            _print_error(_usage(error, args))
        else:
            error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("Stopped.", err=True)
        return 130
    except Exception as error:
        if debug:
            _print_traceback()
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            _print_error(f"the output cannot be written: {error.strerror}; make room, or write elsewhere")
            return 1
        if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
            _print_error(f'given the path "{error.filename}", which is longer than a path may be; give a shorter one')
            return 2
        said = f"{type(error).__name__}: {' '.join(str(error).split())}".rstrip(": ")
        hint = "" if debug else "; `timeline --debug ...` shows where"
        _print_error(f"this is a bug of the program ({said}){hint}")
        return 1


def _log_to_stderr() -> None:
    import logging

    logging.basicConfig(format="%(name)s: %(message)s")
    logging.getLogger("timeline").setLevel(logging.DEBUG)


def _usage(error: click.UsageError, args: list[str]) -> str:
    """Say in one sentence what is wrong with a command line, and where it is told how it should be."""
    named = next((arg for arg in args if arg in COMMANDS), "")
    command = error.ctx.command_path if error.ctx else f"timeline {named}".strip()
    said = _wrong(error)
    return f"{said}{'' if said.endswith('?') else ';'} `{command} --help` says what is expected"


def _wrong(error: click.UsageError) -> str:
    said = error.message.strip().rstrip(".").replace("'", '"')
    if isinstance(error, click.NoSuchOption):
        options = [name.lstrip("-") for name in error.possibilities or ()]
        near = nearest(error.option_name.lstrip("-"), options).replace('"', '"--', 1)
        return f'given "{error.option_name}", but there is no such option{near}'
    if isinstance(error, click.MissingParameter) and error.param:
        return f"{_name(error.param)} is missing"
    if isinstance(error, click.BadParameter) and error.param:
        expected = _expected(error.param.type)
        given = re.match(r'"?(.*?)"? is not ', said)
        if expected and given:
            near = nearest(given[1], error.param.type.choices) if isinstance(error.param.type, click.Choice) else ""
            return f'{_name(error.param)}: given "{given[1]}", expected {expected}{near}'
        return f"{_name(error.param)}: {said[:1].lower()}{said[1:]}"
    if few := re.fullmatch(r'Option "(.*)" requires (an argument|\d+ arguments)', said):
        return f"{few[1]}: too few values given, expected {few[2].replace('an', '1').replace('argument', 'value')}"
    if more := re.fullmatch(r"Got unexpected extra arguments? \((.*)\)", said):
        return f'given "{more[1]}" besides, expected nothing more'
    return f"{said[:1].lower()}{said[1:]}"


def _name(param: click.Parameter) -> str:
    return max(param.opts, key=len) if isinstance(param, click.Option) else param.make_metavar(click.Context(timeline))


def _expected(kind: click.ParamType[Any]) -> str:
    """Say what values an option takes; empty if its own message says it."""
    if isinstance(kind, click.Choice):
        return f"one of {', '.join(kind.choices)}"
    if isinstance(kind, click.IntRange) and kind.max is None:
        return f"a whole number from {kind.min} on"
    if isinstance(kind, click.IntRange):
        return f"a whole number from {kind.min} to {kind.max}"
    return {"integer": "a whole number", "float": "a number"}.get(kind.name, "")


def _asks_for_traceback(args: list[str]) -> bool:
    for arg in args:
        if not arg.startswith("-"):
            return False
        if arg == "--debug":
            return True
    return False


def _print_traceback() -> None:
    import traceback

    traceback.print_exc()


#: Problems that are told one by one: a slip in each of a thousand scenarios is seen in a few.
_MOST_TOLD = 30


def _shortened(text: str) -> str:
    """Cut what was given at great length: a name of 5,000 letters helps nobody to find it."""
    quoted = re.sub(r'"([^"\n]*)"', lambda said: said[0] if len(said[1]) < 200 else f'"{said[1][:57]}..."', text)
    return re.sub(r"\S{500,}", lambda word: f"{word[0][:157]}...", quoted)


def _print_error(text: str) -> None:
    """Print one problem as it is, several as a list; an indented line goes on with the problem above it."""
    from timeline.cli.terminal import printable

    lines = _shortened(text).splitlines()
    begins = [number for number, line in enumerate(lines) if not line.startswith(" ")]
    if len(begins) > 1:
        click.echo(f"Error: {len(begins):,} problems", err=True)
        rest = len(begins) - _MOST_TOLD
        lines = [f"  {line}" for line in (lines if rest <= 0 else lines[: begins[_MOST_TOLD]])]
        lines += [f"  and {rest:,} more" for _ in range(rest > 0)]
    else:
        lines[:1] = [f"Error: {line}" for line in lines[:1]]
    for line in lines:
        # What a file or a folder of somebody else's says may be shown; it may not steer the terminal.
        click.echo(printable(line), err=True)
