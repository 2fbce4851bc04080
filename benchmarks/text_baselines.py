"""What others' tools reach on a recipe's texts: TF-IDF with logistic regression, fastText, and a plain Kim CNN.

    pip install ".[bench]" && python benchmarks/text_baselines.py banking [sentiment intents emotions]

Prints accuracy on the recipe's test split and seconds of training, one line a tool; for emotions, where several names
may hold, the macro F1 of TF-IDF with a logistic regression for each. Settings are the tools' usual ones, not tuned
here; the training part is the recipe's, without validation, which thresholds alone look at.
"""
import sys
import tempfile
import time
from pathlib import Path

import numpy as np


def tfidf(train, validation, test):
    """TF-IDF of words and pairs of words, and logistic regression (scikit-learn)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(vectors, LogisticRegression(C=10, max_iter=500))
    return model.fit(*train).score(*test)


def tfidf_names(train, validation, test):
    """The same for several names, each said from the probability on that has the best F1 on validation; macro F1."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import MultiLabelBinarizer

    from registry.outputs import thresholds

    names = MultiLabelBinarizer().fit(train[1])
    vectors = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    model = make_pipeline(vectors, OneVsRestClassifier(LogisticRegression(C=10, max_iter=500)))
    model.fit(train[0], names.transform(train[1]))
    bounds = thresholds.best(names.transform(validation[1]), model.predict_proba(validation[0]))
    return f1_score(names.transform(test[1]), model.predict_proba(test[0]) >= bounds, average="macro", zero_division=0)


def fasttext(train, validation, test):
    """fastText with pairs of words, 50 epochs (Joulin et al. 2017), on one thread so that it repeats."""
    import fasttext as tool

    def line(text, label):
        return f"__label__{label} {' '.join(words(text))}"

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        path.write_text("\n".join(line(x, y) for x, y in zip(*train)))
        model = tool.train_supervised(str(path), wordNgrams=2, epoch=50, lr=0.5, dim=100, thread=1, verbose=0)
    given, _ = model.predict([" ".join(words(x)) for x in test[0]])
    return np.mean([best[0] == f"__label__{y}" for best, y in zip(given, test[1])])


def kim_cnn(train, validation, test):
    """The CNN of Kim 2014 with random vectors: 300 a word, 100 filters of widths 3, 4 and 5, dropout, Adam."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(0)
    vectorize = layers.TextVectorization(20_000, output_sequence_length=64)
    vectorize.adapt(train[0])
    names = sorted(set(train[1]))
    x = inputs = keras.Input((64,), dtype="int32")
    x = layers.Embedding(20_000, 300)(x)
    maps = [layers.GlobalMaxPooling1D()(layers.Conv1D(100, width, activation="relu")(x)) for width in (3, 4, 5)]
    x = layers.Dropout(0.5)(layers.Concatenate()(maps))
    model = keras.Model(inputs, layers.Dense(len(names), activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(np.asarray(vectorize(train[0])), numbers(train[1], names), batch_size=64, epochs=10, verbose=0)
    return model.evaluate(np.asarray(vectorize(test[0])), numbers(test[1], names), verbose=0)[1]


def numbers(labels, names):
    """Return the labels' places among the names, (N,) int."""
    return np.array([names.index(label) if label in names else -1 for label in labels])


def words(text):
    """Return the lower-cased words of a text, marks apart."""
    import re

    return re.findall(r"\w+|[^\w\s]", text.lower())


def split(data, part):
    """Return the texts of a part and their labels, each a string or a list of names."""
    x, y = zip(*data.splits[part].as_numpy_iterator())
    labels = [label.decode() if isinstance(label, bytes) else [name.decode() for name in label] for label in y]
    return [text.decode() for text in x], labels


def main(recipes):
    """Print the figures of each recipe."""
    from recipes import catalogue
    from recipes.datasets.folders import Folders

    for name in recipes:
        data = catalogue.module(name).data(Folders())
        train, validation, test = (split(data, part) for part in ("train", "validation", "test"))
        for tool in (tfidf_names,) if isinstance(train[1][0], list) else (tfidf, fasttext, kim_cnn):
            start = time.perf_counter()
            figure = tool(train, validation, test)
            print(f"{name}  {tool.__name__}  {figure:.4f}  {time.perf_counter() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or ["banking"])
