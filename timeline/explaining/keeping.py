"""What a run's report needs of explanations: made with the model at hand, kept as plain data, shown without it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from timeline.explaining.alignment import ONE, OTHER
from timeline.explaining.choosing import Fates, worlds_of
from timeline.explaining.explanation import Explanation, explain
from timeline.explaining.turning import REPLAYED, turning_points
from timeline.explaining.words import in_sentences, in_words

if TYPE_CHECKING:
    from timeline.study.experiment import Arm, Experiment


def plain(explanation: Explanation) -> dict[str, Any]:
    """Return an explanation as plain data that JSON can hold."""
    starts = explanation.starts
    return {**asdict(explanation), "starts": None if starts is None else starts.isoformat()}


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
