"""The crisis: the state that every mechanism shares, and its vocabulary.

Mechanisms meet here and nowhere else. Every field has a neutral value, so that a
mechanism that is left out leaves a sensible world behind. Indices lie in [0, 1] and move
by shares (`more`, `less`), so they cannot leave it.
"""

import math
from enum import IntEnum

from timeline import Array, Field, Parameter, Parameters, Record

NO_ESTIMATE = (
    "no estimate found; the essays give the direction only; the ends are judgement too, about as far below the default as "
    "above it"
)
#: From the easiest to the hardest (S0, S1).
LADDER = (
    "prisoner exchange", "humanitarian corridors", "disaster relief", "information exchange",
    "limited cease-fire", "opening of crossings", "withdrawal of heavy weapons", "release of funds",
    "phased demobilisation", "shared institutions", "security guarantees", "final status framework",
)  # fmt: skip
#: What two states that ally in secret promise each other, from the lightest to the heaviest (S2).
PACT_LADDER = (
    "regular consultations", "liaison officers", "exchange of intelligence", "deliveries of arms",
    "transit and overflight", "joint exercises", "use of bases", "joint staff talks",
    "division of spheres", "benevolent neutrality", "arrangements for aid", "joint war plans",
)  # fmt: skip
STEPS = len(LADDER)
#: How far each is seen once it is done, whoever tells of it: an opened crossing cannot be hidden, a guarantee can.
VISIBLE = (0.9, 0.8, 0.7, 0.05, 0.9, 1.0, 0.6, 0.2, 0.8, 1.0, 0.1, 0.0)
PACT_VISIBLE = (0.3, 0.1, 0.0, 0.3, 0.4, 0.7, 0.8, 0.1, 0.0, 0.0, 0.2, 0.0)
#: What each does besides building trust. A kept guarantee is no exchange of prisoners.
RELIEVES = (1.5, 1.5, 1.5, 0.5, 1.0, 2.0, 0.5, 2.0, 0.5, 1.0, 0.5, 0.5)  # benefit that is felt, 1 being usual
DISARMS = (0.0, 0.0, 0.0, 0.0, 0.25, 0.0, 0.35, 0.0, 0.4, 0.0, 0.0, 0.0)  # of what an attack can do
INFORMS = (0.0, 0.0, 0.0, 0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0)  # ambiguity cut
ANCHORS = (0.0, 0.0, 0.0, 0.0, 0.0, 0.05, 0.0, 0.05, 0.0, 0.15, 0.0, 0.0)  # embedding won
GUARANTEE, STATUS = 10, 11
#: What is done cannot be undone: prisoners are home, relief was given, what was told is known.
LASTING = (True, False, True, True, False, False, False, False, False, False, False, False)
RULES = 4
#: So often a process begins anew at most.
RENEWALS = 3
NEVER = math.nan


class Regime(IntEnum):
    """How a side is ruled; it decides how its leaders come and go."""

    DEMOCRACY = 0
    AUTOCRACY = 1
    MOVEMENT = 2


class Phase(IntEnum):
    """How far the agreement has come."""

    TALKS = 0
    ACCORD = 1
    SIGNED = 2
    IMPLEMENTATION = 3


class Outcome(IntEnum):
    """How the timeline ended."""

    OPEN = 0
    CONSOLIDATED = 1
    ABANDONED = 2
    COLLAPSED = 3
    ALLIANCE = 4
    LAPSED = 5
    WAR = 6


class Cause(IntEnum):
    """What ended it, proximately: whose clock rang first."""

    NONE = 0
    WALKOUT = 1
    EXPOSURE = 2
    SPOILERS = 3
    ABANDONMENT = 4
    REPUDIATION = 5
    BREACH = 6
    REJECTION = 7
    RETALIATION = 8
    WAR = 9
    SUCCESSION = 10
    DEFIANCE = 11


