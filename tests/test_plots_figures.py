"""Every figure: the same bytes each time, nothing left behind, sense made of empty frames."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import polars as pl
import pytest
from matplotlib.figure import Figure
from test_plots_frames import TWELVE, World, analysis, record, simulated, trace

from timeline.plots import causes, contrasts, curves, fans, occupancy, scenarios, style, swimlane, validation

WORLDS = {
    "twelve": World(TWELVE, tied=("milestones-only",), scenarios=("as assumed", "harsh")),
    "few": World({"silence": 0.33, "monthly": 0.41}),
    "one": World({"silence": 0.33}),
    "nobody signs": World({"silence": 0.0, "monthly": 0.0}, signed={"silence": 0.0, "monthly": 0.0}, hardship=0.0),
}


def draw(name: str, a: Any) -> Figure:
    where = {"scenario": a.scenarios[0], "baseline": a.baseline, "best": a.best["best"][0]}
    figures: dict[str, Callable[[], Figure]] = {
        "in force": lambda: curves.in_force(a.in_force, **where),
        "verified": lambda: curves.in_force(a.in_force_verified, half_verified=True, **where),
        "since signature": lambda: curves.since_signature(a.since_signature, **where),
        "both sign": lambda: curves.both_sign(a.both_sign, a.both_sign_counts, **where),
        "causes": lambda: causes.causes(a.causes, **where),
        "contrasts": lambda: contrasts.contrasts(a.contrasts, a.measures, **where),
        "occupancy": lambda: occupancy.occupancy(a.occupancy, **where),
        "fans": lambda: fans.fans(a.fans, sides=("North", "South"), **where),
        "scenarios": lambda: scenarios.across_scenarios(a.estimates, a.best, measure="in_force_end", title="In force"),
        "timeline": lambda: swimlane.swimlane(trace(), sides=("North", "South")),
        "validation": lambda: validation.validation(
            record(), simulated(), distance=0.064, record_name="UCDP agreements"
        ),
    }
    return figures[name]()


FIGURES = (
    "in force", "verified", "since signature", "both sign", "causes", "contrasts", "occupancy", "fans",
    "scenarios", "timeline", "validation",
)  # fmt: skip


@pytest.fixture(scope="module")
def of_twelve() -> dict[str, str]:
    """Every figure of twelve cadences, as SVG."""
    a = analysis(WORLDS["twelve"])
    return {figure: style.svg(draw(figure, a), figure) for figure in FIGURES}


@pytest.mark.parametrize("figure", FIGURES)
def test_a_figure_made_twice_is_the_same_bytes(figure: str) -> None:
    a = analysis(WORLDS["few"])
    first, again = draw(figure, a), draw(figure, a)
    assert style.svg(first, figure) == style.svg(again, figure)
    assert style.png(first, dpi=60) == style.png(again, dpi=60)


@pytest.mark.parametrize("world", ["few", "one", "nobody signs"])
@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_can_be_drawn_of_a_small_experiment(figure: str, world: str) -> None:
    assert style.svg(draw(figure, analysis(WORLDS[world])), figure).startswith("<svg ")


@pytest.mark.parametrize("figure", FIGURES)
def test_an_svg_is_well_formed_and_names_no_font_and_no_outside(figure: str, of_twelve: dict[str, str]) -> None:
    text = of_twelve[figure]
    ElementTree.fromstring(text)
    outside = set(re.findall(r"https?://[^\"' <]+", text))
    assert outside <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert "DejaVu" not in text


def test_references_inside_an_svg_have_their_targets(of_twelve: dict[str, str]) -> None:
    for figure, text in of_twelve.items():
        wanted = set(re.findall(r'url\(#([^)]+)\)|xlink:href="#([^"]+)"', text))
        assert {a or b for a, b in wanted} <= set(re.findall(r' id="([^"]+)"', text)), figure


def test_ids_of_two_figures_never_meet(of_twelve: dict[str, str]) -> None:
    ids = [name for text in of_twelve.values() for name in re.findall(r' id="([^"]+)"', text)]
    assert len(ids) == len(set(ids))


def test_drawing_leaves_no_setting_and_no_open_figure_behind() -> None:
    before = dict(matplotlib.rcParams)
    for figure in FIGURES:
        style.png(draw(figure, analysis(WORLDS["few"])), dpi=40)
    assert dict(matplotlib.rcParams) == before
    assert plt.get_fignums() == []


def test_words_in_an_svg_are_text(of_twelve: dict[str, str]) -> None:
    assert ">quarterly<" in of_twelve["contrasts"]
    assert ">★ quarterly-from-accord<" in of_twelve["contrasts"]


def test_a_cadence_that_nobody_signs_under_says_so_in_its_panel() -> None:
    a = analysis(World(TWELVE, signed={"full-transparency": 0.0}))
    empty = a.since_signature.filter(pl.col("cadence") == "monthly").with_columns(
        pl.lit("full-transparency").alias("cadence"),
        *(pl.lit(None, pl.Float64).alias(c) for c in ("estimate", "se", "low", "high")),
        pl.lit(0, pl.Int64).alias("at_risk"),
    )
    frame = pl.concat([a.since_signature, empty])
    figure = curves.since_signature(frame, scenario="as assumed", baseline="silence")
    assert ">nobody signed<" in style.svg(figure, "x")


def test_coordinates_are_short(of_twelve: dict[str, str]) -> None:
    assert not [name for name, text in of_twelve.items() if re.search(r' d="[^"]*\d\.\d{3}', text)]


def test_labels_that_collide_are_moved_apart_inside_the_axis() -> None:
    moved = style.spread([0.99, 1.0, 1.0], 0.1, 0.0, 1.0)
    assert moved == sorted(moved)
    assert max(moved) <= 1.0
    assert min(b - a for a, b in pairwise(moved)) > 0.09
