"""Laws fitted to a file of spells, with where they come from."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from timeline.errors import ConfigError, PathError
from timeline.front.data import mapped, spells_as_json
from timeline.words import counted

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from timeline.analysis.fitting.durations import Durations
    from timeline.analysis.fitting.fitted import FittedSpells as FittedSpells
    from timeline.analysis.fitting.snippet import Provenance
    from timeline.data.opening import GivenFile
    from timeline.data.reading import SpellColumns
    from timeline.data.spells import SpellRecord

#: Groups that are told apart at most.
MOST_GROUPS = 50


@dataclass(frozen=True, eq=False)
class FittedFile:
    """The laws that fit the spells of a file.

    Attributes
    ----------
    file
        The file.
    record
        Its spells, what is left out of them, and what was decided.
    groups
        What was found, one for each group.
    dated
        Of which day the data are.
    """

    file: GivenFile
    record: SpellRecord
    groups: tuple[FittedSpells, ...]
    dated: date

    def provenance(self, group: FittedSpells) -> Provenance:
        """Return where a law comes from."""
        from timeline.analysis.fitting.snippet import Provenance

        return Provenance(
            file=self.file.path.name,
            sha256=self.file.sha256,
            dated=self.dated,
            spells=len(group.spells.low),
            events=group.spells.events,
            group=group.group,
            citation=self.record.columns.citation,
            choices=self.choices,
        )

    @property
    def choices(self) -> tuple[str, ...]:
        """What was decided, a sentence each."""
        asked = [f"rows with {condition}" for condition in self.record.columns.where]
        whole = any(group.spells.whole_days for group in self.groups)
        days = ["a whole number of days stands for half a day on either side"] if whole else []
        left = [f"left out: {counted(each.count, 'row')}, {each.why}" for each in self.record.left_out]
        return (*self.record.choices, *asked, *days, *left)

    def snippets(self, clock: str = "CLOCK") -> dict[str, str]:
        """Return the lines of a config that give a clock the best law, by group."""
        from timeline.analysis.fitting.snippet import as_config

        return {
            group.group: as_config(group.best, self.provenance(group), clock)
            for group in self.groups
            if group.best is not None
        }

    def figure(self) -> Figure:
        """Draw each group's curve without a law and its best law."""
        from timeline.plots.fitting import draw

        return draw(self.groups)

    def draw(self, path: str | os.PathLike[str]) -> Path:
        """Write the figure.

        Raises
        ------
        ConfigError
            If the ending is none of a figure's.
        """
        file = Path(path)
        if file.suffix.lower() not in (".png", ".svg", ".pdf"):
            raise ConfigError(f"--figure: given {file.name}, expected a name that ends in .png, .svg or .pdf")
        from timeline.plots import style

        figure = self.figure()
        try:
            if file.suffix.lower() == ".svg":
                file.write_text(style.svg(figure, file.stem), encoding="utf-8")
            elif file.suffix.lower() == ".png":
                file.write_bytes(style.png(figure))
            else:
                figure.savefig(file)
        except OSError as problem:
            raise PathError(f"{file}: cannot be written: {problem.strerror}") from None
        return file

    def to_json(self, clock: str = "CLOCK") -> dict[str, Any]:
        """Return it as plain data."""
        snippets = self.snippets(clock)
        return {
            "file": self.file.path.name,
            "sha256": self.file.sha256,
            "dated": self.dated.isoformat(),
            "record": spells_as_json(self.record),
            "choices": list(self.choices),
            "groups": [_group(group, snippets.get(group.group)) for group in self.groups],
        }


