"""The compiled engine's loop: find the next firing, advance, fire, time anew.

It is plain Python that numba compiles. The names in capitals, and ``speed_of``, ``fire``, ``law_of``,
``renewal_of``, ``sample_of``, ``origin_of``, ``stage_of``, ``start``, ``settle`` and ``ones`` (how many bits are 1)
are put beside it for each model; see `timeline.engines.compiled`. The rule is the one of
`timeline.engines.reference`, line for line.
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

#: What a speed gives that leaves at its head: no speed can be negative. See `timeline.derived.guards`.
ASLEEP = -(2.0**-1000)
#: The largest float: beyond it is infinity, and a NaN is not below it.
FASTEST = np.finfo(np.float64).max.item()

#: A clock that has fired so often in a timeline has what its next firings draw drawn ahead, so many firings at a time:
#: what fires next then need not wait for a draw. Every draw is keyed, so none is another for it.
AHEAD = 8

#: What is compiled of this file once for all models.
DRAWS = ("philox", "unit_interval", "fill", "joined", "parted")
#: What is compiled of this file and of what is put beside it for each model, but for `play_rows`.
INNER = (
    "start", "put", "settle", "fire", "speed_of", "law_of", "renewal_of", "sample_of", "origin_of", "integral_of",
    "stage_of", "lifetime_of", "exponential", "exponentials", "fill_ahead", "next_due", "sample", "integrate", "inject",
    "favour",
)  # fmt: skip
#: Those of them that stand in one place only, and are put right there.
ONCE = ("fire", "speed_of", "next_due", "integrate")

M0, M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
W0, W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
ALL = np.uint64(2**64 - 1)
#: An index that is never negative needs no look from the other end of an array.
uint = np.uint64
#: For machine code it is the C library's, under a name no optimiser knows: one that does may put another in its place.
log = math.log
MASK, WORD = np.uint64(0xFFFFFFFF), np.uint64(32)
HIGH, LOW = np.uint64(20), np.uint64(12)


def philox(k0, k1, c0, c1, c2, c3):
    """Philox 4x32-10; see `timeline.engines.draws`."""
    for _ in range(10):
        low, high = M0 * c0, M1 * c2
        c0, c1, c2, c3 = (high >> WORD) ^ c1 ^ k0, high & MASK, (low >> WORD) ^ c3 ^ k1, low & MASK
        k0, k1 = (k0 + W0) & MASK, (k1 + W1) & MASK
    return c0, c1, c2, c3


def unit_interval(high, low):
    """A number strictly inside (0, 1): 52 bits and a half."""
    # From a signed number to a float is one instruction, and these are never negative.
    return (float(np.int64((high << HIGH) | (low >> LOW))) + 0.5) * 2.0**-52


def fill(u, key, replication, firing):
    """Fill in the uniforms that belong to one firing."""
    for k in range(0, len(u), 2):
        a, b, c, d = philox(
            key[0], key[1], np.uint64(replication), np.uint64(firing), np.uint64(0), np.uint64(1 + k // 2)
        )
        u[k] = unit_interval(a, b)
        if k + 1 < len(u):
            u[k + 1] = unit_interval(c, d)


def fill_ahead(lucks, slots, k0, k1, replication, firing):
    """Fill in the uniforms that belong to this firing and the next, side by side: a line a slot, a column a firing."""
    # A multiplication of numbers that are known to have 32 bits is one instruction for four.
    k0, k1, replication = k0 & MASK, k1 & MASK, np.uint64(replication) & MASK
    for k in range(0, slots, 2):
        # As in `exponentials`.
        for n in range(lucks.shape[1]):
            a, b, c, d = philox_here(
                k0, k1, replication, np.uint64(firing + n) & MASK, np.uint64(0), np.uint64(1 + k // 2) & MASK
            )
            lucks[k, n] = (float((a << HIGH) | (b >> LOW)) + 0.5) * 2.0**-52
            lucks[k + 1, n] = (float((c << HIGH) | (d >> LOW)) + 0.5) * 2.0**-52


def lifetime_of(k, s, p, key, replication, firing, draws, kinds, knots, hazards, sizes, given, numbers_given):
    """Draw a lifetime: NaN where the law has no meaning."""
    kind = kinds[k]
    if kind > EMPIRICAL:
        return 0.0
    first, second, age = law_of(k, s, p)
    if given[k]:
        first, second = numbers_given[k, 0], numbers_given[k, 1]
    if firing > 0 or draws > 0:
        age = 0.0
    a, b, _, _ = philox(key[0], key[1], np.uint64(replication), np.uint64(firing), np.uint64(draws), np.uint64(0))
    u = unit_interval(a, b)
    if kind == WEIBULL:
        return second * weibull_lifetime(u, first, age / second)
    if kind == LOGNORMAL:
        return second * lognormal_lifetime(u, first, age / second)
    if kind == UNIFORM:
        return uniform_lifetime(u, first, second, age)
    if not 0 <= first < sizes[k, 0]:
        return math.nan
    table, length = int(first), sizes[k, 1]
    return empirical_lifetime(u, knots[k, table, :length], hazards[k, table, :length], age)


def exponential(k0, k1, replication, firing, draws):
    """Draw a memoryless lifetime. It has a way of its own, for handing over the tables of the others takes longer."""
    a, b, _, _ = philox(k0, k1, np.uint64(replication), np.uint64(firing), np.uint64(draws), np.uint64(0))
    return -log(unit_interval(a, b))


def exponentials(lifetimes, k0, k1, replication, firing):
    """Draw the memoryless lifetimes of this firing and the next, side by side."""
    # len(), not AHEAD: a loop of known length would be unrolled, and not done four at a time.
    for n in range(len(lifetimes)):
        a, b, _, _ = philox_here(k0, k1, np.uint64(replication), np.uint64(firing + n), np.uint64(0), np.uint64(0))
        # As `unit_interval`, but four signed numbers cannot be made floats at once.
        lifetimes[n] = (float((a << HIGH) | (b >> LOW)) + 0.5) * 2.0**-52
    for n in range(len(lifetimes)):
        lifetimes[n] = -log(lifetimes[n])


def play_rows(
    first, rows, numbers, wholes, flags, odd, template, p, horizon, budget, opened, keys, start_keys, starting, begins,
    seen_from, given_numbers_at, given_numbers, given_wholes_at, given_wholes, given_flags_at, given_flags, after,
    after_awake,
    kinds, knots, hazards, sizes, given, numbers_given, restarts, renews, uniforms, sample_begin, sample_days,
    sample_at, origin_at, integral_at, numbers_at, wholes_at, day_at, now_playing, left, since, speed, due, renewed_at,
    in_hand, firing, draws, taken, origins, u, ahead, lucks, live, awake, inject_members, inject_at, inject_days,
    inject_luck, inject_due,
):  # fmt: skip
    """Play the replications from ``first`` on into ``rows``; returns a status.

    What it works with is made outside: each way to make an array would be compiled anew for each model.
    """
    clocks, beyond, injecting = len(kinds), np.nextafter(horizon, np.inf), len(inject_due) > 0
    # Where there are injections, each firing is looked at.
    limit = -np.inf if injecting else horizon
    for row in range(len(rows)):
        replication = first + row
        now_playing[0] = replication
        rows[row] = template[0]
        rows[row].replication = replication
        s = rows[row].state
        start(s, p, u, start_keys, replication)
        if starting:
            s.day = begins
            put(numbers[row], given_numbers_at, given_numbers)
            put(wholes[row], given_wholes_at, given_wholes)
            put(flags[row], given_flags_at, given_flags)
            settle(s, p)
        left[:], since[:], speed[:], due[:] = 0.0, 0.0, 0.0, np.inf
        in_hand[:], firing[:], draws[:], taken[:] = False, 0, 0, 0
        inject_due[:] = np.nan
        then, firings, now, path, running, soonest = begins, 0, begins, uint(0), uint(0), -np.inf
        # Nothing has fired yet: every clock is timed.
        fired, concerned, injected = uint(clocks), uint(0), -1
        awake[:] = ALL
        decided = begins if s.outcome != opened else np.inf

        while PLAYS_ON or s.outcome == opened:
            # Time anew those that what has fired may have touched.
            for word in range(WORDS):
                todo = after[concerned + word] | (after_awake[concerned + word] & awake[word])
                while todo != 0:
                    k = uint(64) * word + ones(~todo & (todo - uint(1)))
                    todo &= todo - uint(1)
                    faster = speed_of(k, s, p)
                    if faster < 0:
                        if faster != ASLEEP:
                            return BAD_SPEED
                        faster = 0.0
                        awake[word] &= ~(uint(1) << (k & uint(63)))
                    elif speed[k] == 0:  # a clock that runs is awake
                        awake[word] |= uint(1) << (k & uint(63))
                    renewed = False
                    if renews[k]:
                        value = renewal_of(k, s)
                        renewed = value != renewed_at[k] and not (value != value and renewed_at[k] != renewed_at[k])
                        renewed_at[k] = value
                    if faster == speed[k] and k != fired and not renewed:
                        continue
                    if not faster <= FASTEST:
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
                        if kinds[k] == FIXED:
                            left[k], _, _ = law_of(k, s, p)
                        elif kinds[k] != EXPONENTIAL:
                            left[k] = lifetime_of(
                                k, s, p, keys[k], replication, firing[k], draws[k], kinds, knots, hazards, sizes, given,
                                numbers_given,
                            )  # fmt: skip
                        elif firing[k] < AHEAD or draws[k] > 0:
                            left[k] = exponential(keys[k, 0], keys[k, 1], replication, firing[k], draws[k])
                        else:
                            place = firing[k] % AHEAD
                            if place == 0:
                                exponentials(ahead[k], keys[k, 0], keys[k, 1], replication, firing[k])
                            left[k] = ahead[k, place]
                        if not left[k] >= 0:
                            return NO_LIFETIME
                        draws[k] += 1
                        in_hand[k] = True
                    if (faster > 0) != (speed[k] > 0):
                        running = joined(live, running, k) if faster > 0 else parted(live, running, k)
                    since[k] = now
                    speed[k] = faster
                    due[k] = now + (left[k] if faster == 1.0 else left[k] / faster) if faster > 0 else np.inf

            fired, now = next_due(due, live, running)
            if not now < limit:
                if injecting:
                    fired, now, injected = inject(
                        fired, now, then, speed, numbers[row], inject_members, inject_at, inject_days, inject_due
                    )
                if not now < horizon:
                    break
            firings += 1
            if firings > budget:
                return RUNAWAY
            # Most firings come before the next sample, unless a milestone that samples count from has moved.
            moved = False
            for n in range(len(origin_at)):
                moved |= wholes[row, origin_at[n]] != origins[n]
                origins[n] = wholes[row, origin_at[n]]
            if moved or soonest < now:
                soonest = sample(s, now, seen_from, taken, sample_begin, sample_days, sample_at, numbers[row])
            integrate(s, now - then, integral_at, numbers[row])
            then = now
            s.day = now
            path = (path ^ uint(wholes[row, day_at])) * PRIME + fired
            luck = u[: uniforms[fired]]
            if firing[fired] < AHEAD:
                fill(luck, keys[fired], replication, firing[fired])
            else:
                place = firing[fired] % AHEAD
                if place == 0:
                    fill_ahead(lucks[fired], len(luck), keys[fired, 0], keys[fired, 1], replication, firing[fired])
                for slot in range(len(luck)):
                    luck[slot] = lucks[fired, slot, place]
            if injecting and injected >= 0:
                favour(luck, keys[clocks + injected], replication, inject_luck[injected])
            fire(fired, s, p, luck)
            if PLAYS_ON and decided > now and s.outcome != opened:
                decided = now
            concerned = WORDS * (uint(1) + fired * STAGES + stage_of(s))
            if injecting and injected >= 0:
                # The clock itself has not fired.
                fired = uint(clocks)

        if PLAYS_ON or s.outcome == opened:
            s.day = horizon
        sample(s, beyond, seen_from, taken, sample_begin, sample_days, sample_at, numbers[row])
        integrate(s, s.day - then, integral_at, numbers[row])
        if PLAYS_ON:
            s.day = min(decided, horizon)
        rows[row].firings = firings
        rows[row].path = path
        # What compiled code stores without a word, and Python refuses or stores otherwise.
        for k in numbers_at:
            if numbers[row, k] != numbers[row, k]:
                odd[row] = True
        for k in wholes_at:
            if not -LARGEST < wholes[row, k] < LARGEST:
                odd[row] = True
    return OK


def put(words, at, given):
    """Write what is given of the state where it lies in a row."""
    for k in range(len(at)):
        words[at[k]] = given[k]


def next_due(due, live, running):
    """The next to fire: the least due day, then the order of declaration, which is that of ``live``."""
    k, first = uint(0), np.inf
    for n in range(running):
        other = live[n]
        k = other if due[other] < first else k
        first = due[other] if due[other] < first else first
    return k, first


def joined(live, running, k):
    """Put a clock that starts to run among those that do, in the order of declaration; returns how many now run."""
    n = running
    while n > 0 and live[n - uint(1)] > k:
        live[n] = live[n - uint(1)]
        n -= uint(1)
    live[n] = k
    return running + uint(1)


def parted(live, running, k):
    """Take a clock that is paused from among those that run; returns how many still do."""
    n = uint(0)
    while live[n] != k:
        n += uint(1)
    for m in range(n + uint(1), running):
        live[m - uint(1)] = live[m]
    return running - uint(1)


def inject(fired, day, now, speed, numbers, members, at, days, due):
    """Whose event comes next, on which day, and which injection it is: -1 if it is the clock that is due.

    ``due`` has the day of each injection: NaN before its milestone is reached, infinite once it is over.
    """
    for k in range(len(due)):
        if due[k] != due[k]:
            reached = numbers[at[k]] if at[k] >= 0 else 0.0
            if reached == reached:
                delay = reached - now + days[k]
                due[k] = now + delay if delay >= 0 else np.inf
    while True:
        first, sooner = 0, np.inf
        for k in range(len(due)):
            if due[k] < sooner:
                first, sooner = k, due[k]
        if sooner > day or sooner == np.inf:
            return fired, day, -1
        due[first] = np.inf
        if speed[members[first]] > 0:
            return members[first], sooner, first


def favour(luck, key, replication, given):
    """Fill in the uniforms of an injection: those that are given, and draws for the others."""
    fill(luck, key, replication, np.int64(0))
    for slot in range(len(luck)):
        if given[slot] == given[slot]:
            luck[slot] = given[slot]


def sample(s, day, seen_from, taken, sample_begin, sample_days, sample_at, numbers):
    """Take the samples that fall before ``day``; returns the day of the next that is known."""
    soonest = np.inf
    for k in range(len(sample_at)):
        begin, size = sample_begin[k], sample_begin[k + 1] - sample_begin[k]
        if taken[k] < size:
            origin = origin_of(k, s)
            while taken[k] < size and origin + sample_days[begin + taken[k]] < day:
                seen = origin + sample_days[begin + taken[k]] >= seen_from
                numbers[sample_at[k] + taken[k]] = sample_of(k, s) if seen else np.nan
                taken[k] += 1
            if taken[k] < size and origin + sample_days[begin + taken[k]] < soonest:
                soonest = origin + sample_days[begin + taken[k]]
    return soonest


def integrate(s, days, integral_at, numbers):
    """Account for a stretch of so many days."""
    for k in range(len(integral_at)):
        numbers[integral_at[k]] += integral_of(k, s) * days
