"""The crisis-timeline modeller: a secret peace channel as a discrete-event simulation.

Nothing heavy is imported here. What a model's author needs::

    from timeline.model import Clock, Counted, Mechanism, Model, Sampled, Integral
    from timeline.records import Array, Field, Lever, Parameter, Parameters, Record
    from timeline.laws import at_once, empirical, exponential, fixed, lognormal, uniform, weibull

What a script needs::

    from timeline.config import load                    # a config file -> an Experiment
    from timeline.world import World                    # one arm, ready to be played
    from timeline.engines.reference import play, rows   # play it
    from timeline.trace import trace                    # tell one timeline
"""
