"""A user's own files: what is read, how it is cut, and what each mistake is told."""
import json
import lzma

import numpy as np
import pytest

from recipes.datasets.readers import from_files
from recipes.datasets.source import take, user_error
from registry import Image, MissingData, Tags, UserError, Vector


def picture(path, seed=0, mode="RGB", size=(9, 7)):
    from PIL import Image as Pillow

    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype="uint8")
    Pillow.fromarray(pixels).convert(mode).save(path)


def pictures(folder, num=20, mode="RGB"):
    for label in ("cat", "dog"):
        for i in range(num):
            picture(folder / label / f"{i}.{('png', 'jpg', 'bmp', 'gif')[i % 4]}", i + 1000 * (label == "dog"), mode)
    return folder


def rows(data, split):
    return [(x, y) for x, y in data.splits[split].as_numpy_iterator()]


def keys(data, split):
    return {np.asarray(x).tobytes() if np.asarray(x).dtype != object else str(x) for x, _ in rows(data, split)}


def assert_whole(data, total):
    """Counts are exact, nothing is lost, no input stands in two splits, and the order is the same each time."""
    assert {s: len(rows(data, s)) for s in data.splits} == data.counts
    assert sum(data.counts.values()) == total and min(data.counts.values()) > 0
    seen = [keys(data, s) for s in data.splits]
    assert not seen[0] & seen[1] and not seen[0] & seen[2] and not seen[1] & seen[2]
    assert str(rows(data, "test")) == str(rows(data, "test"))
    json.dumps(data.record)


def table(folder, name="data.csv", num=60):
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["id,a,b,label", *(f"r{i},{i % 30},{i % 30 * 0.5},{'xy'[i % 2]}" for i in range(num))]
    (folder / name).write_text("\n".join(lines) + "\n")
    return folder / name


def test_folder_of_pictures(tmp_path):
    data = from_files(pictures(tmp_path / "pets"))
    assert data.framing.inputs == Image(height=7, width=9, channels=3) and data.framing.outputs.names == ("cat", "dog")
    assert_whole(data, 40)
    image, label = rows(data, "train")[0]
    assert (image.shape, image.dtype, label in (b"cat", b"dog")) == ((7, 9, 3), "uint8", True)
    assert len({y for _, y in rows(take(data, 8), "train")}) == 2  # sorted folders, yet a fair sample


def test_pictures_with_splits_in_grey(tmp_path):
    for split in ("train", "valid", "test"):
        pictures(tmp_path / split, 4, mode="L")
    data = from_files(tmp_path)
    assert data.counts == {"train": 8, "validation": 8, "test": 8} and data.framing.inputs.channels == 1
    assert data.record["splits"]["test"]["by"] == "its own file"


def test_equal_pictures_stay_together(tmp_path):
    for i in range(30):
        picture(tmp_path / ("a" if i < 15 else "b") / f"{i}.png", seed=i % 6)
    data = from_files(tmp_path)
    seen = [keys(data, s) for s in data.splits]
    assert sum(map(len, seen)) == 6


def test_csv_of_numbers(tmp_path):
    data = from_files(table(tmp_path), "vector:label")
    assert data.framing.inputs == Vector(num_features=2, names=("a", "b"))
    assert data.record["ignored"] == ["id"] and data.record["y"] == "label"
    assert_whole(data, 60)
    assert rows(data, "train")[0][0].dtype == "float32"
    chosen = from_files(table(tmp_path), "vector:label", columns={"x": ["b"], "y": "a"})
    assert chosen.framing.inputs.names == ("b",) and chosen.framing.outputs.names == tuple(map(str, range(30)))


def test_files_named_after_splits(tmp_path):
    for name, num in (("train.csv", 60), ("dev.csv", 10), ("test.csv", 12)):
        table(tmp_path, name, num)
    assert from_files(tmp_path, "vector:label").counts == {"train": 60, "validation": 10, "test": 12}


