"""Precision: how narrow a config wants its intervals, for which more replications are played until they are.

`timeline.analysis.stopping` says when they are narrow enough, `timeline.playing.growing` plays.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, get_args

from timeline.config.document import Document
from timeline.config.measures import find_measure, read_amount
from timeline.engines.world import MOST_REPLICATIONS
from timeline.errors import TimelineError, nearest
from timeline.model.endpoints import Endpoints
from timeline.model.values import Number, shown
from timeline.study.questions import FEWEST, IntervalsOf, Precision, fewest_needed
from timeline.study.window import Window
from timeline.study.yardsticks import declare_yardsticks
from timeline.words import measure_words, say_width

if TYPE_CHECKING:
    from timeline.study.yardsticks import Yardstick

#: Where growing ends if the config does not say.
_AT_MOST = 1_000_000


def read_precision(
    document: Document,
    endpoints: Endpoints | None,
    window: Window,
    baseline: str,
    levers: Mapping[str, Mapping[str, Number]],
) -> Precision | None:
    """Read the table ``[precision]`` of a config.

    Parameters
    ----------
    document
        The config; what is wrong is added to its problems.
    endpoints
        Of its model.
    window
        As the config's analysis will have it.
    baseline
        The cadence that the others are compared with.
    levers
        What each cadence sets.

    Returns
    -------
    Precision or None
        None if there is no such table, or it cannot be used.
    """
    if "precision" not in document.raw:
        return None
    if endpoints is None:
        document.refuse(
            "precision", "given, but the model declares no endpoints to measure; add endpoints=Endpoints(...)"
        )
        return None
    table = document.table("precision")
    try:
        known = {measure.key: measure for measure in declare_yardsticks(endpoints, window)}
    except TimelineError as problem:
        document.refuse("precision", str(problem))
        return None
    of = _of(document, table.get("of", "contrasts"), baseline, levers)
    measure = _measure(document, table.get("measure", endpoints.primary), of, known, window)
    at_most = _at_most(document, table.get("at_most", _AT_MOST))
    half_width = None if measure is None else _half_width(document, table.get("half_width"), measure)
    if of is None or measure is None or at_most is None or half_width is None:
        return None
    if not math.isfinite(measure.span):
        document.warn(
            "precision.measure",
            f'given "{measure_words(measure.key)}", a mean of values that nothing bounds: a rare large one may still '
            "be to come when the intervals look narrow enough; most=... in the model's endpoints gives it a bound",
        )
    fewest = fewest_needed(measure.span, of, half_width) if math.isfinite(measure.span) else FEWEST
    fixed_by = _fixed_by(document)
    most = MOST_REPLICATIONS if fixed_by else at_most
    if fewest > most:
        reached = measure.span * fewest_needed(1.0, of, 1.0) / most
        document.refuse(
            "precision.half_width",
            f"given {shown(table['half_width'])}, which takes {fewest:,.0f} replications even if none differs, "
            f"but at most {most:,} may be played; expected {say_width(reached, measure.unit)} or more",
        )
    return Precision(measure.key, of, half_width, at_most, measure.unit, fixed_by)


def _of(
    document: Document, given: object, baseline: str, levers: Mapping[str, Mapping[str, Number]]
) -> IntervalsOf | None:
    if not isinstance(given, str):
        return None  # reported with the schema
    kinds: tuple[IntervalsOf, ...] = get_args(IntervalsOf)
    of = next((kind for kind in kinds if kind == given), None)
    if of is None:
        document.refuse(
            "precision.of", f'given {shown(given)}, expected "contrasts" or "estimates"{nearest(given, kinds)}'
        )
    elif of == "contrasts" and len(levers) < 2:
        document.refuse(
            "precision.of",
            'given "contrasts" with one cadence only, so there is nothing to compare it with; '
            'expected "estimates", or a second cadence',
        )
        return None
    elif of == "contrasts" and baseline in levers:
        same = [name for name, own in levers.items() if name != baseline and own == levers[baseline]]
        if len(same) == len(levers) - 1:
            document.refuse(
                "precision.of",
                f'given "contrasts", but every cadence sets the same as the baseline "{baseline}": the differences are '
                "0 however many replications are played; let one set something else",
            )
            return None
        for name in same:
            document.warn(
                "precision.of",
                f'cadence "{name}" sets the same as the baseline "{baseline}": their difference is 0 however many '
                "replications are played",
            )
    return of


def _measure(
    document: Document, given: object, of: IntervalsOf | None, known: Mapping[str, Yardstick], window: Window
) -> Yardstick | None:
    if not isinstance(given, str):
        return None  # reported with the schema
    try:
        measure = find_measure(given, known, window)
    except ValueError as problem:
        document.refuse("precision.measure", str(problem))
        return None
    why = ""
    if measure.undefined:
        why = f"but {measure.undefined}"
    elif measure.statistic == "median":
        why = "a median, which is of the first replications only; expected a mean or a share"
    elif of == "estimates" and measure.of_both:
        why = f'which compares two cadences where both {measure.of_whom}; expected of = "contrasts", or another measure'
    if why:
        document.refuse("precision.measure", f"given {shown(given)}, {why}")
        return None
    return measure


def _at_most(document: Document, given: object) -> int | None:
    """Return where growing ends, given that the replications and this have been found whole numbers."""
    first = document.raw.get("replications")
    if isinstance(first, bool) or not isinstance(first, int) or isinstance(given, bool) or not isinstance(given, int):
        return None
    if given < 1:
        return None  # reported with the schema
    if _fixed_by(document):
        return first
    if first < FEWEST:
        document.refuse(
            "replications",
            f"given {first:,} with [precision], which looks after these whether more are needed; expected {FEWEST:,} "
            "or more: an early look stops too soon too often",
        )
    elif given < first:
        document.refuse(
            "precision.at_most",
            f"given {given:,}, expected {first:,} or more: so many replications are played before the first look",
        )
    else:
        return given
    return None


def _fixed_by(document: Document) -> str:
    """Return the option of the command line that asks for exactly so many replications; empty if none does."""
    return document.option_at("replications")


def _half_width(document: Document, given: object, measure: Yardstick) -> float | None:
    if given is None:
        return None  # reported with the schema
    try:
        return read_amount(
            given,
            measure,
            "no finite number of replications leaves no error",
            "no interval can be wider, so it asks for nothing",
        )
    except ValueError as problem:
        document.refuse("precision.half_width", str(problem))
        return None
