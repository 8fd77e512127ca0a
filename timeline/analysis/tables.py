"""The tables of an analysis: their columns, and how they are put together from pieces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from timeline.analysis import hazards
from timeline.analysis.fans import QUANTILES
from timeline.analysis.intervals import without_nan

Schema = dict[str, type[pl.DataType]]

_ARM: Schema = {"scenario": pl.String, "cadence": pl.String}
_ERROR: Schema = {"se": pl.Float64, "low": pl.Float64, "high": pl.Float64}
_CURVE: Schema = {**_ARM, "day": pl.Float64, "estimate": pl.Float64, **_ERROR}

_ACROSS: Schema = {
    "scenario": pl.String,
    "other": pl.String,
    "cadence": pl.String,
    "measure": pl.String,
    "difference": pl.Float64,
    **_ERROR,
    "n": pl.Int64,
    "critical": pl.Float64,
    "distinguishable": pl.Boolean,
    "note": pl.String,
}

SCHEMAS: dict[str, Schema] = {
    "across": _ACROSS,
    "advantages": _ACROSS,
    "levers": {
        "lever": pl.String,
        "value": pl.String,
        "other": pl.String,
        "measure": pl.String,
        "difference": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "critical": pl.Float64,
        "distinguishable": pl.Boolean,
    },
    "estimates": {
        **_ARM,
        "measure": pl.String,
        "estimate": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "note": pl.String,
    },
    "in_force": _CURVE,
    "in_force_verified": _CURVE,
    "since_signature": {**_CURVE, "at_risk": pl.Int64},
    "both_sign": {
        **_ARM,
        "arm": pl.String,
        "day": pl.Float64,
        "estimate": pl.Float64,
        **_ERROR,
        "at_risk": pl.Int64,
    },
    "both_sign_counts": {
        **_ARM,
        "both": pl.Int64,
        "only_cadence": pl.Int64,
        "only_baseline": pl.Int64,
        "neither_or_too_late": pl.Int64,
        "late_cadence": pl.Int64,
        "late_baseline": pl.Int64,
    },
    "occupancy": {**_ARM, "day": pl.Float64, "state": pl.String, "share": pl.Float64},
    "causes": {
        **_ARM,
        "since": pl.String,
        "day": pl.Float64,
        "cause": pl.String,
        "share": pl.Float64,
        **_ERROR,
    },
    "contrasts": {
        **_ARM,
        "measure": pl.String,
        "difference": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "critical": pl.Float64,
        "distinguishable": pl.Boolean,
        "note": pl.String,
    },
    "pairs": {
        **_ARM,
        "other": pl.String,
        "measure": pl.String,
        "difference": pl.Float64,
        **_ERROR,
        "n": pl.Int64,
        "critical": pl.Float64,
        "distinguishable": pl.Boolean,
        "note": pl.String,
    },
    "best": {
        "scenario": pl.String,
        "measure": pl.String,
        "cadence": pl.String,
        "tied_with_best": pl.Boolean,
        "best": pl.String,
        "note": pl.String,
    },
    "fans": {
        **_ARM,
        "field": pl.String,
        "day": pl.Float64,
        **dict.fromkeys(QUANTILES, pl.Float64),
        "n": pl.Int64,
        "note": pl.String,
    },
    "hazards": {**_ARM, **hazards.SCHEMA},
}


class Tables:
    """Tables in the making: pieces, each labelled with its arm, put together at the end."""

    def __init__(self) -> None:
        self._pieces: dict[str, list[tuple[pl.DataFrame, dict[str, str]]]] = {name: [] for name in SCHEMAS}
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in SCHEMAS}

    def add(self, table: str, piece: pl.DataFrame, **label: str) -> None:
        """Add a frame, in order."""
        self._pieces[table].append((piece, label))

    def add_row(self, table: str, row: Mapping[str, Any], **label: str) -> None:
        """Add one row, to a table to which no frame is added."""
        self._rows[table].append({**label, **row})

    def frame(self, table: str) -> pl.DataFrame:
        """Return a table."""
        schema, parts = SCHEMAS[table], self._pieces[table]
        if not parts:
            return without_nan(pl.DataFrame(self._rows[table], schema=schema))
        heights = [piece.height for piece, _ in parts]
        labels = pl.DataFrame([label for _, label in parts])[np.repeat(np.arange(len(parts)), heights)]
        together = pl.concat(piece for piece, _ in parts).with_columns(labels)
        return together.select(pl.col(name).cast(kind) for name, kind in schema.items())
