"""Which crisis is told under two cadences, and why it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from timeline.explaining.choosing import SEARCHED, Fates, fates, needs_endpoints, none_saved, pair_of, worlds_of
from timeline.explaining.explanation import explain as play_and_explain
from timeline.explaining.turning import REPLAYED, turning_points
from timeline.explaining.words import in_words
from timeline.playing.listener import Listener

if TYPE_CHECKING:
    from timeline.explaining.explanation import Explanation
    from timeline.explaining.turning import TurningPoints
    from timeline.study.experiment import Arm, Experiment


def explain(
    experiment: Experiment,
    cadences: tuple[str, str],
    replication: int | None,
    scenario: str | None,
    typical: bool,
    replications: int | None,
    replays: int | None,
    listener: Listener | None,
) -> tuple[Explanation, TurningPoints | None]:
    """Tell one replication under two cadences; see `timeline.front.study.Study.explain`."""
    arms = pair_of(experiment, cadences, scenario)
    if typical:
        needs_endpoints(experiment, "typical")
    chosen, points = "", None
    if replication is None:
        searched = replications or min(experiment.replications, SEARCHED)
        differing = fates(experiment, arms, searched, first_only=not typical, say=(listener or Listener()).said)
        if typical:
            replication, chosen, points = _typical(experiment, arms, differing, replays or REPLAYED)
        else:
            replication, chosen = _first(differing)
    return play_and_explain(experiment, arms, replication, chosen=chosen), points


def _typical(
    experiment: Experiment, arms: tuple[Arm, Arm], differing: Fates, replays: int
) -> tuple[int, str, TurningPoints]:
    names = (arms[0].cadence, arms[1].cadence)
    if not differing.saved:
        raise none_saved(names, differing)
    points = turning_points(worlds_of(experiment, arms), names, differing, replays)
    assert points.typical is not None
    return points.typical, f"{points.rule} {in_words(points)[0]}", points


def _first(differing: Fates) -> tuple[int, str]:
    if differing.outcomes_differ is not None:
        return differing.outcomes_differ, "The first replication whose outcomes differ."
    assert differing.anything_differs is not None
    return differing.anything_differs, (
        f"The outcomes of {differing.played:,} replications are the same; this is the first that differs in anything."
    )
