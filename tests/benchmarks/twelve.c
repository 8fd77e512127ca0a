/* Twelve clocks of the backchannel, written by hand: how fast the model of `twelve.py` can be on one core.

   The same sums in the same order, so the rows come out bit for bit as from the engines. What a program that knows
   its model can leave out is left out: which clocks an effect may touch is derived by hand, laws and speeds are
   called directly and inlined, parameters are constants, uniforms are drawn only where they are read, nothing is
   checked, and all is on the stack.

   Compile with -ffp-contract=off: a fused product and sum has other last bits. */

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define STEPS 6
#define SAMPLES 61      /* trust, every quarter */
#define SINCE_ACCORD 6  /* carried out, every year since the accord */

static const double YEAR = 365.25, MONTH = 365.25 / 12, QUARTER = 365.25 / 4;

enum { TALKS, ACCORD, IMPLEMENTATION };
enum { OPEN, CONSOLIDATED, COLLAPSED };
enum { NO_CAUSE, EXPOSURE, BREACH, REJECTION };

/* -- the row, as NumPy lays it out ------------------------------------------------------ */

typedef struct {
    bool democracy;
    double in_office;
    int64_t leaders, irregular_exits;
    bool owns_deal;
    double turmoil, pressure, support, benefit;
} Side;

typedef struct {
    double difficulty, rank;
    int64_t conceding;
    bool agreed, carried_out;
    double disclosed;
} Step;

typedef struct {
    double day;
    int64_t phase, outcome, cause, shocks;
    double accord_day, ratified_day;
    Side a, b;
    double trust, ambiguity, fit, hostility;
    bool fragile;
    double pace;
    Step steps[STEPS];
    int64_t agreed, carried_out, broken;
    double carried_out_share, public, openness, undisclosed;
    int64_t insiders;
    double expected, attention, rumour, alarm;
    int64_t leaks, votes;
    double embedding;
    int64_t renegotiations;
} State;

typedef struct {
    int64_t replication, firings;
    uint64_t path;
    State state;
    double trust[SAMPLES], carried_out[SINCE_ACCORD], hostility_days;
} Row;

int64_t row_size(void) { return sizeof(Row); }

/* -- random numbers: Philox 4x32-10 ----------------------------------------------------- */

typedef struct { uint32_t word[4]; } Block;

static inline Block philox(const uint32_t key[2], uint32_t c0, uint32_t c1, uint32_t c2, uint32_t c3)
{
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
        uint64_t low = (uint64_t)0xD2511F53 * c0, high = (uint64_t)0xCD9E8D57 * c2;
        c0 = (uint32_t)(high >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)high;
        c2 = (uint32_t)(low >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)low;
        k0 += 0x9E3779B9;
        k1 += 0xBB67AE85;
    }
    return (Block){{c0, c1, c2, c3}};
}

static inline double unit_interval(uint32_t high, uint32_t low)
{
    return ((double)(int64_t)((uint64_t)high << 20 | low >> 12) + 0.5) * 0x1p-52;
}

static inline double first_of(Block b) { return unit_interval(b.word[0], b.word[1]); }
static inline double second_of(Block b) { return unit_interval(b.word[2], b.word[3]); }

/* -- laws ------------------------------------------------------------------------------- */