class Shock(IntEnum):
    """The last thing that shook the process."""

    NONE = 0
    LEAK = 1
    SUCCESSION = 2
    BROKEN_STEP = 3
    ATTACK = 4
    MISSED_DEADLINE = 5
    SETBACK_IN_PARLIAMENT = 6
    RENEGOTIATION = 7
    ESCALATION = 8
    PROBE = 9
    COUNTER_ALLIANCE = 10
    BETRAYAL = 11
    ARMS_RACE = 12


class Side(Record):
    """One side of the conflict."""

    regime = Field(Regime.DEMOCRACY, "how it is ruled")
    in_office = Field(0.0, "days that the leader of the first day had been in office; 0 for a successor")
    leaders = Field(0, "changes of leader so far")
    irregular_exits = Field(0, "leaders removed against the rules")
    irregular_recent = Field(False, "a leader was removed against the rules within the last year")
    honeymoon = Field(False, "a leader who came by the rules is in the first year")
    new_coalition = Field(False, "the leader rests on another coalition than the one that negotiated")
    owns_deal = Field(True, "the leader regards the deal as the leader's own")
    campaign = Field(False, "an election campaign is on")
    campaign_in = Field(0.0, "days from an election to the next campaign")
    turmoil = Field(0.3, "latent unrest, which feeds pressure and irregular exits", index=True)
    pressure = Field(0.35, "public pressure against concessions", index=True)
    support = Field(0.45, "public support for the deal", index=True)
    reacts = Field(False, "its public's mood moves: pressure and support")
    benefit = Field(0.0, "benefits of carried out steps that its public has felt", index=True)
    yields = Field(0.0, "what it gives up beyond what it gets, of what the public knows", index=True)
    ratified = Field(False, "its parliament, ruling circle or congress has agreed to the signed text")
    following = Field(True, "its own people follow what its leaders have signed")
    line = Field(0.0, "how far its public line has come toward what is agreed, as a share of the whole ladder", index=True)


class Step(Record):
    """One commitment of the ladder."""

    difficulty = Field(0.5, "how hard it is to agree and to carry out", index=True)
    conceding = Field(0, "which side concedes: 0 for a, 1 for b")
    rank = Field(0.0, "its place in the order of negotiation: lowest first")
    visible = Field(0.0, "how far it is seen once it is done, whoever tells of it", index=True)
    lasting = Field(False, "it cannot be undone once it is done")
    disarms = Field(0.0, "what it takes, once kept, of what an attack can do", index=True)
    agreed = Field(False, "privately agreed")
    carried_out = Field(False, "carried out")
    verified = Field(False, "carried out, and confirmed by a third party")
    broken = Field(0, "how often it was due and not kept")
    disclosed = Field(0.0, "share of the commitment that the public knows", index=True)
    reported = Field(0.0, "share of its result, once kept, that the public has been told of", index=True)
    owned = Field(0.0, "share of the commitment, the annex apart, that its makers have told or confirmed", index=True)


class RuleState(Record):
    """Where one rule of the cadence stands."""

    seen = Field(0, "occasions of its kind already answered")
    high = Field(False, "the watched index was above its level when last looked at")
    due = Field(False, "a report is due, waiting for its delay to pass")
    ready = Field(False, "a report is ready, waiting for the moment")
    awaited = Field(False, "the report's day has come round, and those who follow the channel look out for it")
    statement = Field(0, "which of the cadence's statements is being made, or was made last; 0 for none")


class Later(Record):
    """An agreement of a process that began anew."""

    signed = Field(NEVER, "the text public as an agreement")
    half_verified = Field(NEVER, "at least half of what was agreed is verified, after signature")
    ended = Field(NEVER, "failed")


