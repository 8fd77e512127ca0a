"""The manifest of a run's folder: what it may say.

A folder of results may come from a stranger, and its checksum can be made by anybody. So every key and name in the
manifest has to have the form that this program gives it, before any of them becomes a path.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from timeline.keeping.part_files import part_of, part_path
from timeline.model.values import shown
from timeline.study.keys import key_of
from timeline.words import unshowable

_KEY = re.compile(r"[0-9a-f]{12}", re.ASCII)
_SUM = re.compile(r"[0-9a-f]{64}", re.ASCII)
_DETERMINANTS = {"model", "sources", "seed", "horizon", "world", "semantics"}
#: More replications than any arm can have.
_MOST = 2**53
_LONGEST = 300


def misshapen(manifest: Mapping[str, Any]) -> str:
    """Return the first thing in a manifest that this program would not have written; empty if there is none.

    Examples
    --------
    >>> misshapen({"run": "x", "determinants": {}, "arms": {}})
    'determinants: given a table, expected a table with horizon, model, seed, semantics, sources, world'
    """
    return next(_problems(manifest), "")


def is_key(given: object) -> bool:
    """Say whether something can be the key of an arm or of a run: twelve hexadecimal digits.

    Examples
    --------
    >>> is_key("0123456789ab"), is_key("../../.."), is_key("0123456789ab\\n")
    (True, False, False)
    """
    return isinstance(given, str) and _KEY.fullmatch(given) is not None


def is_name(given: object) -> bool:
    """Say whether something can be the name of a file or a folder, and of nothing elsewhere.

    Examples
    --------
    >>> is_name("cadence"), is_name(".."), is_name("a/b"), is_name("")
    (True, False, False, False)
    """
    return (
        isinstance(given, str)
        and 0 < len(given) <= _LONGEST
        and not given.startswith(".")
        and not set(given) & {"/", "\\"}
        and not unshowable(given, lines=False)
    )


def _problems(manifest: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_determinants(manifest.get("determinants"))
    yield from _expect("run", manifest.get("run"), manifest.get("run") == key_of(manifest["determinants"]), "its key")
    arms = manifest.get("arms")
    yield from _expect("arms", arms, isinstance(arms, dict), "a table")
    for key, arm in dict(arms or {}).items():
        yield from _expect("arms", key, is_key(key), "keys of twelve hexadecimal digits")
        yield from _of_arm(f"arms.{key}", key, arm)
    if "shard" in manifest:
        yield from _of_shard(manifest["shard"])


def _of_determinants(given: object) -> Iterator[str]:
    names = ", ".join(sorted(_DETERMINANTS))
    yield from _expect(
        "determinants", given, isinstance(given, dict) and set(given) == _DETERMINANTS, f"a table with {names}"
    )
    assert isinstance(given, dict)
    at = "determinants"
    yield from _expect(f"{at}.model", given["model"], _is_text(given["model"]), "a name")
    yield from _expect(f"{at}.sources", given["sources"], _are_sources(given["sources"]), "files and their checksums")
    yield from _expect(f"{at}.world", given["world"], _is_world(given["world"]), "numbers by path")
    yield from _expect(f"{at}.horizon", given["horizon"], _is_number(given["horizon"]), "a number of days")
    for name in ("seed", "semantics"):
        yield from _expect(f"{at}.{name}", given[name], _is_whole(given[name], -(2**64), 2**64), "a whole number")


def _of_arm(where: str, key: str, arm: object) -> Iterator[str]:
    tables = ("overrides", "levers")
    whole = isinstance(arm, dict) and all(isinstance(arm.get(name), dict) for name in tables)
    yield from _expect(where, arm, whole and isinstance(arm["parts"], list), "overrides, levers and parts")  # type: ignore[index]
    assert isinstance(arm, dict)
    begun: set[int] = set()
    for number, part in enumerate(arm["parts"]):
        yield from _of_part(f"{where}.parts[{number}]", key, part)
        yield from _expect(f"{where}.parts[{number}].first", part["first"], part["first"] not in begun, "each once")
        begun.add(part["first"])
    if (events := arm.get("events")) is not None:
        yield from _of_file(f"{where}.events", events, "replications", f"events/{key}.parquet")


def _of_part(where: str, key: str, part: object) -> Iterator[str]:
    known = isinstance(part, dict) and _is_whole(part.get("first")) and _is_whole(part.get("rows"), 1)
    yield from _expect(where, part, known, "first and rows, whole numbers")
    assert isinstance(part, dict)
    first, rows = part["first"], part["rows"]
    begins, size = part_of(first)
    yield from _expect(f"{where}.first", first, begins == first, f"the beginning of a part, such as {begins}")
    yield from _expect(f"{where}.rows", rows, rows <= size, f"at most {size}")
    yield from _of_file(where, part, "rows", part_path(key, first, rows))
    yield from _expect(f"{where}.engine", part.get("engine"), _is_text(part.get("engine")), "names of engines")
    processors = part.get("processors", [])
    texts = isinstance(processors, list) and all(map(_is_text, processors))
    yield from _expect(f"{where}.processors", processors, texts, "a list of names")
    failed = part.get("failed", [])
    inside = isinstance(failed, list) and all(_is_whole(number, first, first + rows - 1) for number in failed)
    yield from _expect(f"{where}.failed", failed, inside, "a list of its replications")


def _of_file(where: str, given: object, count: str, file: str) -> Iterator[str]:
    known = isinstance(given, dict) and given.get("file") == file
    yield from _expect(f"{where}.file", given.get("file") if isinstance(given, dict) else given, known, file)
    assert isinstance(given, dict)
    for name in (count, "bytes"):
        yield from _expect(f"{where}.{name}", given.get(name), _is_whole(given.get(name)), "a whole number from 0 on")
    told = given.get("sha256")
    yield from _expect(f"{where}.sha256", told, isinstance(told, str) and bool(_SUM.fullmatch(told)), "64 digits")


def _of_shard(given: object) -> Iterator[str]:
    whole = isinstance(given, dict) and set(given) == {"config", "part", "of", "arms", "replications"}
    yield from _expect("shard", given, whole, "a table with config, part, of, arms, replications")
    assert isinstance(given, dict)
    yield from _expect("shard.config", given["config"], _is_place(given["config"]), "the name of a folder")
    numbers = _is_whole(given["part"], 1) and _is_whole(given["of"], given["part"])
    yield from _expect("shard.part", given["part"], numbers, "a number from 1 to that of the shares")
    yield from _expect("shard.replications", given["replications"], _is_whole(given["replications"], 1), "1 or more")
    arms = given["arms"]
    yield from _expect("shard.arms", arms, isinstance(arms, list) and all(map(is_key, arms)), "a list of keys")


def _expect(where: str, given: object, holds: bool, expected: str) -> Iterator[str]:
    if not holds:
        # Nothing that a stranger wrote reaches the terminal as it stands.
        yield f"{where}: given {ascii(shown(given))[1:-1]}, expected {expected}"


def _is_text(given: object) -> bool:
    return isinstance(given, str) and 0 < len(given) <= _LONGEST and not unshowable(given, lines=False)


def _is_place(given: object) -> bool:
    return isinstance(given, str) and all(map(is_name, given.split("/")))


def _is_whole(given: object, least: int = 0, most: int = _MOST) -> bool:
    return isinstance(given, int) and not isinstance(given, bool) and least <= given <= most


def _is_number(given: object) -> bool:
    return isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given)


def _are_sources(given: object) -> bool:
    return isinstance(given, dict) and all(
        _is_text(path) and _lies_inside(path) and isinstance(told, str) and _SUM.fullmatch(told)
        for path, told in given.items()
    )


def _lies_inside(path: str) -> bool:
    return not PurePosixPath(path).is_absolute() and ".." not in PurePosixPath(path).parts


def _is_world(given: object) -> bool:
    # Infinities are kept as words.
    return isinstance(given, dict) and all(
        _is_text(path) and (isinstance(value, (bool, int, float)) or value in ("inf", "-inf", "nan"))
        for path, value in given.items()
    )
