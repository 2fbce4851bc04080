"""Output domains: each owns head, loss, targets, decode and score together, so that they cannot disagree."""
from registry.outputs.distribution import Distribution
from registry.outputs.label import Label
from registry.outputs.tags import Tags
from registry.outputs.tree import Tree

OUTPUTS = {domain.name: domain for domain in (Label, Tags, Distribution, Tree)}
