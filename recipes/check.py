"""Look at every raw example before anything is trained: errors stop a run, warnings are printed."""
import hashlib
import itertools
from collections import Counter
from dataclasses import dataclass

from recipes.datasets.source import rows

SHOWN = 5  # findings of one kind that are shown one by one


@dataclass(frozen=True)
class Finding:
    """Something found in the data: where it is, what was found and expected, and how to mend it."""

    level: str  # "error" or "warning"
    where: str  # "train example 17, field label"
    found: str
    expected: str
    fix: str

    def __str__(self):
        return f"{self.level}: {self.where}: found {self.found}, expected {self.expected}: {self.fix}"


def check(data, framing, stride=1):
    """Check every example of every split.

    Args:
        data: `Data`, raw.
        framing: names and sizes that the examples must obey.
        stride: so many steps of time the architecture puts together, which leaves less room for texts.

    Returns:
        (findings, profile): `Finding`s, errors first, and for each split how many examples, classes and lengths.
    """
    findings, profile, seen = [], {}, {}
    for split, examples in data.splits.items():
        notes = _Notes(split)
        _read(examples, framing, notes, seen, stride)
        findings += notes.findings + notes.further() + notes.constant(getattr(framing.inputs, "fields", ()))
        profile[split] = notes.profile()
    findings += _across(profile, seen, framing) + _skipped(data.record.get("skipped"))
    findings += [Finding("warning", "files", *note) for note in data.record.get("notes", ())]
    findings.sort(key=lambda f: f.level)
    profile["findings"] = [str(f) for f in findings]
    return findings, profile


def _skipped(found):
    if not found:
        return []
    return [Finding("warning", "--skip-bad", f"{len(found)} bad examples, which are left out, such as: {found[0]}",
                    "none", "mend or remove them")]


def errors_of(data, framing, stride=1):
    """Return for each split {place of an example: its first error}; the arguments are those of `check`."""
    found = {}
    for split, examples in data.splits.items():
        notes = _Notes(split)
        _read(examples, framing, notes, {}, stride)
        found[split] = notes.bad
    return found