def test_tsv_and_jsonl_of_texts(tmp_path):
    pairs = [(f'he said "no {i}', "ab"[i % 2]) for i in range(50)]
    (tmp_path / "a.tsv").write_text("text\tlabel\r\n" + "".join(f"{x}\t{y}\r\n" for x, y in pairs), newline="")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps({"n": 1, "text": x, "label": y}) + "\n" for x, y in pairs))
    tsv, jsonl = (from_files(tmp_path / f"a.{kind}", "word_seq:label") for kind in ("tsv", "jsonl"))
    assert_whole(tsv, 50)
    assert [rows(tsv, s) for s in tsv.splits] == [rows(jsonl, s) for s in jsonl.splits]
    assert rows(tsv, "train")[0][0].startswith(b'he said "no ')


def test_csv_with_quotes_and_semicolons(tmp_path):
    (tmp_path / "a.csv").write_text('\ufeffwhat;label\n' + "".join(f'"one; ""{i}""\nmore";{i % 2}\n' for i in range(9)))
    data = from_files(tmp_path / "a.csv", "word_seq:label")
    assert b'one; "' in rows(data, "train")[0][0] and data.framing.outputs.names == ("0", "1")


def test_conll(tmp_path):
    sentences = [f"# id = {i}\nMs\tB-PER\nHaag{i}\tI-PER\n#tag\tO\n" for i in range(20)]
    (tmp_path / "a.conll").write_text("\n".join(sentences) + "\n\t\n")
    data = from_files(tmp_path / "a.conll", "word_seq:tags")
    assert data.framing.outputs == Tags(names=("O", "B-PER", "I-PER"), scheme="bio")
    assert_whole(data, 20)
    words, tags = rows(data, "train")[0]
    assert words[2] == b"#tag" and tags.tolist() == [b"B-PER", b"I-PER", b"O"]


def test_conll_with_counted_words_and_blanks(tmp_path):
    (tmp_path / "a.txt").write_text("".join(f"1 The x DET\n2 dog{i} x NOUN\n\n" for i in range(9)))
    words, tags = rows(from_files(tmp_path / "a.txt", "word_seq:tags"), "train")[0]
    assert words[0] == b"The" and tags.tolist() == [b"DET", b"NOUN"]


def test_conllu_leaves_out_what_is_no_word(tmp_path):
    row = "{}\t{}\t_\t{}\tXX\t_\t0\t_\t_\t_\n"
    text = "".join("# text = don't\n" + row.format("1-2", "don't", "_") + row.format(1, "do", "AUX")
                   + row.format(2, f"n't{i}", "PART") + row.format("2.1", "go", "VERB") + "\n" for i in range(12))
    path = tmp_path / "a.conllu.xz"
    path.write_bytes(lzma.compress(text.encode()))
    data = from_files(path, "word_seq:tags")
    assert data.framing.outputs == Tags(names=("AUX", "PART"))
    assert all(len(x) == 2 for x, _ in rows(data, "train"))
    with pytest.raises(UserError, match="one label only, 'XX'"):
        from_files(path, "word_seq:tags", columns={"y": "xpos"})
    with pytest.raises(UserError, match="unknown column 'upso'.*Did you mean 'upos'"):
        from_files(path, "word_seq:tags", columns={"y": "upso"})


def test_jsonl_of_tags(tmp_path):
    lines = [json.dumps({"tokens": ["a", f"b{i}"], "tags": ["X", "Y"]}) for i in range(10)]
    (tmp_path / "a.jsonl").write_text("\n".join(lines))
    assert_whole(from_files(tmp_path / "a.jsonl", "word_seq:tags"), 10)
    (tmp_path / "a.jsonl").write_text("\n".join([*lines, '{"tokens": ["a"], "tags": ["X", "Y"]}']))
    with pytest.raises(UserError, match="line 11: 1 words and 2 tags"):
        from_files(tmp_path / "a.jsonl", "word_seq:tags")


def test_arrays(tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "i.npz", x=rng.integers(0, 255, (40, 6, 5)), y=np.arange(40) % 4)
    images = from_files(tmp_path / "i.npz")
    assert images.framing.inputs == Image(height=6, width=5, channels=1)
    assert_whole(images, 40)
    np.savez(tmp_path / "v.npz", x_train=rng.normal(size=(40, 3)), y_train=["a", "b"] * 20,
             x_test=rng.normal(size=(9, 3)), y_test=["a"] * 9)
    vectors = from_files(tmp_path / "v.npz", "vector:label")
    assert vectors.counts == {"train": 36, "validation": 4, "test": 9}


