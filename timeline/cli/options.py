"""Arguments and options that several commands share, each said in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol, TypeVar

import click

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Option(Protocol):
    """What gives a command an option."""

    def __call__(self, command: _Command, /) -> _Command: ...


config = click.argument("config", type=click.Path(path_type=Path))

overrides = click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Change one key; may be repeated."
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
    return click.option("--scenario", metavar="NAME", help=said)


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
