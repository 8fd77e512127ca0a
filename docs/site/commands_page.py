"""The page of all commands, from the commands themselves."""

from __future__ import annotations

import inspect

import click

from timeline.cli import COMMANDS
from timeline.cli import timeline as group


def commands_page() -> str:
    """Return the page, in Markdown."""
    context = click.Context(group, info_name="timeline")
    parts = [
        "# Commands\n",
        "Each command with its arguments and options, as `--help` says them. Results go to stdout, progress to stderr; "
        "`--json` prints results for programs. A command ends with 0 if it is done, with 1 if a run failed, with 2 if "
        "something given was wrong, and with 130 if it was stopped.\n",
    ]
    for name in COMMANDS:
        command = group.get_command(context, name)
        assert command is not None
        parts.append(_command(name, command, click.Context(command, info_name=name, parent=context)))
    return "\n".join(parts)


def _command(name: str, command: click.Command, context: click.Context) -> str:
    about, _, example = inspect.cleandoc(command.help or "").partition("\b\nExample:\n")
    usage = f"timeline {name} {' '.join(command.collect_usage_pieces(context))}"
    lines = [f"## timeline {name}\n", f"```text\n{usage}\n```\n", about]
    if example:
        lines.append(f"```console\n{inspect.cleandoc(example).strip()}\n```\n")
    options = [option for option in command.params if isinstance(option, click.Option) and not option.hidden]
    if options:
        lines += ["| option | what it does |", "|---|---|"]
        lines += [f"| `{_spelled(option, context)}` | {_cell(option, context)} |" for option in options]
    return "\n".join(lines) + "\n"


def _spelled(option: click.Option, context: click.Context) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.make_metavar(context)}".replace("|", "\\|")


def _cell(option: click.Option, context: click.Context) -> str:
    record = option.get_help_record(context)
    return (record[1] if record else "").replace("|", "\\|").replace("*", "\\*").replace("<", "&lt;")