class Crisis(Record):
    """The whole state."""

    day = Field(0.0, "days since the talks began")
    phase = Field(Phase.TALKS, "how far the agreement has come")
    outcome = Field(Outcome.OPEN, "how it ended")
    cause = Field(Cause.NONE, "what ended it")
    begun_anew = Field(0, "times the process has begun anew")
    resumable = Field(False, "if the process fails, talks will begin anew some day")
    failed_day = Field(NEVER, "when the process last failed")
    resumed_day = Field(NEVER, "when talks last began anew")
    first_outcome = Field(Outcome.OPEN, "how the first process ended")
    first_cause = Field(Cause.NONE, "what ended it")
    later = Array(Later, RENEWALS)
    last_shock = Field(Shock.NONE, "the last thing that shook the process")
    last_shock_day = Field(NEVER, "when that was")
    shocks = Field(0, "shocks so far")
    accord_day = Field(NEVER, "private accord")
    signed_day = Field(NEVER, "the text public as an agreement")
    ratified_day = Field(NEVER, "ratified: carrying out in full begins")
    half_verified_day = Field(NEVER, "at least half of what was agreed is verified, after signature")
    known_day = Field(NEVER, "the public first heard of it: a leak, a report to everyone, or the signature")
    a = Side
    b = Side
    # between the elites
    trust = Field(0.3, "trust between the negotiating elites", index=True)
    ambiguity = Field(0.3, "how far the sides differ on what was agreed", index=True)
    documented = Field(0.0, "agreed steps that are written down")
    go_between = Field(0.0, "how far both sides believe the go-between", index=True)
    minutes = Field(0.0, "share of what is agreed that is written down", index=True)
    misreadings = Field(0, "messages misread so far")
    precedent = Field(0.0, "soft norms, blueprints and acquaintance left by unofficial dialogue", index=True)
    workshops = Field(0, "unofficial workshops held")
    fit = Field(0.6, "how well the deal fits both sides' strategic interest", index=True)
    hostility = Field(0.35, "violence and enmity in the conflict", index=True)
    flaring = Field(False, "a crisis is on between the sides")
    flare_ups = Field(0, "crises that flared up")
    escalations = Field(0, "crises that escalated")
    enmity_moves = Field(False, "hostility and opponents' alarm move")
    avenged = Field(False, "the violence that follows a collapse has come")
    suspended = Field(False, "a side has broken off contact for a while")
    aid_seen = Field(0, "steps kept when aid was last looked at")
    aid_broken = Field(0, "broken steps when aid was last looked at")
    aid = Field(0.0, "aid at stake in the next phase", index=True)
    region = Field(0.0, "how far neighbours are bound in by regional measures", index=True)
    fragile = Field(False, "a deal of the fragile kind")
    # the commitments
    channel = Field(True, "there is a secret channel beside the formal talks")
    pace = Field(1.0, "this process's own pace, 1 for the median process")
    steps = Array(Step, STEPS)
    agreed = Field(0, "steps agreed")
    carried_out = Field(0, "steps carried out")
    verified = Field(0, "steps verified")
    broken = Field(0, "times a step was due and not kept")
    carried_out_share = Field(0.0, "carried out, of what is agreed", index=True)
    public = Field(0.0, "share of the whole ladder that the public knows", index=True)
    openness = Field(0.0, "share of what is agreed that the public knows", index=True)
    reported = Field(0.0, "results the public has been told of, as a share of the whole ladder", index=True)
    owned_up = Field(0.0, "share of what is agreed, the annex apart, that its makers have told or confirmed", index=True)
    undisclosed = Field(0.0, "agreed and hidden, as a share of the whole ladder", index=True)
    unfairness = Field(0.0, "imbalance of what the sides concede", index=True)
    disarmed = Field(0.0, "what kept military steps take from an attack", index=True)
    guaranteed = Field(False, "the promise of security guarantees is being kept")
    presence = Field(0.0, "part of what monitors do that they do by being there", index=True)
    watched = Field(0.0, "how far monitors are there, and have confirmed what was carried out", index=True)
    # the public
    insiders = Field(0, "people who know of the channel")
    authorised = Field(True, "those who oversee the channel let it go on")
    circle = Field(0.0, "how far oversight bodies, partners and civil society are let in", index=True)
    expected = Field(0.0, "share of the ladder that the public expects to exist", index=True)
    gap = Field(0.0, "distance between what is agreed in private and what is said in public", index=True)
    attention = Field(0.1, "interest of the press", index=True)
    press_moves = Field(False, "rumour and the interest of the press move")
    rumour = Field(0.1, "rumours of a secret deal", index=True)
    alarm = Field(0.1, "what opponents know and fear", index=True)
    legitimacy_debt = Field(0.0, "resentment at having been kept in the dark", index=True)
    oversold = Field(0.0, "claims beyond what was done, still believed", index=True)
    leaks = Field(0, "leaks so far")
    leaks_past = Field(0, "leaks of processes that have failed")
    exposed = Field(False, "a leak is recent enough to end the process")
    leak_damage = Field(0.0, "how damaging the recent leak is", index=True)
    # disclosure
    announcements = Field(0, "reports made to an audience")
    told_day = Field(NEVER, "when something was last told")
    empty_reports = Field(0, "promised reports that were missed or empty")
    resting = Field(False, "the least gap since the last announcement has not passed")
    commenting = Field(False, "a comment period is on")
    routine = Field(0.0, "how far the making of reports ties up those who negotiate", index=True)
    affronted = Field(False, "a side has been told on, and is about to answer")
    published = Field(0, "steps whose signed text has been published")
    balloons_fly = Field(False, "trial balloons can be sent")
    probe_wanted = Field(False, "a report waits for a trial balloon")
    probed = Field(False, "a trial balloon has gone before the next report")
    balloons = Field(0, "trial balloons so far")
    deniability = Field(1.0, "how far a trial balloon can be denied", index=True)
    rules = Array(RuleState, RULES)
    # institutions
    front_progress = Field(0.0, "progress of the formal talks", index=True)
    unlocked = Field(False, "a public step of the backchannel has opened a door for the formal talks")
    missed_deadlines = Field(0, "deadlines missed in the talks")
    ranks_decide = Field(False, "those who were not in the room have to follow a signature")
    sprung = Field(0.0, "share of the signed text, the annex apart, that nobody had been told of before", index=True)
    to_be_ratified = Field(False, "a parliament or court must ratify")
    votes = Field(0, "votes held on ratification")
    monitoring = Field(0.0, "how good third parties are at confirming what was kept", index=True)
    embedding = Field(0.0, "institutions, law and ties that hold the deal", index=True)
    renegotiations = Field(0, "times the deal was renegotiated rather than broken")
    # third parties and pacts
    suspicion = Field(0.0, "suspicion of a rival that watches", index=True)
    probes = Field(0, "times the rival has tested restraint")
    counter_alliance = Field(False, "the rival has found allies")
    emboldened = Field(0.0, "boldness of the side that holds a secret guarantee", index=True)
    wartime = Field(False, "the pact was made in wartime or in haste")
    secret = Field(False, "the pact was concluded in secret")
    renewals = Field(0, "times the pact was renewed")
    exposed_share = Field(0.0, "come out and not owned up to by its makers, as a share of the whole ladder", index=True)
    leaks_answered = Field(0, "leaks that the rival has drawn its conclusions from")
    arms = Field(0.0, "how far the rival and the partners arm against each other", index=True)
    racing = Field(False, "the rival and the partners are, or have been, in an arms race")
    neighbour_lost = Field(False, "a neighbour who was not told has turned away")


