"""Embedding: institutions, law and ties come to hold the deal.

Embedding grows with what is public, verified and ratified. It protects against
repudiation, walkout and spoilers; where the deal no longer fits the sides' interests it
becomes a trap (that is in breach). A deal carried out far enough, and quiet long enough, is
consolidated.
"""

import math

from timeline import MONTH, Clock, Mechanism, Parameters, fixed

from ..crisis import STEPS, Cause, Outcome, Phase, end, judged, less, mean_support, more, toward


class Embedding(Parameters):
    growth = judged(0.030, "embedding growing in a month of carrying out, every result verified and reported", "share", 0.005, 0.065,
        moves="+embedding")  # fmt: skip
    accord_growth = judged(0.3, "that growth before ratification: times this", "ratio", 0.0, 0.8)
    unseen = judged(0.3, "part of the growth that needs no report", "share", 0.0, 0.8, moves="+embedding", by="reported")
    unverified = judged(0.3, "part of the growth that needs no verification", "share", 0.0, 0.8, moves="+embedding", by="verified")
    support = judged(2.7, "embedding: growth times this under full support against none", "rate ratio", 1.0, 8.0,
        moves="embedding", by="support")  # fmt: skip
    contact = judged(0.06, "ambiguity cut in a month by institutions in which both sides meet, fully embedded", "share", 0.0, 0.14,
        "S1: institutions normalise contact; size is judgement", moves="-ambiguity", by="embedding")  # fmt: skip
    decay = judged(0.004, "embedding wearing off in a month", "share", 0.0, 0.0095, moves="-embedding")
    carried_out_needed = judged(0.70, "share carried out that consolidation needs", "share", 0.5, 0.95,
        "Peace Accords Matrix v1.5: mean share implemented .74 in year 10; the threshold is judgement",
        paces="+consolidation", by="carried_out_share")  # fmt: skip
    embedding_needed = judged(0.45, "embedding that consolidation needs", "index", 0.2, 0.8, paces="+consolidation", by="embedding")
    quiet = judged(2.0, "time without a shock that consolidation needs", "years", 1.0, 6.0, paces="-consolidation", by="shocks")


def month_speed(s, p):
    return 1.0 if s.phase >= Phase.ACCORD else 0.0


def grow(s, p):
    seen = p.embedding.unseen + (1.0 - p.embedding.unseen) * s.reported
    growth = p.embedding.growth * seen * (p.embedding.unverified + (1.0 - p.embedding.unverified) * s.verified / STEPS)
    growth *= math.exp(p.embedding.support * (mean_support(s) - 0.5))
    if s.phase != Phase.IMPLEMENTATION:
        growth *= p.embedding.accord_growth
    s.embedding = more(less(s.embedding, p.embedding.decay), min(1.0, growth))
    # Some of it stays where people meet, too.
    s.ambiguity = toward(s.ambiguity, min(s.ambiguity, 0.1), p.embedding.contact * s.embedding)


def quiet_speed(s, p):
    if s.phase != Phase.IMPLEMENTATION or s.flaring:
        return 0.0
    done = s.carried_out_share >= p.embedding.carried_out_needed
    return 1.0 if done and s.embedding >= p.embedding.embedding_needed else 0.0


def consolidate(s, p):
    end(s, Outcome.CONSOLIDATED, Cause.NONE)


def ally(s, p):
    end(s, Outcome.ALLIANCE, Cause.NONE)


def mechanism(last, says):
    """Return the mechanism with what comes of a deal that has become part of ordinary life."""
    return Mechanism(
        "embedding",
        parameters=Embedding,
        about=__doc__,
        clocks=(
            Clock("month of embedding", month_speed, grow, fixed(MONTH)),
            Clock("consolidation", quiet_speed, last, fixed(lambda p: p.embedding.quiet),
                renews_on="shocks", says=says),
        ),
    )  # fmt: skip


MECHANISM = mechanism(consolidate, "The agreement has become part of ordinary life.")
OF_A_PACT = mechanism(ally, "The pact has become an alliance that nobody questions.")
