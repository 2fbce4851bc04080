"""The strings of `speech_digits`, written by a decoder that looks back at the sound: audio → text by attention (Listen,
Attend and Spell: Chan et al. 2016, https://arxiv.org/abs/1508.01211).

The second way to write down speech. It learns from the texts alone in which order to look, which costs it more examples
than CTC, whose answers stand in the order of the sound.

    python -m recipes run speech_digits_attention

Measured: test string_error 17.20 % (13.80 to 20.60),
compared with no shallow model, since none fits; 1182 s, 16 epochs, seed 0, 2 cores of AMD EPYC.
"""
from recipes import speech_digits
from recipes.recipe import Recipe
from registry import Audio, Framing, Text


def data(folders):
    """Return the raw examples of `speech_digits`."""
    return speech_digits.data(folders)


def recipe():
    """Return the experiment."""
    return Recipe(
        name="speech_digits_attention", data="strings of TFDS spoken_digit", metric="string_error",
        framing=Framing(Audio(rate=speech_digits.RATE, decibels=50.0, speed=0.1, noise=0.1, hide_bands=8,
                              hide_time=0.1),
                        Text(unit="word", judged_as="speech", max_pieces=40)),
        architecture="seq2seq", size="base", options={"depth": 1, "stride": 4}, epochs=16, batch_size=32,
        learning_rate=2e-3, weight_decay=0.01, clip_norm=1.0, ema=0.99, keep="last")