def judged(value, meaning, unit, low, high, source=NO_ESTIMATE, **link):
    """Declare a parameter nobody has measured: a wide plausible range, and said to be judgement.

    ``link`` says what bears on what by it: ``moves``, ``paces`` and ``by`` of a `Parameter`.
    """
    return Parameter(
        value, meaning, unit=unit, plausible=(low, high), evidence="judgement", source=source, **link
    )


class SideParameters(Parameters):
    """What differs between the two sides. Equal sides are the default, not a finding."""

    regime = Parameter(
        Regime.DEMOCRACY,
        "how the side is ruled: democracy, autocracy or (armed) movement",
        evidence="judgement",
        source="set by the case; a movement's leaders come and go like an autocracy's, for want of data",
    )
    turmoil = Parameter(
        0.3,
        "turmoil in ordinary times",
        unit="index",
        plausible=(0.1, 0.6),
        evidence="judgement",
        source="set by the case; " + NO_ESTIMATE,
    )
    pressure = Parameter(
        0.35,
        "pressure against concessions in ordinary times",
        unit="index",
        plausible=(0.1, 0.6),
        evidence="judgement",
        source="set by the case; " + NO_ESTIMATE,
    )
    support = Parameter(
        0.45,
        "support for a deal before anything is known of it",
        unit="index",
        plausible=(0.25, 0.65),
        evidence="judgement",
        source="set by the case; " + NO_ESTIMATE,
    )
    power = Parameter(
        0.5,
        "strength against the other side: the stronger keeps its word the less it has to",
        unit="index",
        plausible=(0.2, 0.8),
        evidence="judgement",
        source="set by the case; equal sides by default",
    )
    concedes = Parameter(
        0.5,
        "odds against the other side's that it is this side that concedes a step",
        unit="share",
        plausible=(0.2, 0.8),
        evidence="judgement",
        source="set by the case; equal sides by default",
    )
    caught_out = Parameter(
        1.0,
        "what a leak costs this side: times this",
        unit="ratio",
        plausible=(0.4, 2.5),
        evidence="judgement",
        source="set by the case; equal sides by default",
    )