@pytest.mark.shared
def test_real_treebank(offline):
    data = from_files(offline / "data" / "ud_chinese_gsd_r1.4", "word_seq:tags")
    assert data.counts == {"train": 3997, "validation": 500, "test": 500}
    assert sum(len(x) for x, _ in rows(data, "train")) == 98_608


@pytest.mark.shared
def test_real_entities_as_files(offline):
    data = from_files(offline / "data" / "uner_zh_gsd", "word_seq:tags", columns={"y": 2})
    assert data.framing.outputs.scheme == "bio" and data.counts["train"] == 3997


def test_damaged_pictures_are_named(tmp_path):
    pictures(tmp_path)
    damaged = tmp_path / "dog" / "1.jpg"
    damaged.write_bytes(damaged.read_bytes()[:-30])
    data = from_files(tmp_path)
    with pytest.raises(Exception) as caught:
        [rows(data, s) for s in data.splits]
    assert str(damaged) in str(user_error(caught.value)) and user_error(ValueError("x")) is None
    damaged.write_bytes(b"no picture")
    with pytest.raises(UserError, match="corrupt picture .*1.jpg"):
        from_files(tmp_path)


GOOD_CSV = "text,label\n" + "".join(f"some {i},{i % 2}\n" for i in range(20))
CONLLU = "1\ta\t_\tX\t_\t_\t0\t_\t_\t_\n"
TEXTS = [  # name of the file, its content, pair, columns, message
    ("a.csv", "", "word_seq:label", None, "is empty"),
    ("a.csv", "text,label\n", "word_seq:label", None, "no examples below"),
    ("a.csv", GOOD_CSV, "word_seq:label", {"x": "txt"}, "unknown column 'txt' for x.*text, label.*Did you mean 'text'"),
    ("a.csv", "u,v,w\n1,2,3\n", "word_seq:label", None, "columns u, v, w: cannot tell which is x and which y"),
    ("a.csv", GOOD_CSV + "one,two,three\n", "word_seq:label", None, "line 22: 3 cells, expected 2"),
    ("a.csv", "text,text\na,b\n", "word_seq:label", None, "empty or doubled"),
    ("a.csv", GOOD_CSV + '"open\n', "word_seq:label", None, "a.csv line 22: .*quotes"),
    ("a.csv", GOOD_CSV + "some,\n", "word_seq:label", None, "line 22, column 'label': empty"),
    ("a.csv", "n,label\n" + "1,a\n2,b\n" * 9 + "?,a\n", "vector:label", None, "line 20, column 'n': '\\?' is no"),
    ("a.csv", "n,label\n" + "1,a\n2,b\n" * 9 + "nan,a\n", "vector:label", None, "line 20.*'nan'"),
    ("a.csv", GOOD_CSV, "vector:label", None, "no column of numbers"),
    ("a.csv", "text,label\na,x\nb,x\n", "word_seq:label", None, "one label only, 'x'"),
    ("a.csv", "text,label\n" + "".join(f"a,{i}.5\n" for i in range(30)), "word_seq:label", None, "a label of its own"),
    ("a.csv", "text,label\na,1\nb,2\n", "word_seq:label", None, "2 different examples, too few to cut"),
    ("a.csv", b"text,label\nfine,1\ncaf\xe9,2\n", "word_seq:label", None, "line 3: byte 0xe9 is not UTF-8"),
    ("a.csv", GOOD_CSV, "image:label", None, "does not read .csv.*folder of pictures.*word_seq:label"),
    ("a.csv", GOOD_CSV, "word_seq:lable", None, "unknown pair.*Did you mean 'word_seq:label'"),
    ("a.csv", GOOD_CSV, "word_seq:label", {"z": "a"}, "columns for z: expected x and y"),
    ("a.jsonl", '{"text": "a", "label": "b"}\n{oops\n', "word_seq:label", None, "line 2: no valid JSON"),
    ("a.jsonl", '{"text": "a", "label": "b"}\n[1]\n', "word_seq:label", None, "line 2: a JSON list"),
    ("a.jsonl", '{"text": "a", "label": "b"}\n{"text": "a"}\n', "word_seq:label", None, "line 2: no field 'label'"),
    ("a.conll", "a\tX\nb\n", "word_seq:tags", None, "line 2: 1 columns, expected 2"),
    ("a.conll", "a\nb\n", "word_seq:tags", None, "line 1: one column"),
    ("a.conll", "a\tX\n\tY\n", "word_seq:tags", None, "line 2: an empty word"),
    ("a.conll", "# nothing\n", "word_seq:tags", None, "no sentences"),
    ("a.conllu", "a X\n", "word_seq:tags", None, "line 1: 1 columns apart by tabs, expected CoNLL-U's 10"),
    ("a.conllu", CONLLU + CONLLU[:-3] + "\n", "word_seq:tags", None, "line 2: 9 columns, expected 10"),
    ("a.conllu.xz", lzma.compress(CONLLU.encode() * 99)[:-9], "word_seq:tags", None, "truncated"),
    ("a.conllu.xz", b"no xz", "word_seq:tags", None, "no whole .xz file"),
    ("a.npz", b"no archive", "image:label", None, "cannot be read as .npz"),
    ("a.png", b"x", "image:label", None, "is one picture"),
]


