"""What a run's folder remembers of its config and its model, so that a report needs neither."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from timeline.derived.influence import influences, used_by
from timeline.keeping.store import RESOLVED
from timeline.model.declarations import Sampled
from timeline.study.keys import arm_keys

if TYPE_CHECKING:
    from timeline.keeping.store import Store
    from timeline.study.experiment import Experiment


def remember(experiment: Experiment, store: Store, command: str) -> None:
    """Write ``resolved.json``: the config as it was understood, and what the report needs of the model."""
    model, keys = experiment.model, arm_keys(experiment)
    users = used_by(model)
    store.write_json(
        RESOLVED,
        {
            "command": command,
            "config": experiment.resolved(),
            "arms": [
                {"scenario": arm.scenario, "cadence": arm.cadence, "key": keys[arm.scenario, arm.cadence]}
                for arm in experiment.arms
            ],
            "model": {
                "name": model.name,
                "title": model.title,
                "account": model.account,
                "endpoints": None if model.endpoints is None else asdict(model.endpoints),
                "fans": {
                    observation.column: {"field": observation.field, "days": observation.days}
                    for observation in model.observations
                    if isinstance(observation, Sampled) and observation.since is None
                },
                "influences": asdict(influences(model, experiment.world)),
            },
            "ledger": [{**row, "used_by": users[row["path"]]} for row in experiment.ledger()],
        },
    )