def more(x, share):
    """Move an index up by a share of what is left above it."""
    return x + share * (1.0 - x)


def less(x, share):
    """Move an index down by a share of it."""
    return x - share * x


def toward(x, target, share):
    """Move an index a share of the way to a target."""
    return x + share * (target - x)


def drifted(x, luck, u):
    """Move an index by chance, up and down alike, by at most a share of the nearer end's distance.

    Up by a share of the room above and down by a share of the value would pull it to the middle.
    ``luck`` is at most 1.
    """
    return x + luck * (2.0 * u - 1.0) * min(x, 1.0 - x)


def mean_pressure(s):
    return 0.5 * (s.a.pressure + s.b.pressure)


def mean_support(s):
    return 0.5 * (s.a.support + s.b.support)


# An index moves only where a mechanism brings it back to its level: pushed for ever in one direction
# by the others it would run away once that mechanism is left out.


def add_pressure(side, share):
    """Raise a side's pressure by a share."""
    if side.reacts:
        side.pressure = more(side.pressure, share)


def win_support(side, share):
    """Raise a side's support by a share."""
    if side.reacts:
        side.support = more(side.support, share)


def lose_support(side, share):
    """Lower a side's support by a share."""
    if side.reacts:
        side.support = less(side.support, share)


def raise_hostility(s, share):
    """Raise hostility by a share."""
    if s.enmity_moves:
        s.hostility = more(s.hostility, share)


def ease_hostility(s, share):
    """Lower hostility by a share."""
    if s.enmity_moves:
        s.hostility = less(s.hostility, share)


def raise_alarm(s, share):
    """Raise opponents' alarm by a share."""
    if s.enmity_moves:
        s.alarm = more(s.alarm, share)


def stir_press(s, share):
    """Raise the interest of the press by a share."""
    if s.press_moves:
        s.attention = more(s.attention, share)


def feed_rumour(s, share):
    """Raise rumour by a share."""
    if s.press_moves:
        s.rumour = more(s.rumour, share)


def next_step(s):
    """Return the number of the step to be negotiated next, or -1 when all are agreed."""
    found = -1
    # The final status is settled in the text of an accord, not before there is one.
    last = STATUS if s.phase == Phase.TALKS else STEPS
    for i in range(last):
        if not s.steps[i].agreed and (found < 0 or s.steps[i].rank < s.steps[found].rank):
            found = i
    return found


def both_own(s):
    """Whether the leaders of both sides regard the deal as their own."""
    return s.a.owns_deal and s.b.owns_deal


