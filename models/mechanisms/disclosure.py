"""Disclosure: the policy under study. What the channel tells the public, and what telling does.

This is one small interpreter of the cadence's rules; no other mechanism reads the levers.
A rule that comes due waits for its delay and, for a joint or notified announcement, for
the other side; then for its moment. So does a statement, which comes due on its own day. An announcement

- can no longer leak, lowers rumour and raises embedding,
- charges the side that concedes for every commitment that becomes known, and again for what is seen to be gone, and
  credits the side that benefits, above all for results that are kept and verified; steps told together
  are judged by their balance, and before there is a deal to own, credit is small,
- costs attention, and surprises: the cost grows with the square of the distance between
  what comes out and what was expected,
- feeds opponents with whatever it tells that is not verified.

Every occasion costs, with news or without, promised or not: making a report ties up those who negotiate, the press
waits for it, and an occasion that passes in silence is speculated about.

The signature publishes the text, but for a confidential annex, and so does every amendment
after it; a cadence mostly times these costs. A promised report that is missed or empty is noticed. Claims above what was
done are believed until they are found out, and then backfire. What one side tells alone blindsides the other, which
answers: it may break off contact for a while.
"""

import math

from timeline import MONTH, Clock, Counted, Mechanism, Parameters, at_once, fixed

from ..cadence import BY_DATE, STATEMENTS, Audience, Content, Occasion, Voice
from ..crisis import (
    RULES,
    STEPS,
    Phase,
    add_pressure,
    become_known,
    concluded_before,
    feed_rumour,
    judged,
    less,
    lose_support,
    mean_pressure,
    more,
    raise_alarm,
    recount,
    stir_press,
    talked_of,
    win_support,
)  # fmt: skip

#: Days; longer than anybody watches.
NEXT_TO_NEVER = 1e9


