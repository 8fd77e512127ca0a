"""Selecting: by which measure the best cadence is chosen, and how surely, as a config says it.

`timeline.analysis.selection` chooses; here only the table ``[selection]`` is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline.config.document import Document
from timeline.config.measures import find_measure, read_amount, some_measures
from timeline.errors import TimelineError
from timeline.model.endpoints import Endpoints
from timeline.model.values import shown
from timeline.study.questions import Precision, Selection
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks, no_selection

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick


def read_selection(
    document: Document,
    endpoints: Endpoints | None,
    window: Window,
    cadences: int,
) -> Selection | None:
    """Read the table ``[selection]`` of a config.

    Parameters
    ----------
    document
        The config; what is wrong is added to its problems.
    endpoints
        Of its model.
    window
        As the config's analysis will have it.
    cadences
        How many there are to choose from.

    Returns
    -------
    Selection or None
        None if there is no such table, or it cannot be used.
    """
    table = document.table("selection")
    if not table:
        return None
    if endpoints is None:
        document.refuse(
            "selection", "given, but the model declares no endpoints to choose by; add endpoints=Endpoints(...)"
        )
        return None
    if cadences < 2:
        if cadences:  # without any, the config has other problems
            document.refuse("selection", "given with one cadence, expected two or more to choose from")
        return None
    probability = _probability(document, table.get("probability", 0.95), cadences)
    measure = _measure(document, table.get("measure", endpoints.primary), endpoints, window)
    if measure is None or "indifference" not in table:
        return None
    try:
        indifference = read_amount(
            table["indifference"],
            measure,
            "of two cadences that are exactly as good, none could ever be chosen",
            "no two cadences can differ by more, so any would do",
        )
    except ValueError as problem:
        document.refuse("selection.indifference", str(problem))
        return None
    return None if probability is None else Selection(measure.key, indifference, probability)


def warn_of_too_few(document: Document, precision: Precision | None, replications: object) -> None:
    """Warn where a run ends before any cadence can be chosen.

    Parameters
    ----------
    document
        The config; takes the warning.
    precision
        Of the config, which may play more replications.
    replications
        As the config gives them.
    """
    from timeline.study.questions import FIRST_LOOK

    most = replications if precision is None else precision.at_most
    if not isinstance(most, int) or most >= FIRST_LOOK:
        return
    path = "replications" if precision is None or precision.fixed_by else "precision.at_most"
    document.warn(
        path,
        f"given {most:,}, but [selection] chooses no cadence before {FIRST_LOOK:,} replications an arm; "
        f"give {FIRST_LOOK:,} or more, or leave [selection] out",
    )


def _probability(document: Document, given: object, cadences: int) -> float | None:
    by_lot = 1 / cadences
    if isinstance(given, bool) or not isinstance(given, int | float) or not by_lot < given < 1:
        document.refuse(
            "selection.probability",
            f"given {shown(given)}, expected more than {by_lot:.3g}, which drawing one of {cadences} cadences by lot "
            "reaches, and less than 1, such as 0.95",
        )
        return None
    return float(given)


def _measure(
    document: Document,
    given: object,
    endpoints: Endpoints,
    window: Window,
) -> Yardstick | None:
    if not isinstance(given, str):
        return None  # reported with the schema
    try:
        known = {measure.key: measure for measure in declare_yardsticks(endpoints, window)}
        measure = find_measure(given, known, window)
    except (ValueError, TimelineError) as problem:
        document.refuse("selection.measure", str(problem))
        return None
    if why := no_selection(measure):
        usable = some_measures(key for key, one in known.items() if not no_selection(one))
        document.refuse("selection.measure", f"given {shown(given)}, but {why}; expected another, such as {usable}")
        return None
    return measure
