"""Input domains: what a raw value looks like, and how it becomes numbers and features.

Every domain has `needs_adapting` and `adapt` (what it learns from raw training values), `encoder` (raw → numbers, in
`tf.data`), `tensors` and `stem` (numbers → features, in the model), `handmade` (numbers → hand-made features of one of
the kinds in `handmade_is`), `problems` (what is wrong with a raw value) and `sample`. Its numbers may be 0, but for
those named in `positive`, and those in `choices` are one of what stands there. One whose values are of any length has
`length` and says what it counts (`length_is`, no more than `longest`). One with `also_gives` has `reshaped`, which
makes of what its stem gives what other architectures take. Where `repeats` is true, equal values in two splits are no
mistake; where examples overlap, `overlapping` says how, and they are never parted by chance. One that reads single
words has `vectors`, what a model has learned of them. One that takes the level out of each value gives it as `levels`,
for output domains with `restored`; one with `guesses` makes answers by a rule, such as that nothing changes, of output
domains with `repeated`. One whose things may be answers too has `given`, which of an output domain's names its numbers
are, and `with_items`, a common catalogue. One of rows names its `fields`. `form` tells which of several forms
of a name it is.
"""
from registry.inputs.audio import Audio
from registry.inputs.audio_features import AudioFeatures
from registry.inputs.click_items import ClickItems
from registry.inputs.click_log import ClickLog
from registry.inputs.image import Image
from registry.inputs.series import Series
from registry.inputs.vector import Vector
from registry.inputs.word import Word
from registry.inputs.word_seq import WordSeq

INPUTS = {domain.name: domain for domain in (Image, Vector, WordSeq, Word, Audio, Series, ClickLog)}
FORMS = {"features": AudioFeatures, "items": ClickItems}  # of the domains that have several
