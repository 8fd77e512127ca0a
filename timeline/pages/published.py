"""The published record that a page compares with where no folder of data is given, kept as plain data with the run.

It is declared beside the workspace's claims, and kept in the run's folder, so that a report can be built again
without the workspace.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from timeline.errors import ModelError, StoreError
from timeline.validation.claims import load_claims
from timeline.validation.published import PublishedRecord

if TYPE_CHECKING:
    from timeline.keeping.store import Store
    from timeline.study.experiment import Experiment

PUBLISHED = "published.json"


def declared_record(experiment: Experiment) -> PublishedRecord | None:
    """Return the published record of an experiment's model: its entry in ``PUBLISHED`` of ``models/claims.py``.

    Raises
    ------
    ModelError
        If the file cannot be loaded, or the entry is no published record.
    """
    name = experiment.model_name
    declared = getattr(load_claims(experiment.workspace, name), "PUBLISHED", {})
    record = declared.get(name) if isinstance(declared, dict) else declared
    if record is None or isinstance(record, PublishedRecord):
        return record
    raise ModelError(
        f"models/claims.py: PUBLISHED: given {type(record).__name__}, expected names of models and of each its "
        "PublishedRecord (timeline.PublishedRecord)"
    )


def keep_record(store: Store, experiment: Experiment) -> str:
    """Keep the published record of an experiment's model in a run's folder; returns what is wrong with it.

    A page does not fail by it: results are there, and what they are compared with can be mended later.
    """
    try:
        record, problem = declared_record(experiment), ""
    except ModelError as wrong:
        record, problem = None, f"There is no published record to compare with: {wrong}."
    store.write_json(PUBLISHED, {} if record is None else asdict(record))
    return problem


def kept_record(store: Store) -> PublishedRecord | None:
    """Return the published record kept in a run's folder; None if there is none, or none that can be read."""
    from pydantic import TypeAdapter, ValidationError

    if not store.holds(PUBLISHED):
        return None
    try:
        return TypeAdapter(PublishedRecord).validate_python(store.read_json(PUBLISHED))
    except (StoreError, ModelError, ValidationError):
        return None