class Disclosure(Parameters):
    credit = judged(0.60, "support won by the side that benefits, for the results of the whole ladder", "share", 0.1, 0.9, moves="+support")
    felt = judged(0.08, "benefit felt when the result of one step becomes known", "share", 0.0, 0.19, moves="+benefit")
    promised_credit = judged(0.3, "credit given to a commitment as such, against its verified result", "ratio", 0.0, 0.8)
    charge = judged(0.60, "pressure on the side that concedes more than it gains, for the whole ladder told", "share", 0.1, 0.9,
        moves="+pressure")  # fmt: skip
    delivered = judged(0.5, "charge for a result that is told, against that for its commitment: what was given up is seen to be gone",
        "ratio", 0.0, 1.2, moves="+pressure", by="carried_out")  # fmt: skip
    before_accord = judged(0.2, "credit given while there is no deal to own, against after", "ratio", 0.0, 0.48)
    unverified_credit = judged(0.4, "credit given to a result nobody has verified, against verified", "ratio", 0.1, 1.0,
        moves="support", by="-verified")  # fmt: skip
    attention = judged(0.03, "pressure that any announcement costs", "share", 0.0, 0.071, moves="+pressure")
    campaign_heat = judged(3.0, "pressure from what is told: times this while an election campaign is on", "ratio", 1.0, 6.0,
        moves="+pressure", by="campaign")  # fmt: skip
    crisis_heat = judged(3.0, "pressure and alarm from what is told: times this while a crisis flares", "ratio", 1.0, 6.0,
        moves="+pressure", by="flaring")  # fmt: skip
    press_interest = judged(0.06, "press interest that any announcement raises", "share", 0.0, 0.14, moves="+attention")
    surprise = judged(0.6, "pressure when everything comes out at once and nothing was expected", "share", 0.2, 1.0,
        "the square is the design's: surprise costs more all at once than in steps; size is judgement", moves="+pressure", by="-expected")  # fmt: skip
    routine = judged(0.06, "how far the making of one report ties up those who negotiate", "share", 0.01, 0.13, moves="+routine")
    routine_done = judged(0.5, "what is left of that work after a month", "share", 0.2, 0.8)
    awaited = judged(0.02, "press interest raised by an occasion on which a report may come", "share", 0.0, 0.048, moves="+attention")
    speculation = judged(0.3, "rumour fed by an occasion that passes in silence, once the channel is known, everything being hidden",
        "share", 0.1, 0.5, moves="+rumour", by="undisclosed")  # fmt: skip
    rumour_reset = judged(0.6, "rumour laid to rest by an announcement to the general public", "share", 0.1, 0.95, moves="-rumour")
    debt_paid = judged(0.3, "resentment at secrecy laid to rest when everything hidden is told", "share", 0.0, 0.8,
        moves="-legitimacy_debt")  # fmt: skip
    embedded = judged(0.20, "embedding won by telling the whole ladder, verified, once there is an accord", "share", 0.0, 0.5,
        moves="+embedding", by="verified")  # fmt: skip
    alarmed = judged(0.6, "opponents' alarm from telling the whole ladder unverified", "share", 0.2, 1.0, moves="+alarm")
    alarmed_verified = judged(0.25, "alarm from verified content, against unverified", "ratio", 0.0, 0.6, moves="alarm", by="verified")
    framework = judged(0.25, "share of a step that its mere framework gives away", "share", 0.05, 0.5)
    committee = judged(0.05, "reach of an oversight committee, against the general public", "share", 0.0, 0.12)
    parliament = judged(0.35, "reach of a parliament, against the general public", "share", 0.1, 0.7)
    partners = judged(0.5, "reach of regional partners and civil society, against the general public", "share", 0.2, 0.8)
    briefed = judged(0.10, "how far a report to a narrower audience lets oversight in", "share", 0.0, 0.24, moves="+circle")
    briefed_insiders = judged(3, "people who get to know by a report to a narrower audience", "count", 0, 7, moves="+insiders")
    joint_lag = judged(30.0, "time to agree on a joint announcement", "days", 5.0, 120.0)
    notice_lag = judged(7.0, "notice given to the other side", "days", 1.0, 30.0)
    unilateral = judged(0.12, "trust lost by telling without the other side", "share", 0.02, 0.26, moves="-trust")
    answered = judged(6.0, "how soon the other side answers, when it has been told on", "per year", 1.0, 24.0)
    answer = judged(0.6, "chance that its answer is to break off contact, trust being nil", "share", 0.2, 0.95,
        moves="+suspended", by="-trust")  # fmt: skip
    answer_pressed = judged(0.08, "pressure on both sides from such a quarrel", "share", 0.0, 0.19, moves="+pressure")
    broken_off = judged(60.0, "how long contact stays broken off", "days", 14.0, 270.0)
    notified = judged(0.03, "trust lost by telling with notice only", "share", 0.0, 0.071, moves="-trust")
    broken_promise = judged(0.05, "pressure from a promised report that is missed or empty", "share", 0.0, 0.12, moves="+pressure")
    broken_promise_support = judged(0.03, "support lost by a promised report that is missed or empty", "share", 0.0, 0.071, moves="-support")
    promise = judged(0.015, "support won by a promised report that comes and has content", "share", 0.0, 0.036, moves="+support")
    found_out = judged(2.0, "hazard that overselling is found out", "per year", 0.5, 8.0, paces="+overselling found out", by="oversold")
    found_out_support = judged(0.7, "support lost when claims twice what was done are found out", "share", 0.3, 1.0,
        moves="-support", by="oversold")  # fmt: skip
    found_out_pressed = judged(0.6, "pressure when claims twice what was done are found out", "share", 0.2, 1.0,
        moves="+pressure", by="oversold")  # fmt: skip
    found_out_embedding = judged(0.4, "embedding lost when claims twice what was done are found out", "share", 0.0, 0.8,
        moves="-embedding", by="oversold")  # fmt: skip
    comments = judged(0.5, "chance that a comment period amends something", "share", 0.1, 0.9)
    comments_support = judged(0.04, "support won by a comment period", "share", 0.0, 0.095, moves="+support")
    comments_trust = judged(0.05, "trust lost when comments amend something already agreed", "share", 0.0, 0.12, moves="-trust")
    comments_ambiguity = judged(0.08, "ambiguity cut by a comment period", "share", 0.0, 0.2, moves="-ambiguity")


# -- when -----------------------------------------------------------------------------


def disclosing(s, p):
    """Whether reports are made at this stage."""
    return s.phase >= p.cadence.starts and s.phase < p.cadence.stops


def by_date(p, i):
    """Whether a rule's place is taken by statements."""
    return i == BY_DATE and p.cadence.statements[0].day > 0.0


def stated(p, day):
    """How many statements have their day by this one. What a day's sum loses by rounding is far less than half a day."""
    count = 0
    for k in range(STATEMENTS):
        if 0.0 < p.cadence.statements[k].day <= day + 0.5:
            count += 1
    return count


