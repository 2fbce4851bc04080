"""Output domains: each owns head, loss, targets, decode and score together, so that they cannot disagree.

Every domain has `head` (features → scores), `loss`, `targets_encoder` (raw → numbers, in `tf.data`), `decode` (scores →
raw answers, in the graph), `answers`, `counts` and `scores_of` (for the figures), `tally` and `guesses` (the
baselines), `said` and `shown` (for people), `problems` and `sample`. Where they are wanted:

- `classes`: the names in a raw answer, for counting.
- `needs_adapting` and `adapt`: it learns from training answers.
- `tuned`: it sets something on the validation answers of a trained model, such as thresholds or a temperature.
- `answering`: fields that another answer may be asked with, of the same model (`predict --set`).
- `tensors`, `numbers` and `generator`: it writes step by step; the model's further inputs in training, how it writes.
- `joined`: it has one catalogue with the input; `contradictions`: what a raw input forbids; `exclude`: what the input
  has already is no answer.
- `continued`: it goes on with the raw text.
- `judged` in place of `answers`: it has too many names to keep their probabilities.
- `learner`: another model with the same weights, and the loss, that are fitted instead.
- `restored`: scores brought back to the level that the input domain took out of each value (its `levels`).
- `repeated`: answers that repeat what a series was before (the input domain's `guesses`).
- `together`: so many neighbouring examples overlap, and are resampled together for intervals.
- `each`: one answer for each of what the input domain counts (its `length_is`).
- `alone`: why several models cannot answer by their mean.
- `played`: it is learned by playing, from what its own answers lead to; a rule stands where the shallow model stands,
  and `preferences` are the scores of actions alone. `repeats`: equal inputs in two splits are no mistake.
- `form`: which of several forms of a name it is; `causal`: no position may look at what follows.
"""
from registry.outputs.action import Action
from registry.outputs.distribution import Distribution
from registry.outputs.event import Event
from registry.outputs.following import Following
from registry.outputs.frame_tags import FrameTags
from registry.outputs.label import Label
from registry.outputs.neighbours import Neighbours
from registry.outputs.next_item import NextItem
from registry.outputs.numbers import Numbers
from registry.outputs.tags import Tags
from registry.outputs.text import Text
from registry.outputs.transcript import Transcript
from registry.outputs.tree import Tree

OUTPUTS = {domain.name: domain for domain in (Label, Tags, Distribution, Tree, Text, Numbers, Action)}
FORMS = {"several": Distribution, "following": Following, "neighbours": Neighbours, "event": Event,
         "transcript": Transcript, "frames": FrameTags, "items": NextItem}  # of the domains that have several
