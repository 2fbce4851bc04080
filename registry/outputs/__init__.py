"""Output domains: each owns head, loss, targets, decode and score together, so that they cannot disagree.

A domain that learns from training answers has `needs_adapting` and `adapt`. One that writes its answers step by step
has `tensors` and `numbers`, the model's further inputs in training, and `generator`, which says how a model writes.
One with too many names to keep their probabilities has `judged` in place of `answers`. One that learns by another
objective than its scores has `learner`: the model, with the same weights, and the loss that are fitted instead.
"""
from registry.outputs.distribution import Distribution
from registry.outputs.following import Following
from registry.outputs.label import Label
from registry.outputs.neighbours import Neighbours
from registry.outputs.tags import Tags
from registry.outputs.text import Text
from registry.outputs.tree import Tree

OUTPUTS = {domain.name: domain for domain in (Label, Tags, Distribution, Tree, Text)}
FORMS = {"several": Distribution, "following": Following, "neighbours": Neighbours}  # of the domains that have several
