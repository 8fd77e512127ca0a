"""What the commands say on a terminal: lines, amounts, the command itself."""

from __future__ import annotations

import json
import math
import os
import shlex
from collections.abc import Collection, Mapping
from typing import Any

import click
from click.core import ParameterSource

from timeline.front.progress import progress_bar as progress_bar


def say(text: str) -> None:
    """Print on stderr: stdout is for results."""
    click.echo(text, err=True)


def printable(text: str) -> str:
    """Return what a terminal can show of a text: what somebody else's file says may be shown, not steer it.

    Examples
    --------
    >>> printable("red\\x1b[31m")
    'red\ufffd[31m'
    """
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


def hush(text: str) -> None:
    """Print nothing, where only results are wanted."""
    return None


def print_json(value: Any) -> None:
    """Print one value as JSON, whatever its numbers are made of."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))


def plain(value: Any) -> Any:
    """Return a value as JSON knows it: NumPy's numbers as Python's, and null for what is no number.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"met": np.bool_(True), "width": math.nan, "n": (np.int64(3), 2.5)})
    {'met': True, 'width': None, 'n': [3, 2.5]}
    """
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain(part) for part in value]
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if hasattr(value, "tolist"):  # a number or an array of NumPy's
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def command_line(ctx: click.Context, leave_out: Collection[str] = ()) -> str:
    """Return the command line that was given, but for what need not be repeated."""
    words = ["timeline", ctx.command.name or ""]
    for parameter in ctx.command.params:
        name, value = parameter.name or "", ctx.params.get(parameter.name or "")
        if ctx.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            continue
        if name in leave_out or name in ("repair", "quiet", "as_json"):
            continue
        if isinstance(parameter, click.Argument):
            words.append(str(value))
            continue
        for one in value if isinstance(value, tuple) else (value,):
            words.append(parameter.opts[0])
            words += [] if one is True else [str(one)]
    return shlex.join(words)


def count(number: int, noun: str) -> str:
    """Return "1 arm", "2 arms"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration(seconds: float) -> str:
    """Return a time in the largest unit that does not say "one"."""
    for span, noun in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 1.5 * span:
            return count(round(seconds / span), noun)
    return count(round(seconds), "second")


def size(number: float) -> str:
    """Return a number of bytes in decimal units."""
    for many, unit in ((1e9, "GB"), (1e6, "MB")):
        if number >= many:
            return f"{number / many:,.0f} {unit}" if number >= 100 * many else f"{number / many:.2g} {unit}"
    return f"{number / 1e3:.0f} kB"


def page_warning(seconds: float) -> str:
    """Say that a page will take long, and what to do; empty if it will not.

    Examples
    --------
    >>> page_warning(40.0)
    ''
    >>> page_warning(7200.0)[:72]
    'Warning: the analysis and the page will take about 2 hours once all is p'
    """
    if seconds < 120:
        return ""
    return (
        f"Warning: the analysis and the page will take about {duration(seconds)} once all is played; fewer cadences, "
        "scenarios or replications make it shorter, --no-report leaves it out"
    )
