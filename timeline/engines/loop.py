"""The compiled engine's loop: find the next firing, advance, fire, time anew.

It is plain Python that numba compiles. The names in capitals, and ``speed_of``, ``fire``, ``law_of``,
``renewal_of``, ``sample_of``, ``origin_of`` and ``start`` are put beside it for each model; see
`timeline.engines.compiled`. The rule is the one of `timeline.engines.reference`, line for line.
"""

# The whole file is copied beside a model's functions, so it imports what it needs by itself.
# ruff: noqa: F821
# mypy: ignore-errors

from __future__ import annotations

import math

import numpy as np

OK, BAD_SPEED, NO_LIFETIME, STILL_READY, RUNAWAY = 0, 1, 2, 3, 4
EXPONENTIAL, WEIBULL, LOGNORMAL, UNIFORM, FIXED, EMPIRICAL = 0, 1, 2, 3, 4, 5

#: Beyond it a whole number is no exact float; a NaN or a huge float that is stored as one lies there.
LARGEST = 2**53

#: What is compiled of this file once for all models.
DRAWS = ("philox", "unit_interval", "fill")
#: What is compiled of this file and of what is put beside it for each model, but for `play_rows`.
INNER = (
    "start", "fire", "speed_of", "law_of", "renewal_of", "sample_of", "origin_of", "integral_of", "lifetime_of",
    "observe",
)  # fmt: skip

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
MASK, WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
HIGH, LOW = np.uint64(20), np.uint64(12)


def philox(k0, k1, c0, c1, c2, c3):
    """Philox 4x32-10; see `timeline.draws`."""
    for _ in range(10):
        low, high = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (high >> WORD) ^ c1 ^ k0, high & MASK, (low >> WORD) ^ c3 ^ k1, low & MASK
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return c0, c1, c2, c3


def unit_interval(high, low):
    """A number strictly inside (0, 1): 52 bits and a half."""
    return (float((high << HIGH) | (low >> LOW)) + 0.5) * 2.0**-52