static double normal_quantile(double q)
{
    double x = q - 0.5, r, z;
    if (fabs(x) <= 0.425) {
        r = 0.180625 - x * x;
        return x *
               ((((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r +
                     45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r +
                  133.14166789178437745) * r + 3.387132872796366608) /
                (((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r +
                     21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r +
                  42.313330701600911252) * r + 1.0));
    }
    r = x < 0 ? q : 1.0 - q;
    r = sqrt(-log(r));
    if (r <= 5.0) {
        r = r - 1.6;
        z = (((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r +
                1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r +
             4.6303378461565452959) * r + 1.42343711074968357734) /
            (((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r +
                0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r +
             2.05319162663775882187) * r + 1.0);
    } else {
        r = r - 5.0;
        z = (((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r +
                0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r +
             5.4637849111641143699) * r + 6.6579046435011037772) /
            (((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r +
                7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r +
             0.59983220655588793769) * r + 1.0);
    }
    return x < 0 ? -z : z;
}

#define KNOTS 17
static const double knots[KNOTS] = {
    0.0, 30.4375, 91.3125, 182.625, 365.25, 547.875, 730.5, 1095.75, 1461.0, 1497.525, 1826.25, 1862.775, 2191.5,
    2922.0, 3652.5, 4383.0, 5844.0,
};
static const double hazards[2][KNOTS] = {
    {0.001158822, 0.0008016161, 0.0006088264, 0.0009657934, 0.0007883305, 0.0005350537, 0.0005427962, 0.0005078379,
     0.005143131, 0.0005796242, 0.006874441, 0.000582086, 0.0004624727, 0.0006787848, 0.001321222, 0.0008318699,
     0.0008978676},
    {0.003630061, 0.001022919, 0.0007852399, 0.0008785085, 0.0007342748, 0.0003446273, 0.0003109062, 0.0003587417,
     0.0003257501, 0.0002781797, 0.001322511, 0.0003141159, 0.0003052322, 0.0002501794, 0.0002806716, 0.0001992501,
     0.0002359545},
};

static double tenure(double u, const double *hazard, double age)
{
    int i = 0;
    while (i < KNOTS - 1 && knots[i + 1] <= age) i++;
    double left = -log(u), at = age;
    while (i < KNOTS - 1) {
        double ahead = hazard[i] * (knots[i + 1] - at);
        if (left < ahead) break;
        left -= ahead;
        at = knots[++i];
    }
    return at - age + left / hazard[i];
}

/* -- the clocks ------------------------------------------------------------------------- */

enum { AGREED, CARRIED_OUT, REACHED, VOTE, EXIT_A, EXIT_B, LEAK, RUMOUR, POLITICS, ATTACK, TEMPTED, QUIET, CLOCKS };

#define NOTHING -1.0 /* left: no lifetime in hand; speed: of a clock that has just fired */

typedef struct {
    State s;
    double now;
    double left[CLOCKS], since[CLOCKS], speed[CLOCKS], due[CLOCKS];
    uint32_t firing[CLOCKS];
    uint32_t replication;
    int64_t quiet_since_shock; /* the number of the last shock that consolidation has seen */
    const uint32_t (*keys)[2];
} Play;

/* Only consolidation ever drops a lifetime, and its law draws nothing: the number of redraws is always 0. */
static inline double lifetime(const Play *t, int k)
{
    double u = first_of(philox(t->keys[k], t->replication, t->firing[k], 0, 0));
    switch (k) {
    case AGREED: return exp(-1.651 * normal_quantile(u));
    case CARRIED_OUT: return pow(-log(u), 1 / 0.8);
    case VOTE: return exp(-0.7 * normal_quantile(u));
    case EXIT_A: return tenure(u, hazards[t->s.a.democracy ? 0 : 1], t->firing[k] > 0 ? 0.0 : t->s.a.in_office);
    case EXIT_B: return tenure(u, hazards[t->s.b.democracy ? 0 : 1], t->firing[k] > 0 ? 0.0 : t->s.b.in_office);
    default: return -log(u);
    }
}

static inline void retime(Play *t, int k, double faster)
{
    if (faster == t->speed[k]) return;
    double now = t->now, left = t->left[k];
    if (left >= 0) {
        double rest = left - (now - t->since[k]) * t->speed[k];
        left = t->due[k] == now || !(rest > 0.0) ? 0.0 : rest;
    } else if (faster > 0) {
        left = lifetime(t, k);
    }
    t->left[k] = left;
    t->since[k] = now;
    t->speed[k] = faster;
    t->due[k] = faster > 0 ? now + left / faster : INFINITY;
}

static inline Block effect_draws(const Play *t, int k, uint32_t block)
{
    return philox(t->keys[k], t->replication, t->firing[k], 0, 1 + block);
}

static inline void used_up(Play *t, int k)
{
    t->firing[k]++;
    t->left[k] = NOTHING;
    t->speed[k] = NOTHING;
}

/* -- the crisis's own words ------------------------------------------------------------- */

static inline double more(double x, double part) { return x + part * (1.0 - x); }
static inline double less(double x, double part) { return x - part * x; }
static inline double toward(double x, double target, double part) { return x + part * (target - x); }
static inline double least(double x, double y) { return y < x ? y : x; }
static inline double most(double x, double y) { return y > x ? y : x; }
static inline double drifted(double x, double luck, double u)
{
    return x + luck * (2.0 * u - 1.0) * least(x, 1.0 - x);
}
static inline double mean_pressure(const State *s) { return 0.5 * (s->a.pressure + s->b.pressure); }
static inline double mean_support(const State *s) { return 0.5 * (s->a.support + s->b.support); }

static void recount(State *s)
{
    int64_t agreed = 0, carried_out = 0;
    double public = 0.0;
    for (int i = 0; i < STEPS; i++)
        if (s->steps[i].agreed) {
            agreed++;
            public += s->steps[i].disclosed;
            carried_out += s->steps[i].carried_out;
        }
    s->agreed = agreed;
    s->carried_out = carried_out;
    s->public = public / STEPS;
    s->undisclosed = most(0.0, (double)agreed - public) / STEPS;
    if (agreed > 0) {
        s->openness = public / (double)agreed;
        s->carried_out_share = (double)carried_out / (double)agreed;
    }
}

/* -- speeds, and timing anew ------------------------------------------------------------ */

static inline int next_step(const State *s)
{
    int found = -1;
    for (int i = 0; i < STEPS; i++)
        if (!s->steps[i].agreed && (found < 0 || s->steps[i].rank < s->steps[found].rank)) found = i;
    return found;
}

static void time_agreed(Play *t)
{
    const State *s = &t->s;
    int i = next_step(s);
    if (i < 0) {
        retime(t, AGREED, 0.0);
        return;
    }
    double difficulty = s->steps[i].difficulty;
    double speed = s->pace * 3.0 / 198.7 * pow(0.6, difficulty);
    speed *= pow(2.0, s->trust - 0.5) * pow(0.7, s->ambiguity);
    if (s->phase == TALKS) {
        speed *= pow(0.12, difficulty * s->openness);
        speed *= pow(0.25, difficulty * mean_pressure(s));
    }
    retime(t, AGREED, speed);
}

static inline int step_due(const State *s)
{
    for (int i = 0; i < STEPS; i++)
        if (s->steps[i].agreed && !s->steps[i].carried_out)
            if (s->phase == IMPLEMENTATION || s->steps[i].difficulty <= 0.4) return i;
    return -1;
}

static void time_carried_out(Play *t)
{
    const State *s = &t->s;
    int i = step_due(s);
    if (i < 0) {
        retime(t, CARRIED_OUT, 0.0);
        return;
    }
    double pressure = s->steps[i].conceding == 1 ? s->b.pressure : s->a.pressure;
    double speed = 0.02 * pow(0.06, s->steps[i].difficulty);
    retime(t, CARRIED_OUT, speed * pow(2.5, s->trust) * pow(0.4, pressure));
}

static inline void time_reached(Play *t)
{
    const State *s = &t->s;
    retime(t, REACHED, s->phase == TALKS && s->agreed >= 3 && s->trust >= 0.3 ? 0.008 : 0.0);
}

static inline void time_vote(Play *t) { retime(t, VOTE, t->s.phase == ACCORD ? 1.0 / 250.0 : 0.0); }

static void time_exit_a(Play *t)
{
    const Side *me = &t->s.a;
    retime(t, EXIT_A, pow(3.0, me->turmoil - 0.3) * pow(1.8, me->pressure - 0.35));
}

static void time_exit_b(Play *t)
{
    const Side *me = &t->s.b;
    retime(t, EXIT_B, pow(3.0, me->turmoil - 0.35) * pow(1.8, me->pressure - 0.3));
}

static void time_leak(Play *t)
{
    const State *s = &t->s;
    double hidden = s->undisclosed;
    if (hidden <= 0.0) {
        retime(t, LEAK, 0.0);
        return;
    }
    double speed = (7e-7 * (double)s->insiders + 0.0007) * hidden;
    retime(t, LEAK, speed * pow(6.0, s->attention) * pow(4.0, s->rumour));
}

static void time_attack(Play *t)
{
    const State *s = &t->s;
    double speed = 0.001 * pow(6.0, s->alarm);
    speed *= pow(3.0, s->hostility);
    if (s->phase == IMPLEMENTATION) speed *= pow(0.3, s->carried_out_share);
    retime(t, ATTACK, speed);
}

static void time_tempted(Play *t)
{
    const State *s = &t->s;
    if (s->phase == TALKS) {
        retime(t, TEMPTED, 0.0);
        return;
    }
    double misfit = 1.0 - s->fit;
    double speed = 2e-5 * pow(10.0, misfit) * pow(2.0, s->ambiguity);
    speed *= pow(0.3, s->embedding * s->fit) * pow(6.0, s->embedding * misfit);
    if (!s->a.owns_deal) speed *= 5.0;
    if (!s->b.owns_deal) speed *= 5.0;
    retime(t, TEMPTED, s->fragile ? speed * 60.0 : speed);
}

/* The clock restarts whenever it has been paused or a shock has come: it always begins with the whole time. */
static inline void time_quiet(Play *t)
{
    const State *s = &t->s;
    bool runs = s->phase == IMPLEMENTATION && s->carried_out_share >= 0.6 && s->embedding >= 0.3;
    if (!runs)
        t->due[QUIET] = INFINITY;
    else if (t->due[QUIET] == INFINITY || t->quiet_since_shock != s->shocks)
        t->due[QUIET] = t->now + 730.5;
    t->quiet_since_shock = s->shocks;
}

/* -- effects, each with the clocks that it may have touched ----------------------------- */

static void agree(Play *t)
{
    State *s = &t->s;
    Block draws = {{0}};
    for (int k = 0; k < STEPS; k++) {
        int i = next_step(s);
        if (i < 0) break;
        if (k > 0) {
            if (k == 1 || k % 2 == 0) draws = effect_draws(t, AGREED, k / 2);
            if ((k % 2 ? second_of(draws) : first_of(draws)) >= 0.127) break;
        }
        s->steps[i].agreed = true;
        s->trust = more(s->trust, 0.05);
    }
    recount(s);
    used_up(t, AGREED);
    time_agreed(t);
    time_carried_out(t);
    time_reached(t);
    time_leak(t);
    time_attack(t);
    time_quiet(t);
}

static void carry_out(Play *t)
{
    State *s = &t->s;
    Step *step = &s->steps[step_due(s)];
    double pressure = step->conceding == 1 ? s->b.pressure : s->a.pressure;
    double odds = 0.12 / (1.0 - 0.12);
    odds *= pow(3.0, pressure - 0.5) * pow(0.4, s->trust - 0.5);
    double u = first_of(effect_draws(t, CARRIED_OUT, 0));
    used_up(t, CARRIED_OUT);
    if (u < odds / (1.0 + odds)) {
        s->broken++;
        s->trust = less(s->trust, 0.25);
        s->a.pressure = more(s->a.pressure, 0.1 * step->disclosed);
        s->a.support = less(s->a.support, 0.06 * step->disclosed);
        s->b.pressure = more(s->b.pressure, 0.1 * step->disclosed);
        s->b.support = less(s->b.support, 0.06 * step->disclosed);
        s->shocks++;
        time_exit_a(t);
        time_exit_b(t);
    } else {
        step->carried_out = true;
        s->trust = more(s->trust, 0.1);
        s->hostility = less(s->hostility, 0.05);
        double felt = 0.16 * (0.35 + (1.0 - 0.35) * step->disclosed);
        if (step->conceding == 1)
            s->a.benefit = more(s->a.benefit, felt);
        else
            s->b.benefit = more(s->b.benefit, felt);
        recount(s);
        time_attack(t);
    }
    time_agreed(t);
    time_carried_out(t);
    time_reached(t);
    time_quiet(t);
}

static void reach(Play *t)
{
    State *s = &t->s;
    s->phase = ACCORD;
    s->accord_day = t->now;
    double hurried = 540.0 / (540.0 + t->now);
    double odds = 0.18 / (1.0 - 0.18) * pow(2.5, hurried);
    s->fragile = first_of(effect_draws(t, REACHED, 0)) < odds / (1.0 + odds);
    used_up(t, REACHED);
    time_agreed(t);
    time_reached(t);
    time_vote(t);
    time_tempted(t);
}

static void vote(Play *t)
{
    State *s = &t->s;
    double odds = 0.75 / (1.0 - 0.75);
    odds *= pow(12.0, mean_support(s) - 0.5);
    s->votes++;
    Block draws = effect_draws(t, VOTE, 0);
    used_up(t, VOTE);
    if (first_of(draws) < odds / (1.0 + odds)) {
        s->phase = IMPLEMENTATION;
        s->ratified_day = t->now;
        time_attack(t);
    } else if (second_of(draws) < 0.3) {
        s->outcome = COLLAPSED;
        s->cause = REJECTION;
        return;
    } else {
        s->trust = less(s->trust, 0.1);
        s->shocks++;
        time_agreed(t);
    }
    time_carried_out(t);
    time_vote(t);
    time_quiet(t);
}

static inline void leave(Play *t, int k, Side *me, double usual_turmoil)
{
    State *s = &t->s;
    Block draws = effect_draws(t, k, 0);
    double part = me->democracy ? 0.058 : 0.384;
    double odds = part / (1.0 - part) * pow(8.0, me->turmoil - usual_turmoil);
    bool irregular = first_of(draws) < odds / (1.0 + odds);
    me->leaders++;
    s->trust = less(s->trust, 0.25);
    if (irregular) {
        me->irregular_exits++;
        s->shocks++;
    }
    used_up(t, k);
    if (s->phase != TALKS) {
        odds = 0.65 / (1.0 - 0.65);
        odds *= pow(4.0, me->support - 0.5) * pow(3.0, s->public);
        if (irregular) odds *= 0.4;
        me->owns_deal = second_of(draws) < odds / (1.0 + odds);
        if (!me->owns_deal && !irregular) s->shocks++;
        time_tempted(t);
        time_quiet(t);
    }
    time_agreed(t);
    time_carried_out(t);
    time_reached(t);
}

static void leave_a(Play *t)
{
    leave(t, EXIT_A, &t->s.a, 0.3);
    time_exit_a(t);
}

static void leave_b(Play *t)
{
    leave(t, EXIT_B, &t->s.b, 0.35);
    time_exit_b(t);
}

static void leak(Play *t)
{
    State *s = &t->s;
    Block draws = effect_draws(t, LEAK, 0);
    double brought_out = 0.15 + (1.0 - 0.15) * first_of(draws);
    double before = s->public, hidden = s->undisclosed;
    for (int i = 0; i < STEPS; i++)
        if (s->steps[i].agreed) s->steps[i].disclosed = more(s->steps[i].disclosed, brought_out);
    recount(s);
    double unexpected = most(0.0, s->public - most(before, s->expected));
    double damage = least(1.0, 2.5 * unexpected * unexpected + hidden * brought_out);
    s->leaks++;
    s->trust = less(s->trust, 0.35 * damage);
    s->a.pressure = more(s->a.pressure, 0.45 * damage);
    s->a.support = less(s->a.support, 0.3 * damage);
    s->b.pressure = more(s->b.pressure, 0.45 * damage);
    s->b.support = less(s->b.support, 0.3 * damage);
    s->alarm = more(s->alarm, 0.4 * damage);
    s->expected = most(s->expected, s->public);
    s->attention = more(s->attention, 0.5 * damage);
    s->shocks++;
    if (second_of(draws) < 0.3 * damage * pow(4.0, mean_pressure(s) - 0.5)) {
        s->outcome = COLLAPSED;
        s->cause = EXPOSURE;
        return;
    }
    used_up(t, LEAK);
    time_agreed(t);
    time_carried_out(t);
    time_reached(t);
    time_exit_a(t);
    time_exit_b(t);
    time_leak(t);
    time_attack(t);
    time_quiet(t);
}

static void guess(Play *t)
{
    State *s = &t->s;
    double u = first_of(effect_draws(t, RUMOUR, 0));
    s->rumour = most(0.05, toward(s->rumour, 0.05, 0.12));
    s->rumour = more(s->rumour, 0.1 * s->undisclosed + 0.08 * u * s->undisclosed);
    double level = 0.1 + (0.5 - 0.1) * s->rumour;
    s->attention = toward(s->attention, level, 0.2);
    double guessed = least(1.0, s->public + s->rumour * s->undisclosed);
    s->expected = toward(s->expected, most(guessed, s->public), 0.06);
    t->firing[RUMOUR]++;
    t->due[RUMOUR] = t->now + MONTH;
    time_leak(t);
}

static inline void drift(const State *s, Side *me, Block draws, double turmoil, double pressure, double support)
{
    me->turmoil = drifted(toward(me->turmoil, turmoil, 0.06), 0.35, first_of(draws));
    double level = me->turmoil > turmoil ? more(pressure, 0.35 * (me->turmoil - turmoil))
                                         : less(pressure, 0.35 * (turmoil - me->turmoil));
    level = more(level, 0.2 * s->rumour);
    level = more(level, 0.2 * s->hostility);
    level = more(level, 0.3 * s->alarm);
    level = less(level, 0.45 * me->benefit);
    level = less(level, 0.45 * me->support);
    me->pressure = drifted(toward(me->pressure, level, 0.12), 0.12, second_of(draws));
    me->support = toward(me->support, more(support, 0.55 * me->benefit), 0.08);
    me->benefit = less(me->benefit, 0.015);
}

static void settle(Play *t)
{
    State *s = &t->s;
    Block one = effect_draws(t, POLITICS, 0), two = effect_draws(t, POLITICS, 1), three = effect_draws(t, POLITICS, 2);
    drift(s, &s->a, one, 0.3, 0.35, 0.45);
    drift(s, &s->b, two, 0.35, 0.3, 0.45);
    s->fit = drifted(s->fit, 0.1, first_of(three));
    s->hostility = less(s->hostility, 0.02);
    t->firing[POLITICS]++;
    t->due[POLITICS] = t->now + MONTH;
    if (s->phase != TALKS) {
        s->embedding = more(s->embedding, 0.03 * s->carried_out_share);
        time_tempted(t);
        time_quiet(t);
    } else {
        time_agreed(t); /* only in talks does pressure matter to it */
    }
    time_carried_out(t);
    time_exit_a(t);
    time_exit_b(t);
    time_attack(t);
}

static void attack(Play *t)
{
    State *s = &t->s;
    s->hostility = more(s->hostility, 0.15);
    s->trust = less(s->trust, 0.06);
    s->a.pressure = more(s->a.pressure, 0.1);
    s->b.pressure = more(s->b.pressure, 0.1);
    s->shocks++;
    used_up(t, ATTACK);
    time_agreed(t);
    time_carried_out(t);
    time_reached(t);
    time_exit_a(t);
    time_exit_b(t);
    time_attack(t);
    time_quiet(t);
}

static void give_in(Play *t)
{
    State *s = &t->s;
    if (!(first_of(effect_draws(t, TEMPTED, 0)) < 0.55 * s->trust)) {
        s->outcome = COLLAPSED;
        s->cause = BREACH;
        return;
    }
    s->renegotiations++;
    s->fit = more(s->fit, 0.4);
    s->embedding = less(s->embedding, 0.15);
    s->shocks++;
    used_up(t, TEMPTED);
    time_tempted(t);
    time_quiet(t);
}

/* -- the loop --------------------------------------------------------------------------- */

static void start(Play *t, const uint32_t start_keys[2][2])
{
    State *s = &t->s;
    uint32_t r = t->replication;
    Block draws = philox(start_keys[0], r, 0, 0, 1);
    s->pace = exp(1.0 * normal_quantile(first_of(draws)));
    int first = second_of(draws) < 0.5 ? 1 : 0;
    for (int i = 0; i < STEPS; i++) {
        if (i % 2 == 0) draws = philox(start_keys[0], r, 0, 0, 2 + i / 2);
        s->steps[i].difficulty = (i + 0.5) / STEPS;
        s->steps[i].rank = s->steps[i].difficulty + 0.5 * ((i % 2 ? second_of(draws) : first_of(draws)) - 0.5);
        s->steps[i].conceding = (first + i) % 2;
    }
    draws = philox(start_keys[1], r, 0, 0, 1);
    s->a.in_office = first_of(draws) * 3000.0;
    s->b.in_office = second_of(draws) * 3000.0;
}

static const State BEGINNING = {
    .accord_day = NAN,
    .ratified_day = NAN,
    .a = {.democracy = true, .owns_deal = true, .turmoil = 0.3, .pressure = 0.35, .support = 0.45},
    .b = {.democracy = false, .owns_deal = true, .turmoil = 0.35, .pressure = 0.3, .support = 0.45},
    .trust = 0.3,
    .ambiguity = 0.3,
    .fit = 0.6,
    .hostility = 0.35,
    .insiders = 12,
    .attention = 0.1,
    .rumour = 0.1,
    .alarm = 0.1,
};

static void play(Row *row, Play *t, const uint32_t start_keys[2][2], double horizon)
{
    State *s = &t->s;
    memcpy(s, &BEGINNING, sizeof *s);
    start(t, start_keys);
    t->now = 0.0;
    t->quiet_since_shock = 0;
    for (int k = 0; k < CLOCKS; k++) {
        t->left[k] = NOTHING;
        t->speed[k] = 0.0;
        t->due[k] = INFINITY;
        t->firing[k] = 0;
    }
    /* Nothing is agreed yet, so most clocks do not run. */
    time_agreed(t);
    time_exit_a(t);
    time_exit_b(t);
    time_attack(t);
    t->due[RUMOUR] = MONTH;
    t->due[POLITICS] = MONTH;

    uint64_t path = 0;
    int64_t firings = 0, quarters = 0, years = 0;
    double next_quarter = 0.0, next_year = INFINITY, hostility_days = 0.0;
    while (s->outcome == OPEN) {
        int k = 0;
        double due = t->due[0];
        for (int i = 1; i < CLOCKS; i++)
            if (t->due[i] < due) {
                due = t->due[i];
                k = i;
            }
        if (!(due < horizon)) break;
        for (; next_quarter < due; next_quarter = quarters < SAMPLES ? QUARTER * quarters : INFINITY)
            row->trust[quarters++] = s->trust;
        for (; next_year < due; next_year = years < SINCE_ACCORD ? s->accord_day + YEAR * years : INFINITY)
            row->carried_out[years++] = s->carried_out_share;
        hostility_days += s->hostility * (due - t->now);
        t->now = due;
        firings++;
        uint64_t day;
        memcpy(&day, &due, sizeof day);
        path = (path ^ day) * 0x100000001B3u + (uint64_t)k;
        switch (k) {
        case AGREED: agree(t); break;
        case CARRIED_OUT: carry_out(t); break;
        case REACHED:
            reach(t);
            next_year = s->accord_day;
            break;
        case VOTE: vote(t); break;
        case EXIT_A: leave_a(t); break;
        case EXIT_B: leave_b(t); break;
        case LEAK: leak(t); break;
        case RUMOUR: guess(t); break;
        case POLITICS: settle(t); break;
        case ATTACK: attack(t); break;
        case TEMPTED: give_in(t); break;
        case QUIET: s->outcome = CONSOLIDATED; break;
        }
    }

    s->day = s->outcome == OPEN ? horizon : t->now;
    hostility_days += s->hostility * (s->day - t->now);
    /* What comes after the end stays as it was; a sample at the horizon itself counts. */
    for (; quarters < SAMPLES && QUARTER * quarters <= horizon; quarters++) row->trust[quarters] = s->trust;
    for (; years < SINCE_ACCORD && s->accord_day + YEAR * years <= horizon; years++)
        row->carried_out[years] = s->carried_out_share;
    for (; quarters < SAMPLES; quarters++) row->trust[quarters] = NAN;
    for (; years < SINCE_ACCORD; years++) row->carried_out[years] = NAN;
    row->replication = t->replication;
    row->firings = firings;
    row->path = path;
    row->hostility_days = hostility_days;
    memcpy(&row->state, s, sizeof *s);
}

/* Play replications `first` to `first + count - 1` into `rows`.

   `keys`: the Philox key of each clock, in order; `start_keys`: those of the starts of steps and succession. */
void play_rows(uint32_t first, int64_t count, double horizon, const uint32_t keys[CLOCKS][2],
               const uint32_t start_keys[2][2], Row *rows)
{
    Play t;
    t.keys = keys;
    for (int64_t k = 0; k < count; k++) {
        t.replication = first + (uint32_t)k;
        play(&rows[k], &t, start_keys, horizon);
    }
}
