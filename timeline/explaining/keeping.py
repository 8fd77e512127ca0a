"""What a run's report needs of explanations: made with the model at hand, kept as plain data, shown without it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Any

from timeline.explaining.alignment import ONE, OTHER
from timeline.explaining.choosing import Fates, worlds_of
from timeline.explaining.explanation import Course, Explanation, Row, explain
from timeline.explaining.story import Link
from timeline.explaining.turning import REPLAYED, Parting, TurningPoints, turning_points
from timeline.explaining.words import in_sentences, in_words

if TYPE_CHECKING:
    from timeline.study.experiment import Arm, Experiment


def plain(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data that JSON can hold."""
    starts = explanation.starts
    return {**asdict(explanation), "starts": None if starts is None else starts.isoformat()}


def explanation_of(given: Mapping[str, Any]) -> Explanation:
    """Return the explanation that was kept as plain data."""
    one, other = (
        Course(course["cadence"], tuple((n, a, b) for n, a, b in course["phases"]), course["ending"], course["end_day"])
        for course in given["courses"]
    )
    links = tuple(Link(**link) for link in given["links"])
    rows = tuple(Row(**row) for row in given["rows"])
    glossary = tuple((name, meaning) for name, meaning in given["glossary"])
    starts = date.fromisoformat(given["starts"]) if given.get("starts") else None
    read = {"courses": (one, other), "links": links, "rows": rows, "glossary": glossary, "starts": starts}
    return Explanation(**{**given, **read})


def turning_points_of(given: Mapping[str, Any]) -> TurningPoints:
    """Return the turning points that were kept as plain data."""
    lists = {name: tuple(Parting(**kind) for kind in given[name]) for name in ("first", "beyond", "lost")}
    return TurningPoints(**{**given, **lists, "cadences": tuple(given["cadences"])})


def explanation_for_report(
    experiment: Experiment, arms: tuple[Arm, Arm], found: Fates, most: int = REPLAYED // 2
) -> dict[str, Any] | None:
    """Tell one typical counterfactual and count where such crises part, as plain data for a run's folder.

    Parameters
    ----------
    experiment
        The config.
    arms
        Two arms of one scenario. If the second saves more that the first loses than the other way round, they
        change places.
    found
        Which replications they decide differently; see `fates_of_rows`.
    most
        How many crises to replay at most.

    Returns
    -------
    dict or None
        ``explanation``, ``turning_points`` and ``sentences``; None if the two decide nothing differently.
    """
    if len(found.harmed) > len(found.saved):
        arms = (arms[OTHER], arms[ONE])
        found = Fates(found.played, found.harmed, found.saved)
    if not found.saved:
        return None
    points = turning_points(worlds_of(experiment, arms), (arms[ONE].cadence, arms[OTHER].cadence), found, most)
    assert points.typical is not None
    told = explain(experiment, arms, points.typical, chosen=points.rule)
    return {
        "explanation": plain(told),
        "turning_points": asdict(points),
        "sentences": [*in_sentences(told), *in_words(points)[:1]],
    }
