"""How numbers, metrics and shapes are written, the same way in pictures, pages and tables."""

import math

PLAIN = (
    "nats",
    "mse",
    "mae",
    "rmse",
    "r2",
    "mae_last",
    "log_loss",
    "return",
    "length",
    "bleu",
    "chrf",
)  # shown as they are, all others in per cent
FALLING = ("nats", "wer", "cer", "per", "string_error", "frame_error", "segment_error", "mse", "mae", "rmse",
           "mae_last", "log_loss", "loss", "ece")  # the lower the better
WORDS = {
    "f1": "F1", "uas": "UAS", "las": "LAS", "auc": "AUC", "wer": "WER", "cer": "CER", "mse": "MSE", "mae": "MAE",
    "rmse": "RMSE", "r2": "R²", "mae_last": "MAE of the last step",
    "bleu": "BLEU", "chrf": "chrF", "ndcg_at_10": "NDCG@10", "recall_at_5": "recall@5", "mrr": "MRR",
    "ece": "ECE", "per": "PER", "upos": "UPOS",
    "word_f1": "word F1", "f1_micro": "micro F1", "exact": "all names right",
}  # fmt: skip
NOTHING = "–"


def is_number(x):
    """Tell whether x is a finite number."""
    return isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x)


def words(name):
    """Return a field name in words: `peak_rss_mb` → `peak rss mb`, `f1` → `F1`."""
    return WORDS.get(name, str(name).replace("_", " "))


def model(run):
    """Return what the model of a run, or of its metrics.json, is called: "seq2seq", or "5 × seq2seq" for an ensemble.
    """
    members, name = run.get("members") or 1, run.get("architecture")
    return f"{members} × {name}" if members > 1 else name


def factor(metric):
    """Return 100 for a metric that is shown in per cent, else 1."""
    return 1 if metric in PLAIN else 100


def unit(metric):
    """Return what stands after a value of `metric`."""
    return "" if metric in PLAIN else "\u00a0%"


def number(metric, x):
    """Return a value of `metric` without its unit: 0.9837 → `98.37`."""
    if not is_number(x):
        return NOTHING
    if metric in PLAIN:
        return f"{x:.3f}" if 0.1 <= abs(x) < 10 else f"{x:.4g}" if abs(x) < 1000 else count(x)
    return f"{100 * x:.2f}"


def value(metric, x):
    """Return a value of `metric` with its unit."""
    return number(metric, x) + (unit(metric) if is_number(x) else "")


def percent(share):
    """Return a share with one decimal and its sign, or the empty string for none."""
    return f"{100 * share:.1f}\u00a0%" if is_number(share) else ""


def interval(metric, entry):
    """Return `97.10–99.12`, or `-0.680 to 0.360`, for an entry with `low` and `high`, or the empty string."""
    if not entry or not (is_number(entry.get("low")) and is_number(entry.get("high"))):
        return ""
    return (" to " if entry["low"] < 0 else "–").join(number(metric, entry[end]) for end in ("low", "high"))


def count(n):
    """Return a whole number with its thousands set apart."""
    return f"{n:,.0f}" if is_number(n) else NOTHING


def short(n):
    """Return three figures and a letter: 138357544 → `138 M`."""
    if not is_number(n):
        return NOTHING
    power, letter = next(
        ((10**p, s) for p, s in ((12, "T"), (9, "G"), (6, "M"), (3, "k")) if abs(n) >= 0.9995 * 10**p),
        (1, ""),
    )
    scaled = n / power
    digits = f"{scaled:.0f}" if abs(scaled) >= 99.95 or power == 1 and scaled == int(scaled) else f"{scaled:.3g}"
    return f"{digits} {letter}".strip()


def seconds(s):
    """Return a length of time: `0.42 s`, `42 s`, `12 min 30 s`, `2 h 05 min`."""
    if not is_number(s):
        return NOTHING
    if s < 100:
        return f"{s:.2g} s" if s < 10 else f"{s:.0f} s"
    whole = round(s)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def better(metric, left, right):
    """Tell whether `left` is strictly better than `right`."""
    return left < right if metric in FALLING else left > right


def pair(run_pair):
    """Return the two domains of `image→label`, `image:label` or ["image", "label"]; empty strings where unknown."""
    if isinstance(run_pair, (list, tuple)) and len(run_pair) == 2:
        return tuple(str(x) for x in run_pair)
    for mark in ("→", "->", ":"):
        if mark in str(run_pair):
            left, right = str(run_pair).split(mark, 1)
            return left.strip(), right.strip()
    return "", ""


def plain(x):
    """Return any JSON value as one line of text."""
    if x is None:
        return NOTHING
    if isinstance(x, bool):
        return "yes" if x else "no"
    if isinstance(x, float):
        return f"{x:.6g}"
    if isinstance(x, dict):
        return ", ".join(f"{k}={plain(v)}" for k, v in x.items()) or "none"
    if isinstance(x, (list, tuple)):
        shown = [plain(v) for v in x[:20]]
        return (", ".join(shown) + (f", … ({len(x)} in all)" if len(x) > 20 else "")) or "none"
    return str(x)
