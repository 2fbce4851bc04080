"""Which framing TFDS features imply."""
import numpy as np
import pytest

from registry import Distribution, Framing, Image, Label, Tags, Text, UserError, Vector, WordSeq
from registry.outputs.tags import UNIVERSAL
from registry.tfds_features import choose, frame

f = pytest.importorskip("tensorflow_datasets").features
LABEL = f.ClassLabel(num_classes=2)
BIO = ["O", "B-PER", "I-PER"]


def words():
    return f.Sequence(f.Text())


def test_image_and_label():
    features = f.FeaturesDict({"image": f.Image(shape=(28, 20, 1)), "label": f.ClassLabel(names=["a", "b"])})
    assert frame(features) == Framing(Image(height=28, width=20, channels=1), Label(names=("a", "b")))


def test_pictures_of_any_size_get_one():
    framing = frame(f.FeaturesDict({"image": f.Image(), "label": f.ClassLabel(num_classes=3)}))
    assert (framing.inputs.height, framing.inputs.channels, framing.outputs.names) == (64, 3, ("0", "1", "2"))


def test_numbers_and_label():
    features = f.FeaturesDict({"features": f.Tensor(shape=(4,), dtype=np.float32), "label": LABEL})
    assert frame(features).inputs == Vector(num_features=4)


def test_text_and_label():
    features = f.FeaturesDict({"id": f.Text(), "text": f.Text(), "label": f.ClassLabel(num_classes=2)})
    assert frame(features).inputs == WordSeq()
    assert choose(features) == ("text", "label")


def test_words_and_tags():
    features = f.FeaturesDict({"tokens": words(), "ner": f.Sequence(f.ClassLabel(names=BIO))})
    assert frame(features).outputs == Tags(names=tuple(BIO), scheme="bio", crf=False)


def test_treebank_prefers_upos_and_drops_no_tag():
    tags = f.Sequence(f.ClassLabel(names=[*UNIVERSAL, "_"]))
    features = f.FeaturesDict({"text": f.Text(), "tokens": words(), "lemmas": words(), "xpos": tags, "upos": tags})
    assert choose(features) == ("tokens", "upos")
    assert frame(features).outputs == Tags(names=UNIVERSAL)
    assert choose(features, x="lemmas", y="xpos") == ("lemmas", "xpos")


def test_tfds_name():
    assert frame("fashion_mnist").pair == ("image", "label")
    assert frame("universal_dependencies/en_ewt").outputs.names == UNIVERSAL


def test_text_and_flags():
    features = f.FeaturesDict({"comment": f.Text(), "joy": f.Scalar(np.bool_), "fear": f.Scalar(np.bool_)})
    assert choose(features) == ("comment", "flags")
    assert frame(features).outputs == Distribution(names=("joy", "fear"))


def test_text_labels_need_names():
    features = f.FeaturesDict({"text": f.Text(), "intent": f.Text()})
    assert frame(features, y="intent", names=["a", "b"]).outputs == Label(names=("a", "b"))
    with pytest.raises(UserError, match="known only from the data"):
        frame(features, y="intent")


BAD = {
    "stereo": (dict(audio=f.Audio(shape=(None, 2)), label=LABEL), {},
               "found audio: Audio, label: ClassLabel.*Image \\+ ClassLabel"),
    "only a file name": ({"video/filename": f.Text(), "label": LABEL}, {}, "no pair"),
    "translation": (dict(t=f.Translation(["de", "en"])), {}, "found t: Translation"),
    "nothing to predict": (dict(text=f.Text()), {}, "found text: Text"),
    "unknown x": (dict(text=f.Text(), label=LABEL), {"x": "txt"}, "unknown feature 'txt'.*Did you mean 'text'"),
    "several x": (dict(premise=f.Text(), hypothesis=f.Text(), label=LABEL), {}, "could be x: premise, hypothesis"),
    "several y": (dict(text=f.Text(), a=LABEL, b=LABEL), {}, "could be y: a, b. Choose one with y=NAME"),
    "x that is no input": (dict(n=f.Scalar(np.int64), label=LABEL), {"x": "n"}, "x is 'n'"),
}


@pytest.mark.parametrize("case", BAD)
def test_errors(case):
    features, options, message = BAD[case]
    with pytest.raises(UserError, match=message):
        frame(f.FeaturesDict(features), **options)


@pytest.mark.parametrize("name, message", [
    ("fashion_mnits", "unknown data set.*Did you mean 'fashion_mnist'"),
    ("universal_dependencies/en_ewtt", "unknown configuration.*Did you mean 'en_ewt'"),
    ("mnist:9.9.9", "only: 3.0.1"),
    ("no such name?", "expected NAME"),
])
def test_unknown_names(name, message):
    with pytest.raises(UserError, match=message):
        frame(name)


def test_a_translation_is_a_text_to_be_written():
    features = f.Translation(languages=("en", "zh"))
    assert choose(features, supervised=("en", "zh")) == ("en", "zh")
    assert frame(features, x="en", y="zh") == Framing(WordSeq(), Text())
    assert frame(features, x="zh", y="en").pair == ("word_seq", "text")


def test_a_text_is_written_where_it_is_said_so():
    features = f.FeaturesDict({"word": f.Text(), "phones": f.Text()})
    assert frame(features, x="word", y="phones", text=True).outputs == Text()
    assert frame(features, x="word", y="phones", names=["a", "b"]).outputs == Label(names=("a", "b"))