class _Notes:
    """What is noted while a split is read."""

    def __init__(self, split):
        self.split, self.count, self.classes, self.lengths = split, 0, Counter(), Counter()
        self.findings, self.kinds, self.hidden = [], Counter(), {}
        self.words = set()  # two are enough to know
        self.first, self.varies = None, None  # the fields of the first row, and which of them change
        self.bad = {}  # place of an example → its first error

    def add(self, level, index, field, kind, found, expected, fix):
        finding = Finding(level, f"{self.split} example {index}, field {field}", found, expected, fix)
        if level == "error":
            self.bad.setdefault(index, finding)
        self.kinds[level, field, kind] += 1
        if self.kinds[level, field, kind] <= SHOWN:
            self.findings.append(finding)
        elif self.kinds[level, field, kind] == SHOWN + 1:
            self.hidden[level, field, kind] = expected, fix

    def further(self):
        """Return a finding for each kind of which not every one is shown, and for a text that is one word."""
        same = [Finding("error", "split train", "one word only, again and again", "two or more different words",
                        "name the column or file that holds the text")]
        more = [Finding(level, f"split {self.split}, field {field}", f"{self.kinds[level, field, kind] - SHOWN} more",
                        expected, fix) for (level, field, kind), (expected, fix) in self.hidden.items()]
        return more + (same if self.split == "train" and len(self.words) == 1 else [])

    def note_fields(self, row):
        """Note which fields of rows change from one to another."""
        if self.first is None:
            self.first, self.varies = row, row != row
        elif row.shape == self.first.shape:
            self.varies = self.varies | (row != self.first)

    def constant(self, fields):
        """Return a finding for each field that is the same in every example."""
        if self.split != "train" or self.count < 2 or self.first is None or len(self.first) != len(fields):
            return []
        return [Finding("warning", f"split train, field {name}", f"{text.decode('utf-8', 'replace')!r} in every "
                        "example", "two values or more", "it tells nothing, leave it out")
                for name, text, varies in zip(fields, self.first, self.varies) if not varies]

    def profile(self):
        return {"examples": self.count, "classes": dict(self.classes.most_common()), "lengths": self._lengths()}

    def _lengths(self):
        if not self.lengths:
            return None
        ordered = sorted(self.lengths.elements())
        return {"min": ordered[0], "median": ordered[len(ordered) // 2],
                "p95": ordered[int(0.95 * (len(ordered) - 1))], "max": ordered[-1]}


def _read(examples, framing, notes, seen, stride=1):
    inputs, outputs = framing.inputs, framing.outputs
    for index, (x, y) in enumerate(rows(examples)):
        notes.count += 1
        for found, expected, fix in inputs.problems(x):
            notes.add("error", index, inputs.name, expected, found, expected, fix)
        length = inputs.length(x) if hasattr(inputs, "length") else None
        for found, expected, fix in outputs.problems(y, length and -(-length // stride)):
            notes.add("error", index, outputs.name, expected, found, expected, fix)
        if hasattr(inputs, "fields"):
            notes.note_fields(x)
        for found, expected, fix in framing.problems(x, y):
            notes.add("error", index, outputs.name, expected, found, expected, fix)
        if hasattr(outputs, "classes"):
            notes.classes.update(outputs.classes(y))
        if length is not None:
            _note_length(index, length, inputs, notes)
            if len(notes.words) < 2 and hasattr(inputs, "words_of"):
                notes.words.update(inputs.words_of(x))
        if getattr(inputs, "repeats", False) or getattr(outputs, "repeats", False):
            continue
        digest = hashlib.blake2b(_bytes(x), digest_size=8).digest()
        seen.setdefault(digest, {}).setdefault(notes.split, index)


def _bytes(x):
    plain = hasattr(x, "tobytes") and x.dtype.kind != "O"
    return x.tobytes() if plain else repr(x.tolist() if hasattr(x, "tolist") else x).encode()


def _note_length(index, length, inputs, notes):
    notes.lengths[length] += 1
    if length > inputs.longest:
        notes.add("warning", index, inputs.name, "long", f"{length} {inputs.length_is}", f"at most {inputs.longest}",
                  "split the example, or give it time and memory")


def _across(profile, seen, framing):
    """Return the findings that concern whole splits: empty, one class only, rare classes, duplicates."""
    findings, kind = [], getattr(framing.outputs, "class_is", "class")
    for split, told in profile.items():
        if not told["examples"]:
            findings.append(Finding("error", f"split {split}", "no examples", "at least one", "check the source"))
        elif split == "train" and hasattr(framing.outputs, "classes") and len(told["classes"]) < 2:
            findings.append(Finding("error", "split train", f"one {kind} only ({', '.join(told['classes'])})",
                                    "two or more", "add examples of other classes"))
    train = profile.get("train", {}).get("classes", {})
    missing = [n for n in getattr(framing.outputs, "names", ()) if n not in train]
    if missing and train:
        findings.append(Finding("warning", "split train", f"no example of {', '.join(missing[:10])}",
                                "examples of every name", "these names can never be learned"))
    counts = [n for n in train.values() if n]
    if len(counts) > 1 and framing.outputs.name == "label" and max(counts) > 20 * min(counts):
        findings.append(Finding("warning", "split train", f"the largest class has {max(counts)} examples and the "
                                f"smallest {min(counts)}", "classes of like size",
                                "accuracy hides the small classes: watch f1"))
    for a, b in itertools.combinations(profile, 2):
        shared = [places for places in seen.values() if a in places and b in places]
        if shared:
            findings.append(Finding("warning", f"splits {a} and {b}",
                                    f"{len(shared)} examples in both, such as {a} {shared[0][a]} = {b} {shared[0][b]}",
                                    "none in common", "the figure on the later split is flattered"))
    return findings
