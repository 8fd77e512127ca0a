"""Ignorance beside chance: what worlds drawn from all assumptions say about an answer.

A *world* is a draw of all assumptions (*drivers*), a row of an array; an *arm* is what is compared within each world, a
column; more is better. Everything here takes plain arrays and gives arrays or frames, honours weights of the worlds,
and draws from a seed that it is given.

How wrong could this be?
    `split` (Monte Carlo error, chance, ignorance), `quantiles_between`, `allocation` (worlds or replications?),
    `world_draws` and from them `best_in_worlds`, `regret`, `satisficing`, `dominance`; `idle_worlds`,
    `structures`.
What does it hang on?
    `morris`, `sobol` from designs; `moment_free` with `pawn` or `delta`, and `ranking`, from worlds already played;
    `flips` along one driver.
What should we find out?
    `information` (of everything, of a driver, of a group), `study_information`.
When does it fail?
    `discovery` (boxes), `tree`.
"""
