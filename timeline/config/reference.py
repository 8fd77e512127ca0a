"""The reference of the config language: a page made from the schema, so that it cannot say what the schema does not."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo

from timeline.config.document import as_toml
from timeline.config.keys import EXPECTED, MEANING
from timeline.config.schema import TABLES, TOP, File
from timeline.model.units import LOGARITHMS, PLAIN_UNITS, TIMES

_HEAD = """\
# The config language

A config is a file of [TOML](https://toml.io) in `configs/`. It names a model and says what is asked of it. This page
lists every key that any config may have; `timeline describe MODEL` lists what the model adds, its parameters and
levers. It is printed by `timeline describe --config`. Recipes stand in [cookbook.md](cookbook.md).

`timeline validate CONFIG` checks a config: every problem at once, each with its line. `--set KEY=VALUE` changes one
key for one command; a key that stands in no list here is taken for a parameter. An editor that knows schemas of TOML
completes and explains all this while you type: [editors-and-shells.md](editors-and-shells.md).

A whole config:

"""

#: How a table is written, for the model `backchannel`. The first is a whole config.
EXAMPLES = {
    "": """\
title        = "How often should a backchannel go public?"
question     = "Is a monthly report better than silence?"
model        = "backchannel"
starts       = 1993-01-20
horizon      = "15 years"
replications = 2_000
seed         = 1993
baseline     = "silence"
without      = ["rumours"]

[cadences.silence]
[cadences.monthly]
rules = [{ every = "1 month" }]
""",
    "sides": """\
[sides]
a = "Israel"
b = "PLO"
""",
    "parameters": """\
[parameters]
a.regime = "democracy"
b.regime = "movement"
leaks.per_insider = "5e-3 per insider per year"
""",
    "cadences": """\
[cadences.quarterly-from-accord]
about  = "Say nothing until there is something to keep"
starts = "accord"
rules  = [{ every = "3 months", content = "verified", share = 0.8 }]
""",
    "scenarios": """\
[scenarios.leaky]
about = "Insiders talk more"
parameters.leaks.per_insider = "2e-2 per insider per year"

[scenarios.calm]
without = ["spoilers"]
""",
    "inject": """\
[[inject]]
clock = "succession[a]"
day   = "3 months after signature"
luck  = [0.001]

[[scenarios.late.inject]]
clock = "leak"
day   = "400 days"
""",
    "start": """\
[start]
day             = "18 months"
phase           = "accord"
accord_day      = "12 months"
leaks           = 1
a.pressure      = 0.4
steps.agreed    = [true, true, true, true, true]
steps.disclosed = [1.0, 1.0, 1.0, 1.0]
""",
    "laws": """\
[laws.succession]
law   = "weibull"
shape = 0.61
scale = "1770 days"

[laws.succession.fitted]
file   = "leaders.csv"
spells = 830
events = 764
""",
    "grid": """\
[grid]
leaks.per_insider = ["1e-4 per insider per year", "1e-2 per insider per year"]
a.pressure        = [0.2, 0.5]
""",
    "factorial": """\
[factorial]
base   = { rules = [{ every = "3 months" }] }
starts = ["talks", "accord", "signature"]
keep   = [0, 0.2]
""",
    "analysis": """\
[analysis]
follow_up = "10 years"
rmst      = ["1 year", "5 years"]
""",
    "aims": """\
[aims]
measures = ["in force", "hostility", "time to accord"]
weights  = { "in force" = 1, hostility = 0.5 }
""",
    "selection": """\
[selection]
measure      = "rmst 5 years"
indifference = "10 days"
probability  = 0.95
""",
    "precision": """\
[precision]
measure    = "rmst 5 years"
half_width = "10 days"
at_most    = 200_000
""",
    "uncertainty": """\
[uncertainty]
worlds     = 1_000
record     = "agreements"
directions = "essays"

[uncertainty.laws]
leaks.per_insider = { p05 = "1e-4 per insider per year", p95 = "1e-2 per insider per year", law = "lognormal" }
steps.private     = { low = 2, high = 5 }

[[uncertainty.correlations]]
of   = ["a.pressure", "b.pressure"]
rank = 0.5

[[uncertainty.keep]]
measure = "survival since signature"
at      = "3 years"
within  = ["56%", "83%"]

[[uncertainty.studies]]
of        = "leaks.per_insider"   # drawn by equal ratios: the deviation is that of a logarithm
deviation = 1.0
sizes     = [10, 100]
""",
    "covariates": """\
[scenarios.usual]

[scenarios.watched]
parameters.verification.quality = 0.95

[covariates]
watched = ["peacekeeping_clause=1"]
""",
    "sweep": """\
[sweep]
measure      = "rmst 5 years"
replications = 500
points       = 64

[sweep.keys]
"leaks.per_insider" = { from = "1e-4 per insider per year", to = "1e-2 per insider per year", scale = "log" }
"cadences.monthly.keep" = { from = 0, to = 0.4 }
""",
    "case": """\
starts = 1993-01-20   # a case must have it

[case.cadence]
chosen = "silence"
about  = "Nothing was told before the text was initialled"
source = "Corbin, Gaza First, 1994"

[case.sides]
about  = "A parliamentary democracy and a movement in exile"
source = "Corbin, Gaza First, 1994"

[case.secrecy]
about  = "The delegations in Washington knew nothing"
source = "Corbin, Gaza First, 1994"

[case.insiders]
about  = "A handful of negotiators on each side, and their hosts"
source = "Corbin, Gaza First, 1994"

[case.outcome]
fate   = "in force"
about  = "Signed, and in force five years later"
source = "UN Doc. A/48/486-S/26560, 1993"

[case.until]
date  = 1993-08-01
state = { leaks = 0 }

[[case.events]]
date    = 1993-08-20
what    = "accord"
reaches = "accord"
about   = "The declaration is initialled in Oslo"
source  = "Corbin, Gaza First, 1994"

[[case.events]]
date   = 1995-11-04
what   = "leader"
side   = "a"
clock  = "succession[a]"
luck   = [0.001]
about  = "Rabin is assassinated"
source = "Ephron, Killing a King, 2015"
""",
    "played": """\
[[scenarios.calm.inject]]
clock = "leak"
day   = "200 days"

[cadences.as-played]
statements = [{ day = "201 days", content = "agreed", share = 0.4, voice = "unilateral" }]

[played]
cadence     = "as-played"
scenario    = "calm"
replication = 17
day         = 412
injected    = 1
sources     = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0"

[[played.taken_back]]
day  = 300
who  = "participants"
what = "content verified, share 1, voice joint"
""",
}

_TITLES = {"": "The top of the file", "inject": "`[[inject]]`", "cadences": "`[cadences.NAME]`"}
_TITLES |= {
    "uncertainty": "`[uncertainty]`, `[[uncertainty.correlations]]`, `[[uncertainty.keep]]` and "
    "`[[uncertainty.studies]]`"
}
#: Lists of tables that are told below the table that holds them.
_INSIDE: dict[str, tuple[str, ...]] = {
    "uncertainty": ("uncertainty.correlations", "uncertainty.keep", "uncertainty.studies")
}
_IN_CASE = tuple(f"case.{part}" for part in ("cadence", "sides", "secrecy", "insiders", "outcome", "until", "events"))
_INSIDE |= {"case": _IN_CASE, "played": ("played.taken_back",)}
_TITLES |= {"case": "`[case]`: " + ", ".join(f"`[{table}]`" for table in _IN_CASE[:-1]) + " and `[[case.events]]`"}
_TITLES |= {"played": "`[played]` and `[[played.taken_back]]`"}
_TITLES |= {"scenarios": "`[scenarios.NAME]` and `[[scenarios.NAME.inject]]`"}


def reference() -> str:
    """Return the reference of the config language, in Markdown."""
    parts = [_HEAD, _block(EXAMPLES[""]), "\n", _values()]
    for table in ("", *(key for key in EXAMPLES if key)):
        parts.append(_section(table))
    return re.sub(r"\n{3,}", "\n\n", "".join(parts))


def _section(table: str) -> str:
    title = _TITLES.get(table, f"`[{table}]`")
    words = "" if not table else f"{MEANING[table]}\n\n"
    example = _block(EXAMPLES[table]) + "\n" if table else ""
    lines = _table_of(table)
    for inside in _INSIDE.get(table, ()):
        brackets = f"[[{inside}]]" if f"{inside}[]" in MEANING else f"[{inside}]"
        lines += ["", f"In `{brackets}`:", "", *_table_of(inside)]
    return f"\n## {title}\n\n{words}{example}" + "".join(f"{line}\n" for line in lines)


def _table_of(table: str) -> list[str]:
    rows = list(_rows(table))
    return ["| key | what is expected | if left out | what it is for |", "|---|---|---|---|", *rows] if rows else []


def _rows(table: str) -> Iterator[str]:
    fields: Mapping[str, FieldInfo] = TABLES[table].model_fields if table in TABLES else {}
    if not table:
        fields = {key: field for key, field in File.model_fields.items() if key not in EXAMPLES}
    before = {"": "", "inject": "inject[].", "scenarios": "scenarios.*."}.get(table, f"{table}.")
    before = f"{table}[]." if f"{table}[]" in MEANING and "." in table else before
    for key, field in fields.items():
        path = before + key
        if key == "inject":
            yield f"| `inject` | {_cell(EXPECTED[path])} | {_left_out(field)} | {MEANING[path]} |"
            continue
        yield f"| `{key}` | {_cell(EXPECTED[path])} | {_left_out(field)} | {_cell(MEANING[path])} |"


def _left_out(field: FieldInfo) -> str:
    """Return what holds if a key is left out."""
    if field.is_required():
        return "**must be given**"
    default: Any = field.get_default(call_default_factory=True)
    return "" if default is None or default in ("", [], {}) else f"`{as_toml(default)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("*", "\\*")


def _block(text: str) -> str:
    return f"```toml\n{text}```\n"


def _values() -> str:
    """Say how values are written; the units are those that the program knows."""
    times = ", ".join(f"`{name}s`" for name in TIMES)
    plain = ", ".join(f"`{name}`" for name in PLAIN_UNITS if name not in (*LOGARITHMS, "share"))
    ratios = ", ".join(f"`{name}`" for name in LOGARITHMS)
    return f"""
## How values are written

| kind | how | examples |
|---|---|---|
| duration | a text with a number and one of {times}, in the singular or plural | `"15 years"`, `"1.5 months"` |
| rate | a text with a number and what it is per | `"2 per year"`, `"5e-3 per insider per year"`, `"5e-3/day"` |
| share | a number from 0 to 1, or a text with a percentage | `0.4`, `"40%"` |
| {plain} | a number | `0.35` |
| {ratios} | a number above 0, what something is multiplied by | `1.8` |
| one of several | a text, with spaces or underscores | `"verified step"`, `"verified_step"` |
| yes or no | without quotes | `true`, `false` |
| date | without quotes | `1995-11-04` |
| measure | a text; a wrong one is answered with the nearest | `"rmst 5 years"`, `"in force"`, `"time to accord"` |

A year is 365.25 days and a month a twelfth of it. A number without a unit is taken in the unit that `timeline
describe MODEL` shows; a duration of this page must have its unit. Paths of parameters are written with dots and
without quotes.
"""


def keys_of_the_page() -> set[str]:
    """Return every table and key of the schema that the page has to name; a test holds the page to it."""
    inside = {f"{table}.{key}" for table, model in TABLES.items() for key in model.model_fields}
    return {*TOP, *inside}