def calendar_speed(s, p, i):
    if by_date(p, i):
        return 1.0 if s.rules[i].statement < stated(p, math.inf) else 0.0
    return 1.0 if p.cadence.rules[i].every > 0.0 and disclosing(s, p) else 0.0


def every(s, p, i):
    """How long until a report comes due: a rule's interval, or what remains until the next statement's day."""
    if by_date(p, i):
        after = stated(p, s.day)
        return max(0.0, p.cadence.statements[after].day - s.day) if after < stated(p, math.inf) else NEXT_TO_NEVER
    return p.cadence.rules[i].every


def come_due(s, p, i):
    """Set a report going; one that is still waiting from the last time has been missed."""
    rule = s.rules[i]
    if rule.due or rule.ready:
        break_promise(s, p)
    rule.due = True
    s.routine = more(s.routine, p.disclosure.routine)
    if by_date(p, i):
        # Nobody waits for a statement that has only now been decided on. One that was still being prepared, or had not
        # yet found its moment, is dropped for it.
        rule.ready = False
        rule.statement = stated(p, s.day)
        return
    rule.awaited = True
    stir_press(s, p.disclosure.awaited * reach(p))


def occasions(s, on):
    """Count what has happened so far of the kind a rule answers."""
    if on == Occasion.VERIFIED_STEP:
        return s.verified
    if on == Occasion.ACCORD:
        return 1 if s.phase >= Phase.ACCORD else 0
    if on == Occasion.SIGNATURE:
        return 1 if s.phase >= Phase.SIGNED else 0
    if on == Occasion.LEAK:
        return s.leaks - s.leaks_past
    return 0


def above(s, rule):
    """Whether the index that a rule watches is above its level."""
    if rule.on == Occasion.RUMOUR_ABOVE:
        return s.rumour > rule.level
    if rule.on == Occasion.PRESSURE_ABOVE:
        return mean_pressure(s) > rule.level
    return False


def occasion_speed(s, p, i):
    rule = p.cadence.rules[i]
    if rule.on == Occasion.NONE or not disclosing(s, p):
        return 0.0
    if occasions(s, rule.on) > s.rules[i].seen:
        return 1.0
    return 1.0 if above(s, rule) != s.rules[i].high else 0.0


def take_occasion(s, p, i):
    rule = p.cadence.rules[i]
    s.rules[i].high = above(s, rule)
    count = occasions(s, rule.on)
    if count > s.rules[i].seen or s.rules[i].high:
        s.rules[i].seen = count
        s.rules[i].due = True


def delay(s, p, i):
    """How long after it came due a report is ready: the delay, and the time others need."""
    lag = 0.0
    voice = voice_of(s, p, i)
    if voice == Voice.JOINT:
        lag = p.disclosure.joint_lag
    elif voice == Voice.NOTIFIED:
        lag = p.disclosure.notice_lag
    return p.cadence.rules[i].delay + lag


def prepare_speed(s, p, i):
    return 1.0 if s.rules[i].due else 0.0


def prepare(s, p, i):
    s.rules[i].due = False
    s.rules[i].ready = True
    s.probe_wanted = p.cadence.probe


def announce_speed(s, p, i):
    if not s.rules[i].ready or s.resting or s.phase >= p.cadence.stops:
        return 0.0
    if p.cadence.hold_before_election and (s.a.campaign or s.b.campaign):
        return 0.0
    if (p.cadence.hold_in_crisis and s.flaring) or (p.cadence.probe and s.balloons_fly and not s.probed):
        return 0.0
    if p.cadence.balance and not two_sided(s, p, i):
        return 0.0
    return 1.0


def two_sided(s, p, i):
    """Whether both sides would have something to show for this report."""
    by_a = 0.0
    by_b = 0.0
    content = content_of(s, p, i)
    share = share_of(s, p, i)
    reaches = reach(p)
    for k in range(STEPS):
        told = commitment_to_tell(s, p, content, share, reaches, k)
        told += result_to_tell(s, p, content, share, reaches, k)
        if s.steps[k].conceding == 1:
            by_b += told
        else:
            by_a += told
    return by_a > 0.0 and by_b > 0.0


# -- what and how much ----------------------------------------------------------------


def stating(s, p, i):
    """Which statement a rule's place makes now; -1 where it is the rule itself that reports."""
    return s.rules[i].statement - 1 if by_date(p, i) else -1


