"""The tables of publishers that are known by their columns, each with whom to cite and what is decided.

Column names are compared without regard to capitals. Where a publisher has changed a name from version to version, all
are listed, divided by bars; what is marked as optional by a question mark may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from timeline.data.dates import DateColumns
from timeline.data.reading import SpellColumns


@dataclass(frozen=True)
class PublishedLayout:
    """A publisher's table.

    Attributes
    ----------
    signs
        The columns by which it is known; all must be there.
    columns
        How it is read, with names as in the file, in small letters.
    checked
        Whether the names are those of the publisher's own file or codebook. If not, they are what is known of it
        from print, and a table whose columns are called otherwise is read with a mapping file.
    """

    signs: tuple[str, ...]
    columns: SpellColumns
    checked: bool = True


def _date(*columns: str, open: tuple[str, ...] = ()) -> DateColumns:
    return DateColumns(columns, open)


LAYOUTS = (
    PublishedLayout(
        ("paid", "pa_date", "duration", "ended"),
        SpellColumns(
            name="ucdp_agreements",
            title="UCDP Peace Agreement Dataset",
            start=_date("pa_date"),
            end=_date("duration"),
            ended="ended",
            cluster="pp_id|process_id|conflict_id?",
            group="pa_type?",
            identity="paid",
            whole_years=True,
            citation="Pettersson, Högbladh & Öberg 2019, J. Peace Research 56(4):589-603; UCDP Peace Agreement Dataset",
            choices=(
                "a spell begins when the agreement is signed (pa_date)",
                "it ends on the day on which UCDP says that the agreement ended (duration), where ended is 1",
                "an agreement that has not ended is censored at the end of the record",
                "agreements of one process, or else of one conflict, stand and fall together",
            ),
        ),
    ),
    PublishedLayout(
        ("agtid", "pp", "dat"),
        SpellColumns(
            name="pax",
            title="PA-X Peace Agreements Database",
            start=_date("dat"),
            cluster="pp",
            identity="agtid",
            consecutive=True,
            whole_years=True,
            citation="Bell & Badanjak 2019, J. Peace Research 56(3):452-466; PA-X Peace Agreements Database, "
            "University of Edinburgh",
            choices=(
                "PA-X does not say how long an agreement lasted: a spell is the wait from one agreement of a process "
                "(PP) to its next",
                "the wait after the last agreement of a process is censored at the end of the record",
            ),
        ),
        checked=False,
    ),
    PublishedLayout(
        ("obsid", "startdate", "enddate", "exit"),
        SpellColumns(
            name="archigos",
            title="Archigos: leaders in office",
            start=_date("startdate"),
            end=_date("enddate"),
            ended="exit",
            open_when=("Still in Office", "-888", "Unknown"),
            cause="exit",
            cluster="ccode?",
            identity="obsid",
            citation="Goemans, Gleditsch & Chiozza 2009, J. Peace Research 46(2):269-283; Archigos 4.1",
            choices=(
                "a spell is one leader's time in office",
                "every exit ends it, whatever its kind (exit), which is its cause",
                "a leader still in office, or whose exit is unknown, is censored on the last day that is given",
                "leaders of one country (ccode) stand together",
            ),
        ),
    ),
    PublishedLayout(
        ("atopid", "begyr", "endyr"),
        SpellColumns(
            name="atop",
            title="ATOP: Alliance Treaty Obligations and Provisions",
            start=_date("begyr", "begmo", "begday"),
            end=_date("endyr", "endmo", "endday", open=("0", "9999")),
            cause="term?",
            whole_years=True,
            citation="Leeds, Ritter, Mitchell & Long 2002, Int. Interactions 28(3):237-260; ATOP",
            choices=(
                "a spell is one alliance, from its signature to its end for whatever reason (term is its cause)",
                "an alliance without a year of its end is still in effect, and censored at the end of the record",
                "a month or day that is not known is any of the year or of the month",
            ),
        ),
        checked=False,
    ),
    PublishedLayout(
        ("cfdate", "faildate"),
        SpellColumns(
            name="fortna",
            title="Fortna's cease-fires in civil wars",
            start=_date("cfdate"),
            end=_date("faildate"),
            ended="faildate",
            open_when=("1999-12-31",),
            cluster="war|cname|warid?",
            citation="Fortna 2008, Does Peacekeeping Work? Princeton University Press",
            choices=(
                "a spell begins with the cease-fire (cfdate) and ends when war resumes (faildate)",
                "the record ends on 1999-12-31: a cease-fire with that date still held, and is censored there",
            ),
        ),
        checked=False,
    ),
    PublishedLayout(
        ("cf_id", "cf_effect_yr|cf_effect_year"),
        SpellColumns(
            name="ceasefires",
            title="ETH/PRIO Civil Conflict Ceasefire Dataset",
            start=_date("cf_effect_yr|cf_effect_year", "cf_effect_month|cf_effect_mo?", "cf_effect_day?"),
            end=_date(
                "cf_end_yr|cf_end_year|end_yr|end_year",
                "cf_end_month|end_month|cf_end_mo?",
                "cf_end_day|end_day?",
                open=("0",),
            ),
            cause="ended|end_type|cf_end_type?",
            cluster="ucdp_acd_id|ucdp_conflict|conflict_id|ucdp_dyad?",
            identity="cf_id",
            whole_years=True,
            citation="Clayton, Nygård, Strand, Rustad et al. 2023, J. Conflict Resolution 67(7-8); ETH/PRIO Civil "
            "Conflict CeaseFire Dataset",
            choices=(
                "a spell begins on the day on which the cease-fire takes effect and ends on its end date",
                "a cease-fire without an end date is censored at the end of the record, though its end may only be "
                "unknown: this makes cease-fires look more lasting than they are",
            ),
        ),
    ),
    PublishedLayout(
        ("neg_id|negid|negotiation_id", "neg_start|start_date|negstart", "neg_end|end_date|negend"),
        SpellColumns(
            name="pncc",
            title="Peace Negotiations in Civil Conflicts",
            start=_date("neg_start|start_date|negstart"),
            end=_date("neg_end|end_date|negend"),
            cause="outcome|neg_outcome?",
            cluster="dyad_id|dyadid|conflict_id?",
            identity="neg_id|negid|negotiation_id",
            whole_years=True,
            citation="Arı 2023, J. Conflict Resolution 67(1):150-177; PNCC, 1975-2013",
            choices=(
                "a spell is one round of formal negotiations of a dyad",
                "negotiations without an end date go on, and are censored at the end of the record",
            ),
        ),
        checked=False,
    ),
)


def recognise(names: Sequence[str]) -> PublishedLayout | None:
    """Return the publisher's layout that a table has, with its columns as they are called there; None if it has none.

    Parameters
    ----------
    names
        The columns of the table.

    Examples
    --------
    >>> known = recognise(["PAID", "pa_date", "ended", "duration", "conflict_id"])
    >>> known.columns.name, known.columns.identity, known.columns.group
    ('ucdp_agreements', 'PAID', None)
    """
    known = {name.lower(): name for name in names}
    for layout in LAYOUTS:
        if all(_found(sign, known) for sign in layout.signs):
            columns = _named(layout.columns, known)
            if columns is not None:
                return replace(layout, columns=columns)
    return None


def _found(name: str, known: Mapping[str, str]) -> str | None:
    return next((known[each] for each in name.removesuffix("?").split("|") if each in known), None)


def _named(columns: SpellColumns, known: Mapping[str, str]) -> SpellColumns | None:
    """Return columns as a table calls them; None if one that must be there is not."""
    changes: dict[str, object] = {}
    for role in ("duration", "entry", "ended", "cause", "cluster", "group", "identity"):
        given = getattr(columns, role)
        if given is not None:
            changes[role] = _found(given, known)
            if changes[role] is None and not given.endswith("?"):
                return None
    for role in ("start", "end"):
        where = getattr(columns, role)
        if where is not None:
            found = [_found(name, known) for name in where.columns]
            if found[0] is None:
                return None
            there = [name for name in found if name is not None]
            changes[role] = DateColumns(tuple(there), where.open)
    return replace(columns, **changes)  # type: ignore[arg-type]
