"""Fits how democratic leaders leave between elections: what of the record's exits a vote does not explain.

The record knows how long leaders stay, not which of them a vote removed. Given the share that an election
removes, the length of a term and of a campaign, the hazards between elections are those with which leaders
who entered at any moment of a term, as many as the process itself brings in then, stay as the record says.

    python -m models.record.fit_between_elections
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from models.record.leader_tenure import HAZARDS, IRREGULAR_SHARE, KNOTS

LOSS, TERM, CAMPAIGN = 0.4, 1461.0, 90.0
STEP = 3.0  # days
YEARS = 40
#: Where hazards change: the record's knots without those that single out the ends of terms.
AT = (0.0, 30.4375, 91.3125, 182.625, 365.25, 730.5, 1095.75, 1461.0, 1826.25, 2922.0, 4383.0)
END = 5844.0


def recorded(days):
    """Return the record's share still in office after so many days."""
    ends = np.append(KNOTS[1:], np.inf)
    return float(np.exp(-(np.array(HAZARDS[0]) * np.clip(days - np.array(KNOTS), 0.0, ends - KNOTS)).sum()))


def entrants_left(hazards):
    """Return the share still in office step by step, votes of the day not counted yet, and the share of exits at elections."""
    term, campaign = round(TERM / STEP), round(CAMPAIGN / STEP)
    entered = np.arange(term)  # steps since the last election
    left, age = np.ones(term), np.zeros(term)
    kept = [left]
    goes = np.zeros((term, term))  # from one entry to the next, by steps since the last election
    voted_out = np.zeros(term)
    for k in range(round(YEARS * 365.25 / STEP)):
        now = (entered + k) % term
        speed = np.where(now >= term - campaign, IRREGULAR_SHARE[0], 1.0)
        gone = left * -np.expm1(-hazards[np.searchsorted(AT, age, side="right") - 1] * speed * STEP)
        np.add.at(goes, (entered, now), gone)
        left, age = left - gone, age + speed * STEP
        kept.append(left)
        lost = np.where(now == term - 1, LOSS * left, 0.0)
        voted_out += lost
        left = left - lost
    goes[:, 0] += voted_out
    goes /= goes.sum(axis=1, keepdims=True)
    share = np.full(term, 1.0 / term)
    for _ in range(200):
        share = share @ goes
    return np.array(kept) @ share, float(share @ voted_out)


def fit(rounds=15):
    """Return hazards per day from each of `AT` on."""
    ends = [*AT[1:], END]
    wanted = -np.diff(np.log([1.0, *(recorded(day) for day in ends)]))
    hazards = np.array([HAZARDS[0][KNOTS.index(day)] for day in AT]) * 0.7
    for _ in range(rounds):
        kept, _ = entrants_left(hazards)
        found = -np.diff(np.log([1.0, *(kept[round(day / STEP)] for day in ends)]))
        hazards = np.maximum(2e-5, hazards + 0.9 * (wanted - found) / np.diff([*AT, END]))
    return hazards


HEAD = '''"""How democratic leaders leave between elections, given that an election removes {loss:.0%} of them.

HAZARDS are exits per day from each of the knots of leader_tenure.py on, with a term of four years and campaigns of
{campaign:.0f} days in which only irregular exits happen. With them new leaders stay in office as in Archigos 4.1
(entered 1946 or later). {share:.0%} of exits then fall at elections.

Made by models/record/fit_between_elections.py; do not edit.
"""

# fmt: off

HAZARDS = (
    {rows}
)
'''

if __name__ == "__main__":
    found = fit()
    values = [f"{found[np.searchsorted(AT, day, side='right') - 1]:.6g}" for day in KNOTS]
    rows = ",\n    ".join(", ".join(values[k : k + 6]) for k in range(0, len(values), 6)) + ","
    text = HEAD.format(loss=LOSS, campaign=CAMPAIGN, share=entrants_left(found)[1], rows=rows)
    Path(__file__).with_name("between_elections.py").write_text(text, encoding="utf-8")
