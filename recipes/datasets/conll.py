"""CoNLL and CoNLL-U: a word a line, its columns apart by tabs or blanks, an empty line after each sentence."""
from dataclasses import dataclass

from recipes.datasets import files
from registry.errors import UserError, nearest

CONLLU = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")


@dataclass(frozen=True)
class Sentence:
    """Words and tags (T,), or in place of tags "head:relation", and the line on which they begin."""

    words: list
    tags: list
    line: int


def read(path, columns=None):
    """Return the sentences of a file: FORM and UPOS of .conllu, the first and the last column of any other.

    Args:
        path: a text file, or one packed as .xz.
        columns: {"x": …, "y": …}, numbers of columns from 0, or the names of CoNLL-U.

    Raises:
        UserError: see `sentences`.
    """
    found = list(sentences(files.text(path), path, columns=columns, conllu=files.extension(path) == ".conllu"))
    if not found:
        raise UserError(f"{path} has no sentences: expected a word and its tag on each line.")
    return found


def sentences(text, path, *, columns=None, conllu=False):
    """Yield each `Sentence` of a text.

    A line that begins with # and has another number of columns is a comment. Where the first column counts the
    words, the second is the word. CoNLL-U's ranges (3-4) and empty nodes (8.1) are no words.

    Raises:
        UserError: rows of unequal length, an empty word or tag, an unknown column; with the line's number.
    """
    found = list(_blocks(text, path, conllu))
    places = _places(found, columns or {}, conllu, path) if found else None
    for rows in found:
        yield _sentence(rows, path, places)


def trees(path):
    """Return the sentences of a CoNLL-U file with "head:relation" for each word, or "head:relation|UPOS" where every
    word of the file has a part of speech.

    Raises:
        UserError: see `sentences`; also words that are not counted from 1 on, which heads refer to.
    """
    found = []
    for rows in _blocks(files.text(path), path, conllu=True):
        for i, (number, cells) in enumerate(rows, 1):
            if cells[0] != str(i):
                raise UserError(f"{path} line {number}: word {cells[0]}, expected {i}: number the words of a sentence "
                                f"from 1, as HEAD refers to them.")
            if not cells[1].strip() or not cells[7].strip():
                raise UserError(f"{path} line {number}: an empty FORM or DEPREL: fill it in, or remove the line.")
        found.append(rows)
    if not found:
        raise UserError(f"{path} has no sentences: expected CoNLL-U.")
    tagged = all(cells[3] not in ("", "_") for rows in found for _, cells in rows)
    return [Sentence([cells[1].strip(" ") for _, cells in rows],
                     [f"{cells[6]}:{cells[7]}" + (f"|{cells[3]}" if tagged else "") for _, cells in rows], rows[0][0])
            for rows in found]


def _blocks(text, path, conllu):
    """Yield the (line number, cells) of each sentence."""
    rows, width, separator = [], None, None
    for number, line in enumerate((*text.split("\n"), ""), 1):
        line = line.rstrip("\r")
        if not line.strip():
            if rows:
                yield rows
            rows = []
            continue
        if width is None and line.startswith("#") and (conllu or "\t" not in line):
            continue
        if width is None:
            separator = "\t" if conllu or "\t" in line else None
            width = len(line.split(separator))
            _check_width(line.split(separator), conllu, path, number)
        cells = line.split(separator)
        if line.startswith("#") and len(cells) != width or cells[0] == "-DOCSTART-":
            continue
        if len(cells) != width:
            raise UserError(f"{path} line {number}: {len(cells)} columns, expected {width} as above. Each line holds "
                            f"a word and its tags, and an empty line ends a sentence.")
        if not conllu or cells[0].isdigit():
            rows.append((number, cells))


def _check_width(cells, conllu, path, number):
    if conllu and len(cells) != len(CONLLU):
        raise UserError(f"{path} line {number}: {len(cells)} columns apart by tabs, expected CoNLL-U's 10 "
                        f"({', '.join(CONLLU)}).")
    if len(cells) < 2:
        raise UserError(f"{path} line {number}: one column ({cells[0]!r}), expected a word and its tag, apart by a "
                        f"tab or blanks.")


def _places(found, wanted, conllu, path):
    """Return the places of word and tag."""
    width = len(found[0][0][1])
    counted = width > 2 and all(cells[0] == str(i) for rows in found for i, (_, cells) in enumerate(rows, 1))
    word = 1 if conllu or counted else 0
    tag = CONLLU.index("upos") if conllu else width - 1
    places = {"x": wanted.get("x", word), "y": wanted.get("y", tag)}
    return {key: _place(place, width, conllu, path) for key, place in places.items()}


def _place(place, width, conllu, path):
    names = CONLLU if conllu else ()
    if str(place).lower() in names:
        return names.index(str(place).lower())
    if str(place).lstrip("-").isdigit() and -width <= int(place) < width:
        return int(place)
    choices = f"{', '.join(names)}, or " if conllu else ""
    raise UserError(f"unknown column {place!r} of {path}: choose {choices}a number from 0 to {width - 1}."
                    f"{nearest(place, names)}")


def _sentence(rows, path, places):
    words, tags = ([cells[places[key]].strip(" ") for _, cells in rows] for key in "xy")
    for (number, _), word, tag in zip(rows, words, tags):
        if not word or not tag:
            raise UserError(f"{path} line {number}: an empty {'tag' if word else 'word'}: fill it in, or remove the "
                            f"line.")
    return Sentence(words, tags, rows[0][0])
