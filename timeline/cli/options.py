"""Arguments and options that several commands share, each said in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click
from click.shell_completion import CompletionItem

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Option(Protocol):
    """What gives a command an option."""

    def __call__(self, command: _Command, /) -> _Command: ...


def _configs(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the workspace's configs; where none begins so, whatever files the shell finds."""
    from timeline.front import completing

    named = _beginning(completing.configs(Path()), incomplete)
    return named or [CompletionItem(incomplete, type="file")]


def _models(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from timeline.front import completing

    return _beginning(completing.models(ctx.params.get("folder") or Path()), incomplete)


def complete_model_or_config(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of models; of configs once something is typed that begins no model's name."""
    return _models(ctx, param, incomplete) or _configs(ctx, param, incomplete)


def complete_case(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of cases."""
    from timeline.front import completing

    return _beginning(completing.cases(ctx.params.get("folder") or Path()), incomplete)


def complete_file(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Leave it to the shell to find files and folders."""
    return [CompletionItem(incomplete, type="file")]


def complete_law(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Offer the names of laws that are one word: shells do not quote what they put in."""
    return _beginning(["exponential", "weibull", "lognormal", "mixture"], incomplete)


def _of_config(kind: str, ending: str = "") -> Callable[[click.Context, click.Parameter, str], list[CompletionItem]]:
    """Offer names of one kind that stand in the config that was given before."""

    def offer(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        from timeline.front import completing

        # Before an option has its value, click leaves the arguments unread.
        config = ctx.params.get("config") or next((arg for arg in ctx.args if arg.endswith(".toml")), None)
        names = getattr(completing, kind)(Path(config)) if config else []
        return _beginning([f"{name}{ending}" for name in names], incomplete)

    return offer


def _beginning(names: list[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


config = click.argument("config", type=click.Path(path_type=Path), shell_complete=_configs)

model = click.argument("model", shell_complete=_models)

model_or_none = click.argument("model", required=False, shell_complete=_models)

brief = click.option(
    "--brief", is_flag=True, help="Also write brief.html beside the report: two sheets to print and hand on."
)

overrides = click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one key; may be repeated.",
    shell_complete=_of_config("keys", "="),
)

seed = click.option("--seed", type=int, help="Instead of the config's.")

engine = click.option(
    "--engine",
    type=click.Choice(["compiled", "simpy"]),
    default="compiled",
    show_default=True,
    help="What plays the timelines.",
)

workspace = click.option(
    "--workspace",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("."),
    show_default="this folder",
    help="A folder in the workspace.",
)

results = click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of results, instead of the workspace's results/."
)

name = click.option("--name", metavar="NAME", help="What the results are called, instead of the config's path.")


def as_json(said: str = "Print one JSON object.") -> Option:
    """Give ``--json``."""
    return click.option("--json", "as_json", is_flag=True, help=said)


def scenario(said: str = "Which scenario; the first by default.") -> Option:
    """Give ``--scenario``."""
    return click.option("--scenario", metavar="NAME", help=said, shell_complete=_of_config("scenarios"))


def cadence(said: str) -> Option:
    """Give ``--cadence``."""
    return click.option("--cadence", metavar="NAME", help=said, shell_complete=_of_config("cadences"))


#: For options of their own shape that take a name of the config.
complete_cadence = _of_config("cadences")
complete_assumption = _of_config("assumptions")
complete_key = _of_config("keys", "=")
complete_config = _configs


def workers(said: str) -> Option:
    """Give ``--workers``, with what they are."""
    return click.option(
        "--workers", type=click.IntRange(min=1), metavar="N", help=f"{said}; as many as cores by default."
    )


def quiet(said: str) -> Option:
    """Give ``--quiet``, with what is printed all the same."""
    return click.option("--quiet", is_flag=True, help=f"Print {said}, but no progress.")


def data(said: str) -> Option:
    """Give ``--data``, with what lies there."""
    return click.option(
        "--data",
        type=click.Path(path_type=Path, exists=True, file_okay=False),
        envvar="TIMELINE_DATA",
        show_envvar=True,
        help=f"Folder with {said}; the workspace's data/ by default.",
    )


given_file = click.argument("file", type=click.Path(path_type=Path))

mapping = click.option(
    "--map", "mapping", type=click.Path(path_type=Path), metavar="TOML", help="A mapping file: which column is what."
)

encoding = click.option(
    "--encoding", default="utf-8", show_default=True, metavar="NAME", help="How a CSV file writes its letters."
)

sheet = click.option("--sheet", metavar="NAME", help="Which sheet of a workbook; the first by default.")