def concluded_before(s):
    """Whether the agreement was concluded before the timeline begins, as a pact is."""
    return s.accord_day == 0.0


def talked_of(s):
    """Whether the public knows that there is a channel."""
    return s.announcements > 0 or s.leaks > 0


def become_known(s):
    """Note the day on which the public first hears of what was secret."""
    if math.isnan(s.known_day):
        s.known_day = s.day


def sign(s):
    """Make the text public as an agreement; where nobody has to ratify it, carrying out in full begins."""
    s.phase = Phase.SIGNED
    become_known(s)
    if s.begun_anew == 0:
        s.signed_day = s.day
    else:
        s.later[s.begun_anew - 1].signed = s.day
    s.sprung = 1.0 - s.owned_up
    s.a.following = not s.ranks_decide
    s.b.following = not s.ranks_decide
    if not s.to_be_ratified:
        ratify(s)
    recount(s)


def ratify(s):
    """Begin carrying out in full."""
    s.phase = Phase.IMPLEMENTATION
    if s.begun_anew == 0:
        s.ratified_day = s.day


def note(s, kind):
    """Note what last shook the process."""
    s.last_shock = kind
    s.last_shock_day = s.day


def shock(s, kind):
    """Count a shock: the quiet that consolidation needs begins again."""
    s.shocks += 1
    note(s, kind)


def end(s, outcome, cause):
    """Decide the outcome."""
    s.outcome = outcome
    s.cause = cause
    if outcome == Outcome.ABANDONED or outcome == Outcome.COLLAPSED:
        s.failed_day = s.day
    if s.begun_anew == 0:
        s.first_outcome = outcome
        s.first_cause = cause
    elif s.failed_day == s.day:
        s.later[s.begun_anew - 1].ended = s.day


def collapse(s, cause):
    """Decide the outcome badly."""
    end(s, Outcome.COLLAPSED, cause)


def recount(s):
    """Bring every sum over the ladder up to date; call it after changing a step."""
    agreed = 0
    carried_out = 0
    verified = 0
    public = 0.0
    reported = 0.0
    owned = 0.0
    exposed = 0.0
    balance = 0
    known = 0.0
    disarmed = 0.0
    for i in range(STEPS):
        step = s.steps[i]
        if step.agreed:
            agreed += 1
            public += step.disclosed
            reported += step.reported
            owned += step.owned
            exposed += max(0.0, step.disclosed - step.owned)
            balance += 1 - 2 * step.conceding
            known += step.disclosed * (1 - 2 * step.conceding)
            if step.carried_out:
                carried_out += 1
                disarmed += step.disarms
            if step.verified:
                verified += 1
    s.agreed = agreed
    s.carried_out = carried_out
    s.verified = verified
    s.disarmed = min(1.0, disarmed)
    s.a.yields = max(0.0, known) / STEPS
    s.b.yields = max(0.0, -known) / STEPS
    # Monitors deter by being there, and by what they confirm.
    s.watched = 0.0
    if s.phase >= Phase.SIGNED:
        confirmed = verified / carried_out if carried_out > 0 else 0.0
        s.watched = s.monitoring * (s.presence + (1.0 - s.presence) * confirmed)
    s.public = public / STEPS
    s.reported = reported / STEPS
    s.undisclosed = max(0.0, agreed - public) / STEPS
    s.exposed_share = exposed / STEPS
    if agreed > 0:
        s.openness = public / agreed
        s.owned_up = owned / agreed
        s.carried_out_share = carried_out / agreed
        s.unfairness = abs(balance) / agreed
        if s.phase >= Phase.SIGNED and 2 * verified >= agreed:
            note_half_verified(s)


def note_half_verified(s):
    """Note the day, unless it has been noted."""
    if s.begun_anew == 0:
        if math.isnan(s.half_verified_day):
            s.half_verified_day = s.day
    elif math.isnan(s.later[s.begun_anew - 1].half_verified):
        s.later[s.begun_anew - 1].half_verified = s.day