def fit(
    file: str | os.PathLike[str],
    duration: str | None = None,
    event: str | None = None,
    *,
    start: str | None = None,
    entry: str | None = None,
    by: str | None = None,
    cause: str | None = None,
    cluster: str | None = None,
    unit: str = "days",
    where: Sequence[str] = (),
    laws: Sequence[str] | None = None,
    knots: Sequence[float] | None = None,
    mapping: str | os.PathLike[str] | None = None,
    leave_out_odd: bool = False,
    resamples: int = 200,
    seed: int = 1993,
    dated: date | None = None,
    encoding: str = "utf-8",
    sheet: str | None = None,
) -> FittedFile:
    """Fit laws to the spells of a file.

    Parameters
    ----------
    file
        CSV, Parquet, Stata, SPSS or Excel; its ending says which.
    duration, event
        Columns: how long a spell lasted, and 1 if its end was seen or 0 if not. Without them the columns are those of
        the mapping file, or of the publisher's layout.
    start
        A column: the date on which a spell began, or how many days it had run when it came under observation.
    entry
        The latter, whatever the cells look like.
    by, cause, cluster
        Columns: what divides the spells, how they ended, and what they stand and fall with.
    unit
        What the duration counts, ``"days"`` or ``"years"``.
    where
        Rows to keep, such as ``"entered>=1946"``.
    laws
        Families of laws, of ``exponential``, ``weibull``, ``lognormal``, ``mixture`` and ``life table``; all if left
        out.
    knots
        Days from which a life table's hazards hold.
    mapping
        A mapping file.
    leave_out_odd
        Whether rows with a cell that cannot be are left out and listed, instead of refused.
    resamples, seed
        How many times clusters are drawn again for the bands, and the seed of that.
    dated
        Of which day the data are; the day on which the file was last written if left out.
    encoding, sheet
        How a CSV file writes its letters; which sheet of a workbook.

    Raises
    ------
    ConfigError
        If the file is no such table, a cell cannot be, or no spell has ended.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "truces.csv"
    >>> _ = path.write_text("days,ended\\n10.5,1\\n20.5,1\\n30.5,0\\n")
    >>> found = fit(path, "days", "ended", laws=["exponential"], resamples=0)
    >>> round(1 / found.groups[0].best.parameters["rate"], 2)
    30.75
    """
    from timeline.analysis.fitting.fitted import LAWS
    from timeline.data.conditions import read_condition
    from timeline.data.opening import GivenFile, open_table

    for law in laws or ():
        if law not in LAWS:
            raise ConfigError(f"--law: given {law!r}, expected one of {', '.join(LAWS)}")
    given = GivenFile(Path(file), encoding, sheet)
    columns = _columns(given, mapped(mapping), duration, event, start, entry, unit)
    also = {"group": by, "cause": cause, "cluster": cluster, "where": tuple(map(read_condition, where))}
    columns = replace(columns, **{name: value for name, value in also.items() if value})  # type: ignore[arg-type]
    record = open_table(given, columns, facts=False).record
    assert record is not None
    if record.problems and not leave_out_odd:
        raise ConfigError([*record.problems, f"{given.path}: --leave-out-odd leaves such rows out and lists them"])
    _require_ends(given, record)
    groups = _groups(record, by is not None or columns.group is not None, given)
    chosen = tuple(laws or LAWS)
    found = tuple(
        _fitted(record, name, spells, chosen, knots, columns.cause is not None, resamples, seed)
        for name, spells in groups.items()
    )
    return FittedFile(given, record, found, dated or given.dated)


def _columns(
    file: GivenFile,
    mapping: SpellColumns | None,
    duration: str | None,
    event: str | None,
    start: str | None,
    entry: str | None,
    unit: str,
) -> SpellColumns:
    from timeline.data.dates import DateColumns
    from timeline.data.facts import ColumnFacts
    from timeline.data.layouts import recognise
    from timeline.data.reading import SpellColumns
    from timeline.keeping.given_tables import names_of

    if (duration is None) != (event is None):
        raise ConfigError("given one of --duration and --event, expected both, or a mapping file (--map)")
    if unit not in ("days", "years"):
        raise ConfigError(f"--unit: given {unit!r}, expected days or years")
    if mapping is not None and duration is not None:
        raise ConfigError("given both --map and --duration, expected one of them: the mapping file names the columns")
    if duration is None and start is not None:
        raise ConfigError("given --start without --duration and --event, expected it in the mapping file (--map)")
    if duration is None:
        if mapping is not None:
            return mapping if entry is None else replace(mapping, entry=entry)
        layout = recognise(names_of(next(file.pieces(rows=1)).rows))
        if layout is None:
            raise ConfigError(
                f"{file.path}: is no layout that is known, expected --duration and --event, or a mapping file (--map); "
                "`timeline data` guesses one"
            )
        return layout.columns
    dates = None
    if start is not None:
        facts = ColumnFacts(start)
        piece = next(file.pieces())
        if start in piece.rows.columns:
            facts.add(piece.rows[start])
        if facts.kind in ("date", "year", "text", "empty"):
            dates = DateColumns((start,))
        else:
            entry = entry or start
    return SpellColumns(
        name=file.path.stem, start=dates, duration=duration, unit=unit, entry=entry, ended=event,
    )  # fmt: skip


