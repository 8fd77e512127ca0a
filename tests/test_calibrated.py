"""The sizes that ship lie within every band of the record, and in the middle of the worlds that fit it."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import timeline
from timeline.engines import compiled
from timeline.pages.examination import watched_model
from timeline.validation.claims import load_claims
from timeline.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
WORKSPACE = Workspace(ROOT)
SHIPPED = ("backchannel", "secret_pact")


#: What is watched of a pact nobody else watches, and it takes long to compile.
PACT = pytest.param("secret_pact", 6, marks=pytest.mark.slow)


@pytest.mark.parametrize(("name", "bands"), [("backchannel", 13), PACT])
def test_a_model_at_its_defaults_lies_within_every_band_of_its_record(name: str, bands: int) -> None:
    # By luck that chose none of the sizes; the nearest estimate is two standard errors or more inside its band.
    declared = load_claims(WORKSPACE, name)
    model = watched_model(WORKSPACE.load(name), declared)
    compiled.prepare(model, lambda _: None)
    found = declared.CHECKS[name][0].measure(model, None, each=16_000 // len(declared.CHECKS[name][0].settings) // 2)
    assert len(found.found) == bands
    assert [one.target.title for one in found.found if not one.holds] == []


@pytest.mark.parametrize("name", SHIPPED)
def test_a_posterior_ships_with_its_recipe(name: str) -> None:
    table = ROOT / "configs" / name / "posterior.parquet"
    recipe = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
    assert recipe["sha256"] == hashlib.sha256(table.read_bytes()).hexdigest()
    assert (
        recipe["command"]
        == f"timeline calibrate configs/{name}/calibration.toml --posterior configs/{name}/posterior.parquet"
    )
    assert set(pl.read_parquet(table).columns) == {*recipe["uncertainty"]["free"], "weight"}


@pytest.mark.parametrize("name", SHIPPED)
def test_defaults_lie_in_the_middle_half_of_the_worlds_that_fit(name: str) -> None:
    worlds = pl.read_parquet(ROOT / "configs" / name / "posterior.parquet")
    assumed = WORKSPACE.load(name).assumptions
    weight = worlds["weight"].to_numpy()
    below = {path: float(weight[worlds[path].to_numpy() < assumed[path].default].sum()) for path in worlds.columns[:-1]}
    assert {path: part for path, part in below.items() if not 0.25 <= part <= 0.75} == {}


@pytest.mark.parametrize("name", SHIPPED)
def test_a_config_can_draw_its_worlds_from_a_shipped_posterior(name: str) -> None:
    asked = {"from": "posterior.parquet", "worlds": 20, "replications": 30}
    study = timeline.load(ROOT / "configs" / name / "calibration.toml").change("uncertainty", asked)
    drawn = study.worlds(workers=1).drawn.frame()
    shipped = pl.read_parquet(ROOT / "configs" / name / "posterior.parquet")
    path = "succession.repudiation"
    assert np.isin(drawn[path].to_numpy(), shipped[path].to_numpy()).all()