@pytest.mark.parametrize("name, content, pair, columns, message", TEXTS, ids=[f"{t[0]}: {t[4][:40]}" for t in TEXTS])
def test_bad_files(tmp_path, name, content, pair, columns, message):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(UserError, match=message) as caught:
        from_files(path, pair, columns=columns)
    assert "\n" not in str(caught.value)


ARRAYS = [
    (dict(a=np.zeros(3)), "image:label", "has the arrays a: expected x_train and y_train"),
    (dict(x=np.zeros((9, 2, 2), "uint8"), y=np.arange(8) % 2), "image:label", "9 examples in x and 8 in y"),
    (dict(x=np.full((9, 2, 2), 0.5), y=np.arange(9) % 2), "image:label", "float64 from 0.5 to 0.5: expected uint8"),
    (dict(x=np.zeros((9, 2), "uint8"), y=np.arange(9) % 2), "image:label", "shape \\(9, 2\\): expected images"),
    (dict(x=np.array([[np.nan]] * 9), y=np.arange(9) % 2), "vector:label", "\\[0, 0\\] is nan"),
    (dict(x=np.zeros((9, 2)), y=np.eye(9)), "vector:label", "expected one whole number or string"),
    (dict(x=np.array([{}] * 9), y=np.arange(9)), "vector:label", "cannot be read as .npz"),
]


