"""Ablation: the model as it is, and without each of its mechanisms in turn.

What a mechanism contributes to an answer is what is missing from it without the mechanism, replication by
replication: no other clock's draws move. Such contributions need not add up to the whole.
"""

from __future__ import annotations

from dataclasses import replace

from timeline.errors import ConfigError
from timeline.model.declarations import needed_by
from timeline.study.experiment import Experiment, Scenario

WHOLE = "whole"


def without(name: str) -> str:
    """Return what the scenario without a mechanism is called.

    Examples
    --------
    >>> without("trial_balloons")
    'without-trial_balloons'
    """
    return f"without-{name}"


def ablated(experiment: Experiment) -> Experiment:
    """Return the experiment with the model as its first scenario, and each removable mechanism removed in turn.

    Parameters
    ----------
    experiment
        Only its first scenario is kept.

    Raises
    ------
    ConfigError
        If none of the model's mechanisms can be removed.

    Notes
    -----
    A mechanism stays if another cannot work without it, or an injected event is one of its own.
    """
    model = experiment.model
    first = next(iter(experiment.scenarios.values()))
    gone = {*experiment.without, *first.without}
    kept = needed_by(model, [m.name for m in model.mechanisms if m.name not in gone])
    injected = {injection.clock for injection in (*experiment.injections, *first.injections)}
    kept |= {member.mechanism for member in model.members if member.name in injected}
    names = [m.name for m in model.mechanisms if m.name not in kept | gone]
    if not names:
        raise ConfigError(
            f"{experiment.path}: none of the mechanisms can be removed, expected at least one that the others can "
            "do without"
        )
    scenarios = {WHOLE: replace(first, name=WHOLE, about="The model as it is.")}
    for name in names:
        scenarios[without(name)] = Scenario(
            without(name),
            f"The model without {name}.",
            first.given,
            first.values,
            (*first.without, name),
            first.injections,
            first.start,
        )
    return replace(
        experiment,
        scenarios=scenarios,
        ablation=True,
        # Maps and drills are of scenarios that are not played here.
        grid=None,
        landmark=None,
        changes=(*experiment.changes, "--ablate"),
    )
