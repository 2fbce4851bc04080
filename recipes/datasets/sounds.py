"""Sound files: .wav, .flac and .ogg, of any rate and number of channels, as samples at one rate; one folder for each
label, or tables of files and what is said in them."""
import math
from collections import Counter
from pathlib import Path

from recipes.datasets import feature_files, label_folders, tables
from recipes.datasets.assemble import Part, assemble
from recipes.datasets.cutting import hash_of
from recipes.datasets.inspecting import inspected
from recipes.datasets.source import one_line
from registry.errors import UserError
from registry.framing import Framing
from registry.inputs import Audio, AudioFeatures

EXTENSIONS = (".wav", ".flac", ".ogg")


def read(path, skipped=None):
    """Return the `Data` of path/LABEL/*.wav, or path/train/LABEL/*.wav and so on; sounds are read when needed.

    Args:
        path: a folder.
        skipped: as in `inspected`.

    Raises:
        UserError: no folders, one folder only, a folder without sounds, a file that is no sound.
    """
    from registry.outputs import Label

    names, parts, told = label_folders.read(path, EXTENSIONS, "sounds", inspect, skipped)
    rate = usual(one[1] for one in told)
    record = {"pair": "audio:label", "rate": rate, "notes": notes(told, rate)}
    framing = Framing(Audio(rate=rate), Label(names=names))
    return assemble(path, framing, parts, lambda x, y: dataset(x, y, framing.inputs), record)


def transcribed(path, paths, columns, record, skipped=None):
    """Return the `Data` of audio:text from tables with the path of a sound, or of its features, from the table's folder
    on, and its text.

    Raises:
        UserError: a sound that is not there or cannot be read, an empty text.
    """
    from registry.outputs import Transcript

    files, texts = {}, {}
    for split, file in paths.items():
        table = tables.read(file)
        x, y = tables.chosen(table, {**_guessed(table), **(columns or {})})
        columns = {"x": x, "y": y}
        files[split] = [_beside(file, table, x, number, name) for number, name in table.column(x)]
        texts[split] = tables.strings(table, y, "a text")
    computed = files["train"][0].suffix.lower() in feature_files.EXTENSIONS
    found = {split: inspected(ones, feature_files.inspect if computed else inspect, skipped)
             for split, ones in files.items()}
    parts = {split: Part([str(files[split][i]) for i in good], [texts[split][i] for i in good],
                         [one[0] for one in told]) for split, (good, told) in found.items()}
    every = [one for _, told in found.values() for one in told]
    kind = usual(one[1] for one in every)  # a rate, or a number of features
    inputs = AudioFeatures(num_features=kind) if computed else Audio(rate=kind)
    return assemble(path, Framing(inputs, Transcript(alphabet=())), parts, lambda x, y: dataset(x, y, inputs),
                    {**record, **columns, **({} if computed else {"rate": kind, "notes": notes(every, kind)})})


def _guessed(table):
    """Return the columns whose names tell that they hold the sounds and what was said."""
    known = {"x": ("path", "audio", "file", "filename", "wav"),
             "y": ("text", "transcript", "transcription", "sentence")}
    lowered = {name.lower(): name for name in table.columns}
    found = {key: next((lowered[name] for name in names if name in lowered), None) for key, names in known.items()}
    return {key: name for key, name in found.items() if name}


def _beside(file, table, x, number, name):
    sound = Path(file).parent / str(name)
    if not sound.is_file():
        raise UserError(f"{table.where(number, x)}: no sound {sound}. Write the path as seen from the table's folder.")
    return sound


def inspect(file):
    """Return the hash of a sound file, its rate, and (the number of its channels, its coding as libsndfile names it).

    Raises:
        UserError: it cannot be read, or holds no samples.
    """
    import io

    import soundfile

    content = Path(file).read_bytes()
    try:
        info = soundfile.info(io.BytesIO(content))
    except Exception as error:
        raise corrupt(file, content, error) from error
    if not info.frames:
        raise UserError(f"{file} holds no samples: expected a recording. Remove the file.")
    return hash_of(content), info.samplerate, (info.channels, info.subtype)


def usual(values):
    """Return the most frequent value."""
    return Counter(values).most_common(1)[0][0]


def notes(told, rate):
    """Return [found, expected, what is done] of sounds that are not what the model hears.

    Args:
        told: what `inspect` told of each.
        rate: that of most.
    """
    rates = Counter(one[1] for one in told if one[1] != rate)
    several, coarse = (sum(map(test, told)) for test in (lambda one: one[2][0] > 1, lambda one: "8" in one[2][1]))
    found = [(sum(rates.values()), f"at {', '.join(map(str, sorted(rates)))} samples a second", f"{rate}",
              "they are resampled"), (several, "with several channels", "one", "their mean is taken"),
             (coarse, "of 8 bits", "16 or more", "they are read, with their noise")]
    return [[f"{count} of {len(told)} sounds {what}", wanted, done] for count, what, wanted, done in found if count]


def corrupt(file, content, error):
    """Return the `UserError` for a file that is no sound."""
    if not content:
        reason = "the file is empty"
    elif b"\0" not in content[:512] and content[:4] not in (b"RIFF", b"fLaC", b"OggS"):
        reason = "its content is text"
    else:
        reason = one_line(error)
    return UserError(f"corrupt sound {file} ({reason}): expected a whole {', '.join(EXTENSIONS)} file. Replace or "
                     f"remove it.")


def decode(file, rate):
    """Return the samples (N,) float32 of a sound, -1 to 1, the mean of its channels, at `rate` a second.

    Args:
        file: a path, or the content of a file.
        rate: samples a second.

    Raises:
        UserError: it cannot be read.
    """
    import io

    import soundfile

    content = file if isinstance(file, bytes) else Path(file).read_bytes()
    try:
        samples, found = soundfile.read(io.BytesIO(content), dtype="float32", always_2d=True)
    except Exception as error:
        raise corrupt("in the input" if content is file else file, content, error) from error
    return resampled(samples.mean(1), found, rate)


def resampled(samples, found, rate):
    """Return samples (N,) of `found` a second at `rate` a second, through scipy's anti-aliasing filter."""
    from scipy.signal import resample_poly

    if found == rate:
        return samples
    shared = math.gcd(found, rate)
    return resample_poly(samples, rate // shared, found // shared).astype("float32")


def dataset(files, answers, inputs):
    """Return the data set of raw (x, y) of files: samples, or features."""
    import tensorflow as tf

    computed = isinstance(inputs, AudioFeatures)
    shape = (None, inputs.num_features) if computed else (None,)

    def read(file):
        name = file.decode("utf-8")
        return feature_files.read(name, inputs.num_features) if computed else decode(name, inputs.rate)

    def load(file, answer):
        return tf.ensure_shape(tf.numpy_function(read, [file], tf.float32, stateful=False), shape), answer

    return tf.data.Dataset.from_tensor_slices((files, answers)).map(load, num_parallel_calls=tf.data.AUTOTUNE,
                                                                    deterministic=True)