def fill(u, count, key, replication, firing):
    """Fill in the uniforms that belong to one firing."""
    for k in range(0, count, 2):
        a, b, c, d = philox(
            key[0], key[1], np.uint64(replication), np.uint64(firing), np.uint64(0), np.uint64(1 + k // 2)
        )
        u[k] = unit_interval(a, b)
        if k + 1 < count:
            u[k + 1] = unit_interval(c, d)


def lifetime_of(k, s, p, key, replication, firing, draws, kinds, knots, hazards, sizes):
    """Draw a lifetime: NaN where the law has no meaning."""
    kind = kinds[k]
    if kind > EMPIRICAL:
        return 0.0
    first, second, age = law_of(k, s, p)
    if firing > 0 or draws > 0:
        age = 0.0
    if kind == FIXED:
        return first
    a, b, _, _ = philox(key[0], key[1], np.uint64(replication), np.uint64(firing), np.uint64(draws), np.uint64(0))
    u = unit_interval(a, b)
    if kind == EXPONENTIAL:
        return -math.log(u)
    if kind == WEIBULL:
        return weibull_lifetime(u, first, age)
    if kind == LOGNORMAL:
        return lognormal_lifetime(u, first, age)
    if kind == UNIFORM:
        return uniform_lifetime(u, first, second, age)
    if not 0 <= first < sizes[k, 0]:
        return math.nan
    table, length = int(first), sizes[k, 1]
    return empirical_lifetime(u, knots[k, table, :length], hazards[k, table, :length], age)


def play_rows(
    first, count, rows, numbers, wholes, odd, template, p, horizon, budget, opened, keys, start_keys, playing,
    kinds, knots, hazards, sizes, restarts, renews, uniforms, after, after_begin, sample_begin, sample_days,
    numbers_at, wholes_at, samples, integrals, now_playing, left, since, speed, due, renewed_at, in_hand, firing,
    draws, taken, u,
):  # fmt: skip
    """Play replications ``first`` to ``first + count - 1`` into ``rows``; returns a status.

    What it works with is made outside: each way to make an array would be compiled anew for each model.
    """
    clocks = len(kinds)
    for row in range(count):
        replication = first + row
        now_playing[0] = replication
        rows[row] = template[0]
        rows[row].replication = replication
        s = rows[row].state
        start(s, p, u, start_keys, replication)
        for k in range(clocks):
            left[k], since[k], speed[k], due[k] = 0.0, 0.0, 0.0, np.inf
            in_hand[k], firing[k], draws[k] = False, 0, 0
        for k in range(len(taken)):
            taken[k] = 0
        then, firings, fired, now = 0.0, 0, -1, 0.0

        while s.outcome == opened:
            # Time anew: at the start every clock, then those that what has fired may have touched.
            begin, end = (0, clocks) if fired < 0 else (after_begin[fired], after_begin[fired + 1])
            for at in range(begin, end):
                k = at if fired < 0 else after[at]
                if not playing[k]:
                    continue
                faster = speed_of(k, s, p)
                renewed = False
                if renews[k]:
                    value = renewal_of(k, s)
                    renewed = value != renewed_at[k] and not (value != value and renewed_at[k] != renewed_at[k])
                    renewed_at[k] = value
                if faster == speed[k] and k != fired and not renewed:
                    continue
                if not 0 <= faster < np.inf:
                    return BAD_SPEED
                if k == fired:
                    firing[k] += 1
                    draws[k] = 0
                    in_hand[k] = False
                if renewed:
                    in_hand[k] = False
                if in_hand[k]:
                    # Rounding may leave a hair below nothing; what is due now has nothing left.
                    left[k] = 0.0 if due[k] == now else max(0.0, left[k] - (now - since[k]) * speed[k])
                    if faster == 0 and restarts[k]:
                        in_hand[k] = False
                if faster > 0 and not in_hand[k]:
                    if kinds[k] > EMPIRICAL and k == fired:
                        return STILL_READY
                    left[k] = lifetime_of(
                        k, s, p, keys[k], replication, firing[k], draws[k], kinds, knots, hazards, sizes
                    )
                    if not left[k] >= 0:
                        return NO_LIFETIME
                    draws[k] += 1
                    in_hand[k] = True
                since[k] = now
                speed[k] = faster
                due[k] = now + left[k] / faster if faster > 0 else np.inf

            # The next to fire: the least due day, then the order of declaration.
            fired = 0
            for k in range(1, clocks):
                if due[k] < due[fired]:
                    fired = k
            if not due[fired] < horizon:
                break
            now = due[fired]
            firings += 1
            if firings > budget:
                return RUNAWAY
            observe(s, now, then, taken, sample_begin, sample_days, samples[row], integrals[row])
            then = now
            s.day = now
            fill(u, uniforms[fired], keys[fired], replication, firing[fired])
            fire(fired, s, p, u[: uniforms[fired]])

        if s.outcome == opened:
            s.day = horizon
        observe(s, s.day, then, taken, sample_begin, sample_days, samples[row], integrals[row])
        observe(s, np.nextafter(horizon, np.inf), -1.0, taken, sample_begin, sample_days, samples[row], integrals[row])
        rows[row].firings = firings
        # What compiled code stores without a word, and Python refuses or stores otherwise.
        for k in numbers_at:
            if numbers[row, k] != numbers[row, k]:
                odd[row] = True
        for k in wholes_at:
            if not -LARGEST < wholes[row, k] < LARGEST:
                odd[row] = True
    return OK


def observe(s, day, then, taken, sample_begin, sample_days, samples, integrals):
    """Take the samples that fall before ``day``, and account for the stretch since ``then``."""
    for k in range(len(sample_begin) - 1):
        begin, size = sample_begin[k], sample_begin[k + 1] - sample_begin[k]
        if taken[k] < size:
            origin = origin_of(k, s)
            while taken[k] < size and origin + sample_days[begin + taken[k]] < day:
                samples[begin + taken[k]] = sample_of(k, s)
                taken[k] += 1
    if then >= 0:
        for k in range(len(integrals)):
            integrals[k] += integral_of(k, s) * (day - then)
