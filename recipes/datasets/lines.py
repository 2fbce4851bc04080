"""A user's plain text, read line by line as often as it is needed, never held as a whole."""
import lzma

from recipes.datasets.assemble import SHARE
from recipes.datasets.cutting import cut, hashes_of
from recipes.datasets.neighbours import neighbours
from recipes.datasets.source import SPLITS
from registry.errors import UserError


def read(path, paths, record):
    """Return `Data` of words and their neighbours; a line is a text of its own, no window goes beyond its ends.

    Splits that are missing are cut from train, a tenth each, by the hash of the line.

    Args:
        path: the data, for its name.
        paths: split → file, "train" among them.
        record: what is to be recorded besides the splits.

    Raises:
        UserError: a file that cannot be read, is empty or not in UTF-8, or has too few lines.
    """
    import numpy as np

    hashes = {split: hashes_of(lines(file)) for split, file in paths.items()}
    masks = {split: np.ones(len(found), bool) for split, found in hashes.items()}
    missing = [split for split in SPLITS if split not in paths]
    if missing and len(np.unique(hashes["train"])) <= len(missing):
        raise UserError(f"{paths['train']} has {len(hashes['train'])} line(s) with words: expected some hundreds, a "
                        f"sentence or a paragraph on each, of which a tenth goes to {' and '.join(missing)}.")
    if missing:
        masks |= cut(hashes["train"], dict.fromkeys(missing, SHARE), str(path))
    by = dict.fromkeys(paths, "its own file") | dict.fromkeys(missing, "cut from train by hash of the line")
    sentences = {split: _sentences(paths.get(split, paths["train"]), masks[split]) for split in SPLITS}
    data = neighbours(str(path), sentences, {"source": "files", "path": str(path), **record, "by": by})
    for split, count in data.counts.items():
        if not count:
            raise UserError(f"{paths.get(split, path)} has no line of two words or more for {split}: expected text, a "
                            f"sentence or a paragraph on each line.")
    return data


def lines(file):
    """Yield the lines of a file, plain or packed as .xz, that are not blank, as bytes.

    Raises:
        UserError: it cannot be read, is damaged or blank, or a line is not in UTF-8.
    """
    found, number = False, 0
    try:
        with (lzma.open(file) if file.suffix == ".xz" else file.open("rb")) as content:
            for number, line in enumerate(content, 1):  # noqa: B007  (an error names it)
                line = line.strip()
                line.decode("utf-8")
                found = found or bool(line)
                if line:
                    yield line
    except UnicodeDecodeError as error:
        raise UserError(f"{file} line {number}: byte 0x{error.object[error.start]:02x} is not UTF-8. Convert the file: "
                        f"iconv -f latin1 -t utf-8.") from error
    except (lzma.LZMAError, EOFError) as error:
        raise UserError(f"{file} is no whole .xz file ({error}): fetch it again.") from error
    except OSError as error:
        raise UserError(f"{file} cannot be read: {error.strerror or error}.") from error
    if not found:
        raise UserError(f"{file} is empty: expected text, a sentence or a paragraph on each line.")


def _sentences(file, mask):
    """Return the data set of the words (T,) of those lines where a mask (N,) is true."""
    import tensorflow as tf

    from registry import WordSeq

    def chosen():
        return (line for line, kept in zip(lines(file), mask) if kept)

    tokenise = WordSeq().tokenise
    texts = tf.data.Dataset.from_generator(chosen, output_signature=tf.TensorSpec((), tf.string))
    return texts.map(lambda text: tokenise(text[None]).values, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)