def content_of(s, p, i):
    now = stating(s, p, i)
    return p.cadence.statements[now].content if now >= 0 else p.cadence.rules[i].content


def share_of(s, p, i):
    now = stating(s, p, i)
    return p.cadence.statements[now].share if now >= 0 else p.cadence.rules[i].share


def voice_of(s, p, i):
    now = stating(s, p, i)
    return p.cadence.statements[now].voice if now >= 0 else p.cadence.voice


def covered(step, content):
    """Whether a report of this content speaks of a step at all."""
    if content == Content.VERIFIED:
        return step.verified
    if content == Content.CARRIED_OUT:
        return step.carried_out
    return step.agreed


def commitment_to_tell(s, p, content, share, reaches, k):
    """How much more of one commitment the public would know by this report.

    What an audience has been told does not reach further by being told to it again.
    """
    step = s.steps[k]
    if not covered(step, content):
        return 0.0
    most = min(1.0 - p.cadence.keep, depth(p, content))
    return news(share, reaches * most - step.disclosed, reaches)


def depth(p, content):
    """How much of a commitment reports of this content can give away."""
    return p.disclosure.framework if content == Content.FRAMEWORK_ONLY else 1.0


def result_to_tell(s, p, content, share, reaches, k):
    """How much more of one step's result the public would be told by this report.

    A report of what is agreed tells of promises, not of what became of them; and what is kept in an annex
    is not told once it is done either.
    """
    step = s.steps[k]
    if content >= Content.AGREED or not covered(step, content):
        return 0.0
    return news(share, reaches * (1.0 - p.cadence.keep) - step.reported, reaches)


def news(share, hidden, reaches):
    """A share of what is hidden; the crumbs that shares of shares leave over are no news."""
    return share * hidden if hidden > 0.02 * reaches else 0.0


def reach(p):
    """How much of the general public an audience stands for."""
    if p.cadence.audience == Audience.OVERSIGHT_COMMITTEE:
        return p.disclosure.committee
    if p.cadence.audience == Audience.PARLIAMENT:
        return p.disclosure.parliament
    if p.cadence.audience == Audience.PARTNERS:
        return p.disclosure.partners
    return 1.0


def announce(s, p, i):
    s.rules[i].ready = False
    s.probed = False
    for k in range(RULES):
        if s.rules[k].ready:
            s.probe_wanted = p.cadence.probe  # a balloon of its own for the next report
    voice = voice_of(s, p, i)
    awaited = s.rules[i].awaited
    s.rules[i].awaited = False
    reaches = reach(p)
    first = s.told_day != s.day  # what is told at one time is one piece of news
    if publish(s, p, content_of(s, p, i), share_of(s, p, i), reaches) <= 0.0:
        break_promise(s, p)
        if awaited and (talked_of(s) or s.phase >= Phase.SIGNED):
            feed_rumour(s, p.disclosure.speculation * reaches * s.undisclosed)
        return
    s.announcements += 1
    if reaches >= 1.0:
        become_known(s)
    if p.cadence.announced:
        win_support(s.a, p.disclosure.promise)
        win_support(s.b, p.disclosure.promise)
    if reaches < 1.0:
        s.circle = more(s.circle, p.disclosure.briefed)
        s.insiders += p.disclosure.briefed_insiders
    if first and voice == Voice.UNILATERAL:
        s.trust = less(s.trust, p.disclosure.unilateral)
        s.affronted = True
    elif first and voice == Voice.NOTIFIED:
        s.trust = less(s.trust, p.disclosure.notified)
    s.resting = p.cadence.min_gap > 0.0
    s.commenting = p.cadence.feedback > 0.0


