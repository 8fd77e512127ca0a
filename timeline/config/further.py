"""What else a config asks of its worlds: the other directions, other structures, a screening, studies."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, get_args

from timeline.config.document import Document
from timeline.errors import nearest
from timeline.model.values import shown
from timeline.study.uncertainty import Further, Structures, Studied

if TYPE_CHECKING:
    from timeline.config.targets import Given

_T = "uncertainty"


def read_further(document: Document, table: Mapping[str, Any], given: Given) -> Further:
    """Read those keys of ``[uncertainty]``; what is wrong is added to the document's problems."""
    return Further(
        other_directions=table.get("other_directions", True),
        structures=_structures(document, table.get("structures"), given),
        screening=_screening(document, table.get("screening", 0)),
        studies=_studies(document, table.get("studies")),
    )


def _structures(document: Document, listed: object, given: Given) -> tuple[Structures, ...]:
    known: tuple[Structures, ...] = get_args(Structures)
    found: list[Structures] = []
    for number, name in enumerate(listed if isinstance(listed, list) else ()):
        place = f"{_T}.structures[{number}]"
        kind = next((kind for kind in known if kind == name), None)
        if kind is None:
            near = nearest(name, known) if isinstance(name, str) else ""
            document.refuse(place, f'given {shown(name)}, expected "mechanisms" or "scenarios"{near}')
        elif kind in found:
            document.refuse(place, "given twice, expected each kind once")
        elif kind == "scenarios" and given.scenarios < 2:
            document.refuse(place, 'given "scenarios", but the config has no other scenario; leave it out')
        else:
            found.append(kind)
    return tuple(found)


def _screening(document: Document, paths: object) -> int:
    if isinstance(paths, bool) or not isinstance(paths, int):
        return 0  # reported with the schema
    if paths == 1:
        document.refuse(f"{_T}.screening", "given 1, expected 2 paths or more, or 0 for none")
    return paths


def _studies(document: Document, tables: object) -> tuple[Studied, ...]:
    found: list[Studied] = []
    for number, table in enumerate(tables if isinstance(tables, list) else ()):
        place = f"{_T}.studies[{number}]"
        of, deviation, sizes = (table.get(key) for key in ("of", "deviation", "sizes"))
        if not isinstance(of, str) or not _is_number(deviation) or not isinstance(sizes, list):
            continue  # reported with the schema
        if not 0 < deviation < math.inf:
            document.refuse(f"{place}.deviation", f"given {shown(deviation)}, expected a number above 0")
        elif not sizes or any(isinstance(n, int) and n < 1 for n in sizes):
            document.refuse(f"{place}.sizes", f"given {shown(sizes)}, expected one or more whole numbers from 1 on")
        elif any(study.of == of for study in found):
            document.refuse(f"{place}.of", f'given "{of}" twice, expected one study of each assumption')
        else:
            found.append(Studied(of, float(deviation), tuple(sizes)))
    return tuple(found)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
