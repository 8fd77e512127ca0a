"""Track II beside the channel: unofficial dialogue that cannot sign, and crises that flare.

Purpose. What do workshops of academics, former officials and civil society add to a secret
channel, well or badly designed, and what should then be told? The model plays the
backchannel's crisis with unofficial dialogue beside it.

Entities. Those of the backchannel: two sides with leaders, publics and rules of
succession, a ladder of twelve commitments, insiders, press, opponents, third parties who
verify; and a circle of unofficial participants who meet at workshops.

Logic. Workshops build precedent. Precedent makes the harder steps cheaper to agree,
lessens what is lost when a leader goes, helps successors to own the deal, and cuts crises
short. Each workshop adds people who know, and a badly designed one adds talk. The rest
goes as in the backchannel: steps, accord, signature, vote, implementation, consolidation,
with rival clocks that can end it at each stage.

Inputs. Leader tenure and step gaps from the record, as in the backchannel. What Track II
does is judgement throughout, with wide plausible ranges: no estimate was found.

Left out. Who takes part and why; funders; dialogue that hardens positions; rivals who
retaliate. Proposals and their way to officials are part of a dialogue's quality; dialogue ends with the
talks, though keeping contact alive after them may be its chief merit.

Not for. Evaluating a given dialogue. Compare designs and cadences, not levels, and ask
which assumption decides.
"""

from dataclasses import replace

from . import backchannel
from .mechanisms import track_two

MODEL = replace(
    backchannel.MODEL,
    name="track_two",
    title="A backchannel with Track II dialogues beside it",
    mechanisms=(*backchannel.MODEL.mechanisms, track_two.MECHANISM),
    followed=("trust", "precedent", "hostility", "undisclosed"),
    account=__doc__,
)