def publish(s, p, content, share, reaches):
    """Tell an audience; returns how much it learns, as a share of the ladder."""
    d = p.disclosure
    before = s.public
    hidden = s.undisclosed
    for_a = 0.0
    for_b = 0.0
    verified = 0.0
    learned = 0.0
    results = 0.0
    for k in range(STEPS):
        step = s.steps[k]
        commitment = commitment_to_tell(s, p, content, share, reaches, k)
        result = result_to_tell(s, p, content, share, reaches, k)
        if covered(step, content):
            # Whoever reports what has leaked confirms it.
            step.owned += share * max(0.0, reaches * depth(p, content) - step.owned)
        if commitment + result <= 0.0:
            continue
        learned += max(commitment, result) / STEPS
        results += result
        worth = d.promised_credit * commitment
        if step.verified:
            verified += max(commitment, result) / STEPS
            worth += result
        else:
            worth += d.unverified_credit * result
        felt = d.felt * result
        if step.conceding == 1:
            s.a.benefit = more(s.a.benefit, felt)
            for_a += worth / STEPS
            for_b -= (commitment + d.delivered * result) / STEPS
        else:
            s.b.benefit = more(s.b.benefit, felt)
            for_b += worth / STEPS
            for_a -= (commitment + d.delivered * result) / STEPS
        step.disclosed = min(1.0, step.disclosed + commitment)
        step.reported = min(1.0, step.reported + result)
    recount(s)
    if learned <= 0.0:
        return 0.0
    owned = d.before_accord if s.phase == Phase.TALKS else 1.0
    heat = d.crisis_heat if s.flaring else 1.0
    judge(s.a, p, for_a, owned, heat)
    judge(s.b, p, for_b, owned, heat)
    unexpected = max(0.0, s.public - max(before, s.expected))
    for side in (s.a, s.b):
        add_pressure(side, min(1.0, d.surprise * unexpected * unexpected))
    s.expected = max(s.expected, s.public)
    if s.told_day != s.day:
        s.told_day = s.day
        for side in (s.a, s.b):
            add_pressure(side, min(1.0, d.attention * reaches * heat * (d.campaign_heat if side.campaign else 1.0)))
        stir_press(s, d.press_interest * reaches)
        s.rumour = less(s.rumour, d.rumour_reset * reaches)
    if hidden > 0.0:
        s.legitimacy_debt = less(s.legitimacy_debt, d.debt_paid * min(1.0, (s.public - before) / hidden))
    raise_alarm(s, min(1.0, d.alarmed * heat * (learned - verified + d.alarmed_verified * verified)))
    if s.phase > Phase.TALKS:
        s.embedding = more(s.embedding, d.embedded * verified)
    s.oversold = more(s.oversold, min(1.0, (p.cadence.claim - 1.0) * learned))
    if results > 0.0 and reaches >= 1.0:
        s.unlocked = True
    return learned


def judge(side, p, balance, owned, heat):
    """Credit a side for what it gains by the steps told, or charge it for what it gives: the more in heated times."""
    if balance > 0.0:
        win_support(side, min(1.0, p.disclosure.credit * owned * p.cadence.claim * balance))
    else:
        heated = heat * (p.disclosure.campaign_heat if side.campaign else 1.0)
        add_pressure(side, min(1.0, -p.disclosure.charge * balance * heated))


def break_promise(s, p):
    """A promised report was missed or empty, and it is noticed: the more, the more is outstanding.

    Nobody misses reports of a channel that nobody knows of.
    """
    known = s.announcements > 0 or s.leaks > 0 or s.phase >= Phase.SIGNED
    if p.cadence.announced and known:
        s.empty_reports += 1
        outstanding = (1.0 - s.carried_out_share) * reach(p)
        for side in (s.a, s.b):
            add_pressure(side, p.disclosure.broken_promise * outstanding)
            lose_support(side, p.disclosure.broken_promise_support * outstanding)


# -- the signed text ------------------------------------------------------------------


def text_speed(s, p):
    # What is agreed after the signature amends a public text, and is published too.
    return 1.0 if s.phase >= Phase.SIGNED and s.published < s.agreed else 0.0


def publish_text(s, p):
    s.published = s.agreed
    publish(s, p, Content.AGREED, 1.0, 1.0)
    # The text leaves no crumbs: whatever is not in the annex is public.
    for k in range(STEPS):
        if s.steps[k].agreed:
            s.steps[k].disclosed = max(s.steps[k].disclosed, 1.0 - p.cadence.keep)
    recount(s)


# -- what comes after -----------------------------------------------------------------


def gap_speed(s, p):
    return 1.0 if s.resting else 0.0


def min_gap(p):
    return p.cadence.min_gap


def end_gap(s, p):
    s.resting = False


def comment_speed(s, p):
    return 1.0 if s.commenting else 0.0


def comment_period(p):
    return p.cadence.feedback


def end_comments(s, p, u):
    s.commenting = False
    win_support(s.a, p.disclosure.comments_support)
    win_support(s.b, p.disclosure.comments_support)
    s.ambiguity = less(s.ambiguity, p.disclosure.comments_ambiguity)
    # What has been carried out, or ratified, is amended no more.
    open_still = 0.0 if s.phase == Phase.IMPLEMENTATION else 1.0 - s.carried_out_share
    if u[0] < p.disclosure.comments * open_still:
        s.trust = less(s.trust, p.disclosure.comments_trust)


