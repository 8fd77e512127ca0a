"""The keyed streams: known answers, keys pinned by value, and independence where it is promised."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from timeline.engines.draws import (
    LIFETIME,
    Uniforms,
    key_schedule,
    lifetime_uniform,
    philox,
    stream_key,
    unit_interval,
)

ONES = 0xFFFFFFFF


@pytest.mark.parametrize(
    ("key", "counter", "answer"),
    [
        ((0, 0), (0, 0, 0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
        ((ONES, ONES), (ONES, ONES, ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
        (
            (0xA4093822, 0x299F31D0),
            (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
            (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
        ),
    ],
    ids=["zeros", "ones", "pi"],
)
def test_philox_gives_the_published_answers(key, counter, answer):
    """The vectors that are published with Random123 (``kat_vectors``, philox4x32 10)."""
    assert philox(key_schedule(key), *counter) == answer


@pytest.mark.parametrize(
    ("seed", "kind", "name", "key"),
    [
        (0, "clock", "leak", (0xEEC0FA35, 0x8E12F738)),
        (1993, "clock", "succession[a]", (0x56A221D7, 0xF4E43418)),
        (1993, "start", "succession", (0x734F660A, 0x4764FFEB)),
        (2**63, "clock", "carried out[7]", (0x2775AA89, 0xBE3B0248)),
    ],
)
def test_stream_keys_do_not_change_between_versions(seed, kind, name, key):
    """The first three checked with ``printf '%s' 0/clock/leak | b2sum -l 64``, words little-endian."""
    assert stream_key(seed, kind, name) == key


def test_one_whole_draw_does_not_change_between_versions():
    schedule = key_schedule(stream_key(1993, "clock", "leak"))
    assert lifetime_uniform(schedule, 17, 2, 1) == 0.9620406338303357
    assert [Uniforms(schedule, 17, 3, firing=2)[k] for k in range(3)] == [
        0.5521781776374518,
        0.1932183922899574,
        0.6979214685453804,
    ]


def test_a_clock_and_a_start_of_one_name_have_streams_of_their_own():
    assert stream_key(1, "clock", "leak") != stream_key(1, "start", "leak")


def test_neighbouring_seeds_and_names_never_share_a_key():
    """2,000 keys of 64 bits: the chance of any coincidence is about 1e-13."""
    keys = {stream_key(seed, "clock", f"c{k}") for seed in range(40) for k in range(50)}
    assert len(keys) == 2000


@pytest.mark.parametrize(
    ("high", "low", "expected"),
    [(0, 0, 2.0**-53), (ONES, ONES, 1 - 2.0**-53), (0, 1 << 12, 3 * 2.0**-53), (1 << 31, 0, 0.5 + 2.0**-53)],
)
def test_a_uniform_is_52_bits_and_a_half(high, low, expected):
    assert unit_interval(high, low) == expected
    assert 0.0 < unit_interval(high, low) < 1.0


def test_the_lowest_twelve_bits_are_left_out():
    assert unit_interval(7, 0xFFF) == unit_interval(7, 0)


def test_a_lifetime_is_drawn_at_the_slot_of_lifetimes():
    schedule = key_schedule((3, 4))
    words = philox(schedule, 5, 6, 7, LIFETIME)
    assert lifetime_uniform(schedule, 5, 6, 7) == unit_interval(words[0], words[1])


def test_an_effect_takes_two_uniforms_from_each_block_after_that_of_lifetimes():
    schedule = key_schedule((3, 4))
    u = Uniforms(schedule, 5, 4, firing=6)
    first, second = philox(schedule, 5, 6, 0, 1), philox(schedule, 5, 6, 0, 2)
    assert list(u) == [
        unit_interval(*first[:2]),
        unit_interval(*first[2:]),
        unit_interval(*second[:2]),
        unit_interval(*second[2:]),
    ]


def test_uniforms_may_be_read_in_any_order_and_again():
    schedule = key_schedule((3, 4))
    forward, backward = Uniforms(schedule, 5, 5), Uniforms(schedule, 5, 5)
    assert [backward[k] for k in (4, 0, 3, 1, 2, 4)] == [forward[k] for k in (4, 0, 3, 1, 2, 4)]


def test_the_uniforms_of_another_firing_are_others():
    u = Uniforms(key_schedule((3, 4)), 5, 4)
    before = list(u)
    assert not set(before) & set(u.at(1))
    assert list(u.at(0)) == before


def test_a_uniform_beyond_the_declared_is_refused():
    u = Uniforms(key_schedule((3, 4)), 5, 2)
    assert len(u) == 2
    for slot in (2, -1):
        with pytest.raises(IndexError, match=f"uniform {slot} read, but 2 declared"):
            u[slot]


def grid() -> dict[str, np.ndarray]:
    """Lifetimes and effects over replications 0-24, firings 0-3, redraws (or slots) 0-3, five names."""
    made = {}
    for name in ("leak", "leaks", "succession[a]", "succession[b]", "deadline"):
        schedule = key_schedule(stream_key(1993, "clock", name))
        lives = np.empty((25, 4, 4))
        effects = np.empty((25, 4, 4))
        for r, f, k in itertools.product(range(25), range(4), range(4)):
            lives[r, f, k] = lifetime_uniform(schedule, r, f, k)
            effects[r, f, k] = Uniforms(schedule, r, 4, firing=f)[k]
        made[name], made[name + " effect"] = lives, effects
    return made


def test_replications_firings_redraws_slots_and_names_all_give_other_numbers():
    """4,000 numbers of 52 bits: the chance of any coincidence is about 2e-9."""
    drawn = np.concatenate([part.ravel() for part in grid().values()])
    assert len(np.unique(drawn)) == 4000


def test_all_numbers_together_are_uniform():
    """Kolmogorov-Smirnov at alpha = 1e-4 over 4,000 numbers, seed fixed."""
    drawn = np.concatenate([part.ravel() for part in grid().values()])
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4


def test_neighbouring_numbers_are_uncorrelated_along_every_part_of_the_key():
    """Spearman's test along each part of the key at alpha = 1e-4 / 6, seed fixed."""
    made = grid()
    lives = np.stack([part for name, part in made.items() if not name.endswith("effect")])
    effects = np.stack([part for name, part in made.items() if name.endswith("effect")])
    pairs = {"life and effect": (lives, effects)}
    for axis, part in enumerate(("name", "replication", "firing", "redraw")):
        pairs[part] = (
            lives.take(range(lives.shape[axis] - 1), axis),
            lives.take(range(1, lives.shape[axis]), axis),
        )
    pairs["slot"] = (effects[..., :-1], effects[..., 1:])
    for part, (here, there) in pairs.items():
        found = stats.spearmanr(here.ravel(), there.ravel())
        assert found.pvalue > 1e-4 / 6, part