def read_knots(text: str | None) -> list[float] | None:
    """Read days as an option gives them, divided by commas.

    Raises
    ------
    ConfigError
        If they are none, do not begin at 0, or do not rise.
    """
    if text is None:
        return None
    try:
        knots = [float(part) for part in text.split(",")]
    except ValueError:
        knots = []
    if not knots or knots[0] != 0 or any(not a < b < float("inf") for a, b in pairwise(knots)):
        raise ConfigError(f'--knots: given {text!r}, expected days that begin at 0 and rise, such as "0,365.25,730.5"')
    return knots


def _require_ends(file: GivenFile, record: SpellRecord) -> None:
    left = "; ".join(f"{each.count:,} left out: {each.why}" for each in record.left_out)
    if record.spells.is_empty():
        raise ConfigError(
            f"{file.path}: no spell is left of {record.rows:,} rows, expected at least one ({left or 'none asked for'})"
        )
    if not record.events:
        raise ConfigError(
            f"{file.path}: none of its {record.spells.height:,} spells has ended, expected at least one: how long they "
            f"last cannot be told{f' ({left})' if left else ''}"
        )


def _groups(record: SpellRecord, divided: bool, file: GivenFile) -> Mapping[str, Any]:
    """Return the rows of each group, by name."""
    if not divided:
        return {"": record.spells}
    names = record.spells["group"].unique().sort().to_list()
    if len(names) > MOST_GROUPS:
        raise ConfigError(
            f"{file.path}: {record.columns.group}: given {len(names):,} different groups, expected at most "
            f"{MOST_GROUPS}; divide the spells by another column"
        )
    return {name: record.spells.filter(record.spells["group"] == name) for name in names}


def _fitted(
    record: SpellRecord,
    group: str,
    spells: Any,
    laws: Sequence[str],
    knots: Sequence[float] | None,
    by_cause: bool,
    resamples: int,
    seed: int,
) -> FittedSpells:
    from timeline.analysis.fitting.durations import durations
    from timeline.analysis.fitting.fitted import fit_spells

    clusters = spells["cluster"].to_list() if record.columns.cluster is not None else None
    seen: Durations = durations(
        spells["low"].to_numpy(), spells["high"].to_numpy(), spells["entry"].to_numpy(), clusters,
        whole_days=None if record.columns.unit == "days" else False,
    )  # fmt: skip
    causes = spells["cause"].fill_null("not said").to_list() if by_cause else None
    return fit_spells(seen, group, laws, knots, causes, resamples=resamples, seed=seed)


def _group(group: FittedSpells, snippet: str | None) -> dict[str, Any]:
    return {
        "group": group.group,
        "spells": len(group.spells.low),
        "ended": group.spells.events,
        "clusters": group.spells.clusters,
        "laws": [
            {
                "law": law.law,
                "parameters": dict(law.parameters),
                "bands": {name: list(band) for name, band in law.bands.items()},
                "knots": list(law.knots),
                "log_likelihood": law.log_likelihood,
                "aic": law.aic,
                "farthest_from_curve": law.distance,
                "farthest_on_day": law.distance_day,
            }
            for law in group.laws
        ],
        "refused": dict(group.refused),
        "survival": group.table.to_dicts(),
        "causes": None if group.causes is None else group.causes.to_dicts(),
        "snippet": snippet,
    }
