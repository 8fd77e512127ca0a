"""Do both engines play a model alike?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from timeline.errors import ConfigError
from timeline.front.study import load
from timeline.front.workspaces import open_workspace

if TYPE_CHECKING:
    from timeline.engines.agreement import Divergence as Divergence
    from timeline.engines.world import World
    from timeline.model.declarations import Model


@dataclass(frozen=True)
class Verified:
    """What was played on both engines.

    Attributes
    ----------
    replications, firings, ties
        How much was compared, and how many firings came at the instant of the one before.
    where
        In which world they part; empty if they agree.
    divergence
        The first moment at which they differ; None if they agree.
    """

    replications: int
    firings: int
    ties: int
    where: str = ""
    divergence: Divergence | None = None


def verify(
    model: str,
    config: str | os.PathLike[str] | None = None,
    *,
    replications: int = 200,
    workspace: str | os.PathLike[str] = ".",
) -> Verified:
    """Play a model on both engines, up to the first replication whose timelines differ in a bit.

    Parameters
    ----------
    model
        Its name.
    config
        A config of it, whose every arm is played; the model as it is declared if left out.
    replications
        How many an arm.
    workspace
        A folder in the model's workspace.

    Raises
    ------
    ConfigError, ModelError
        If there is no such model, or the config is of another.
    RunError
        What stops either engine.

    Examples
    --------
    >>> verify("backchannel", replications=2).divergence is None
    True
    """
    from timeline.engines.agreement import compare

    played = firings = ties = 0
    for where, world in _worlds(open_workspace(workspace).load(model), model, config):
        agreement = compare(world, replications)
        played, firings, ties = (
            played + agreement.replications,
            firings + agreement.firings,
            ties + agreement.ties,
        )
        if agreement.divergence is not None:
            return Verified(played, firings, ties, where, agreement.divergence)
    return Verified(played, firings, ties)


def _worlds(model: Model, name: str, config: str | os.PathLike[str] | None) -> Iterator[tuple[str, World]]:
    from timeline.engines.world import World
    from timeline.playing.tasks import task_of, world_of

    if config is None:
        yield f'model "{name}"', World(model)
        return
    asked = load(config).experiment
    if asked.model_name != name:
        raise ConfigError(f'--config: "{config}" is for model "{asked.model_name}", expected one for "{name}"')
    for arm in asked.arms:
        yield f"cadence {arm.cadence}, scenario {arm.scenario}", world_of(task_of(asked, arm))
