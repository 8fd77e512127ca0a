"""A mapping file: a few lines of TOML that say which column of one's own table is what.

::

    name    = "truces"
    start   = "signed"
    end     = "stopped"
    ended   = "ended"
    cause   = "ended_by"
    cluster = "process"
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path

from timeline.data.dates import ORDERS, DateColumns
from timeline.data.reading import SpellColumns
from timeline.errors import ConfigError, nearest

_TEXTS = ("duration", "entry", "cause", "cluster", "group", "id")
_KEYS = (
    "name", "title", "start", "end", "ended", "ended_when", "open_when", "unit", *_TEXTS,
    "until", "whole_years", "dates", "consecutive", "cite", "choices",
)  # fmt: skip


def read_mapping(path: str | Path) -> SpellColumns:
    """Read a mapping file.

    Parameters
    ----------
    path
        TOML with ``start`` and ``end``, or ``duration``; and any of ``ended``, ``cause``, ``cluster``, ``group``,
        ``id``, ``entry``, ``unit``, ``until``, ``dates``, ``ended_when``, ``open_when``, ``consecutive``, ``name``,
        ``title``, ``cite``, ``choices``.

    Raises
    ------
    ConfigError
        With one line for each problem.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "truces.toml"
    >>> _ = file.write_text('start = "signed"\\nend = "stopped"\\nended = "ended"\\n')
    >>> columns = read_mapping(file)
    >>> columns.name, columns.columns
    ('truces', ['signed', 'stopped', 'ended'])
    """
    file = Path(path)
    try:
        given = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file}: no such file, expected a mapping file; check the path given by --map") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise ConfigError(f"{file}: cannot be read as TOML: {problem}") from None
    if problems := list(_problems(given)):
        raise ConfigError(f"{file}: {problem}" for problem in problems)
    return SpellColumns(
        name=given.get("name", file.stem),
        title=given.get("title", ""),
        start=_date_columns(given.get("start")),
        end=_date_columns(given.get("end")),
        duration=given.get("duration"),
        unit=given.get("unit", "days"),
        entry=given.get("entry"),
        ended=given.get("ended"),
        ended_when=tuple(map(str, given.get("ended_when", ()))),
        open_when=tuple(map(str, given.get("open_when", ()))),
        cause=given.get("cause"),
        cluster=given.get("cluster"),
        group=given.get("group"),
        identity=given.get("id"),
        until=given.get("until"),
        whole_years=given.get("whole_years", False),
        consecutive=given.get("consecutive", False),
        dates=given.get("dates"),
        citation=given.get("cite", ""),
        choices=tuple(given.get("choices", ())),
    )


def _date_columns(given: str | list[str] | None) -> DateColumns | None:
    if given is None:
        return None
    return DateColumns((given,)) if isinstance(given, str) else DateColumns(tuple(given), ("0",))


def _problems(given: Mapping[str, object]) -> Iterator[str]:
    """Yield what is wrong with a mapping, in words."""
    for key, value in given.items():
        if key not in _KEYS:
            yield f"{key}: there is no such key; expected one of {', '.join(_KEYS)}{nearest(key, _KEYS)}"
        elif (sentence := _misfit(key, value)) is not None:
            yield f"{key}: given {value!r}, expected {sentence}"
    if "start" not in given and "duration" not in given:
        yield (
            "given neither start nor duration, expected the column of the date on which a spell begins, or of how long "
            "it lasts"
        )
    if "duration" in given and "end" in given:
        yield "given both duration and end, expected one of them"
    if "ended_when" in given and "open_when" in given:
        yield "given both ended_when and open_when, expected one of them: cells that mean ended, or that it has not"
    if "consecutive" in given and "cluster" not in given:
        yield "consecutive: given without cluster, expected the column of what the events follow one another in"


def _misfit(key: str, value: object) -> str | None:
    """Return what a key expects, if its value is something else."""
    listed = value if isinstance(value, list) else []
    texts = bool(listed) and all(isinstance(each, (str, int)) for each in listed)
    if key in ("start", "end"):
        sound = isinstance(value, str) or (texts and len(listed) <= 3)
        return None if sound else "a column, or those of year, month and day"
    if key in ("ended_when", "open_when", "choices"):
        return None if texts else "a list of texts"
    if key == "until":
        return None if isinstance(value, date) and not isinstance(value, datetime) else "a date such as 1999-12-31"
    if key in ("consecutive", "whole_years"):
        return None if isinstance(value, bool) else "true or false"
    if key == "unit":
        return None if value in ("days", "years") else '"days" or "years"'
    if key == "dates":
        return None if value in ORDERS else f'"{ORDERS[0]}" or "{ORDERS[1]}"'
    return None if isinstance(value, str) and value else "a text"