def find_out_speed(s, p):
    return p.disclosure.found_out * s.oversold


def find_out(s, p):
    for side in (s.a, s.b):
        lose_support(side, p.disclosure.found_out_support * s.oversold)
        add_pressure(side, p.disclosure.found_out_pressed * s.oversold)
    s.embedding = less(s.embedding, p.disclosure.found_out_embedding * s.oversold)
    s.oversold = 0.0


def work_speed(s, p):
    return 1.0 if s.routine > 0.01 else 0.0


def work_off(s, p):
    s.routine *= p.disclosure.routine_done


def answer_speed(s, p):
    return p.disclosure.answered if s.affronted else 0.0


def answer(s, p, u):
    s.affronted = False
    for side in (s.a, s.b):
        add_pressure(side, p.disclosure.answer_pressed)
    # After ratification there is no contact to break off that the deal hangs on.
    if s.phase < Phase.IMPLEMENTATION and u[0] < p.disclosure.answer * (1.0 - s.trust):
        s.suspended = True


def silence_speed(s, p):
    return 1.0 if s.suspended else 0.0


def resume(s, p):
    s.suspended = False


# -- the clocks -----------------------------------------------------------------------


def told_due(t):
    before = t.before.rules[t.i]
    if t.s.rules[t.i].statement != before.statement and (before.due or before.ready):
        return "A report that was being prepared is dropped; another takes its place."
    return "A promised report is late." if t.s.empty_reports > t.before.empty_reports else ""


def told_results(t):
    if t.s.carried_out == 0:
        return ""
    return f" and {100 * min(1.0, t.s.reported * STEPS / t.s.carried_out):.0f}% of what has been carried out"


def told_announcement(t):
    if t.s.empty_reports > t.before.empty_reports:
        return "A promised report has nothing new to say."
    if t.s.announcements == t.before.announcements:
        return "A report that was decided on has nothing new to tell." if t.s.rules[t.i].statement > 0 else ""
    if t.s.circle > t.before.circle:
        return "A report goes to those who are let in, and to nobody else."
    told = (
        f"{'The partners report' if concluded_before(t.s) else 'The channel reports'}: the public now knows {100 * t.s.openness:.0f}% of what is agreed"
        f"{told_results(t)}."
    )
    return told


def told_text(t):
    kept = t.s.undisclosed
    annex = f", but for an annex worth {100 * kept:.0f}% of the ladder" if kept > 0.001 else ""
    if t.before.published > 0:
        return f"What was agreed since is published too; the text now covers {t.s.published} of {STEPS} steps{annex}."
    return f"The text is published{annex}."


def told_answer(t):
    if t.s.suspended and not t.before.suspended:
        return "The side that was told on breaks off contact."
    return "The side that was told on protests."


def told_comments(t):
    if t.s.trust < t.before.trust:
        return "The comment period ends; something already agreed has to be amended."
    return "The comment period ends."


MECHANISM = Mechanism(
    "disclosure",
    parameters=Disclosure,
    about=__doc__,
    clocks=(
        Clock("text published", text_speed, publish_text, at_once(), says=told_text),
        # What was going on when a process failed is forgotten: talks that begin anew count their days from there.
        Clock("report due", calendar_speed, come_due, fixed(every), over=Counted("rules"), memory="restart", says=told_due),
        Clock("occasion", occasion_speed, take_occasion, at_once(), over=Counted("rules")),
        Clock("report prepared", prepare_speed, prepare, fixed(delay), over=Counted("rules"), memory="restart",
            renews_on="rules[i].statement"),
        Clock("announcement", announce_speed, announce, at_once(), over=Counted("rules"), says=told_announcement),
        Clock("rest", gap_speed, end_gap, fixed(min_gap)),
        Clock("comment period", comment_speed, end_comments, fixed(comment_period), uniforms=1, says=told_comments),
        Clock("work of reporting", work_speed, work_off, fixed(MONTH)),
        Clock("answer", answer_speed, answer, uniforms=1, says=told_answer),
        Clock("contact resumed", silence_speed, resume, fixed(lambda p: p.disclosure.broken_off),
            says="Contact is resumed."),
        Clock("overselling found out", find_out_speed, find_out, says="Claims beyond what was done are found out."),
    ),
)  # fmt: skip