@pytest.mark.parametrize("arrays, pair, message", ARRAYS, ids=[a[2][:40] for a in ARRAYS])
def test_bad_arrays(tmp_path, arrays, pair, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(UserError, match=message):
        from_files(tmp_path / "a.npz", pair)


def test_bad_folders(tmp_path):
    pictures(tmp_path / "pets", 2)
    with pytest.raises(MissingData, match="no file or folder .*pest.*Did you mean 'pets'"):
        from_files(tmp_path / "pest")
    with pytest.raises(UserError, match="1 folders \\(pets\\)"):
        from_files(tmp_path)
    (tmp_path / "pets" / "owl").mkdir()
    with pytest.raises(UserError, match="owl has no pictures"):
        from_files(tmp_path / "pets")
    with pytest.raises(UserError, match="0 folders \\(none\\)"):
        from_files(tmp_path / "pets" / "owl")
    with pytest.raises(UserError, match="has no file of the kind .csv"):
        from_files(tmp_path, "word_seq:label")
    table(tmp_path, "one.csv"), table(tmp_path, "two.csv")
    with pytest.raises(UserError, match="one.csv, two.csv.*expected one file, or train, validation and test"):
        from_files(tmp_path, "word_seq:label")


@pytest.mark.parametrize("suffix", ["tsv", "csv", "jsonl"])
def test_texts_and_what_they_become(tmp_path, suffix):
    lines = [(f"word {i} here", f"字 {i}") for i in range(40)]
    shown = {"tsv": ["x\ty", *("\t".join(r) for r in lines)], "csv": ["x,y", *(",".join(r) for r in lines)],
             "jsonl": [json.dumps({"x": x, "y": y}) for x, y in lines]}[suffix]
    (tmp_path / f"pairs.{suffix}").write_text("\n".join(shown) + "\n")
    data = from_files(tmp_path / f"pairs.{suffix}", "word_seq:text")
    assert data.framing.pair == ("word_seq", "text") and not data.framing.outputs.pieces
    assert_whole(data, 40)
    found = {x.decode(): y.decode() for split in data.splits for x, y in rows(data, split)}
    assert found == dict(lines)


@pytest.mark.parametrize(("line", "message"), [
    ("hello\t", "line 3, column 'y': empty, expected a text"),
    ("\thello", "line 3, column 'x': empty, expected a text"),
    ("hello", "line 3")])
def test_texts_with_nothing_on_one_side(tmp_path, line, message):
    (tmp_path / "pairs.tsv").write_text(f"x\ty\na b\tc d\n{line}\ne\tf\n")
    with pytest.raises(UserError, match=message):
        from_files(tmp_path / "pairs.tsv", "word_seq:text")


def write_parallel(folder, english, chinese):
    for ending, lines in (("en", english), ("zh", chinese)):
        (folder / f"train.{ending}").write_text("\n".join(lines) + "\n")
    return folder


def test_texts_in_two_parallel_files(tmp_path):
    lines = {f"word {i} here": f"字 {i}" for i in range(40)}
    data = from_files(write_parallel(tmp_path, lines, lines.values()), "word_seq:text", columns={"x": "en", "y": "zh"})
    assert_whole(data, 40)
    assert {x.decode(): y.decode() for split in data.splits for x, y in rows(data, split)} == lines


def test_parallel_files_that_do_not_match(tmp_path):
    columns = {"x": "en", "y": "zh"}
    with pytest.raises(UserError, match="train.en has 3 lines and .*train.zh has 2: expected a line of one for each"):
        from_files(write_parallel(tmp_path, "abc", "ab"), "word_seq:text", columns=columns)
    with pytest.raises(UserError, match="train.en line 2: empty, expected a text.*in the other file"):
        from_files(write_parallel(tmp_path, ["a", "", "c"], "abc"), "word_seq:text", columns=columns)
    (tmp_path / "test.zh").write_text("a\n")
    with pytest.raises(UserError, match="train in 'en' and test, train in 'zh': expected two files for each split"):
        from_files(tmp_path, "word_seq:text", columns=columns)


def test_texts_with_several_names_or_none(tmp_path):
    made = {f"text {i}": [name for j, name in enumerate(("a", "b", "c")) if i >> j & 1] for i in range(40)}
    shown = "\n".join(json.dumps({"text": text, "labels": names}) for text, names in made.items())
    (tmp_path / "names.jsonl").write_text(shown)
    data = from_files(tmp_path / "names.jsonl", "word_seq:distribution")
    assert_whole(data, 40)
    assert data.framing.outputs.names == ("a", "b", "c")
    assert {x.decode(): [n.decode() for n in y] for split in data.splits for x, y in rows(data, split)} == made
    (tmp_path / "names.jsonl").write_text(shown + '\n{"text": "d", "labels": "a"}')
    with pytest.raises(UserError, match="line 41, column 'labels': expected a list of names"):
        from_files(tmp_path / "names.jsonl", "word_seq:distribution")


def test_running_text_keeps_its_end_for_validation_and_test(tmp_path):
    text = "".join(chr(97 + i % 26) for i in range(12_000))
    (tmp_path / "book.txt").write_text(text)
    data = from_files(tmp_path / "book.txt", "word_seq:distribution")
    assert data.framing.outputs.form == "following" and data.counts["train"] == -(-10_799 // 128)
    last = [b"".join(c for c in y).decode() for _, y in rows(data, "test")]
    assert "".join(last) == text[-599:]
    (tmp_path / "book.txt").write_text(text[:2400])
    with pytest.raises(UserError, match="validation has a text of 120 characters, expected more than 128: add text"):
        from_files(tmp_path / "book.txt", "word_seq:distribution")
