"""Several runs side by side."""

from pathlib import Path

from recipes.pictures import runs, style, text
from recipes.pictures.facts import flat
from recipes.report import read_run, write

SAME = ("name", "pair", "architecture", "size", "seed", "out")  # have columns of their own, or never tell


def compare(run_dirs, *, out=None):
    """Compare finished runs.

    Args:
        run_dirs: folders of finished runs, in the order of the rows.
        out: folder for `compare.html` and `compare.png`; None writes nothing.

    Returns:
        A rich Table, the best run of each metric in bold.

    Raises:
        UserError: no folder was given, or one holds no finished run.
    """
    from registry.errors import UserError

    if not run_dirs:
        raise UserError("nothing to compare: give the folders of two or more finished runs, e.g. runs/digits/*")
    found = rows([read_run(folder) for folder in run_dirs])
    if out is not None:
        try:
            save(found, Path(out))
        except OSError as error:
            raise UserError(f"cannot write the comparison into {out}: {error.strerror or error}. Free some space or "
                            "choose another --out.") from error
    return as_table(found)


def rows(read):
    """Return one dict for each run: what a table, a picture or a script needs."""
    told = differences(read)
    found = []
    for run, differs in zip(read, told):
        entry = (run.metrics.get("test") or {}).get(run.metric) or {}
        shallow = ((run.metrics.get("baselines") or {}).get("shallow") or {}).get(run.metric) or {}
        found.append(
            {
                "run": "/".join(run.folder.resolve().parts[-2:]),
                "recipe": run.get("recipe") or run.config.get("name"),
                "architecture": run.get("architecture"),
                "size": run.get("size"),
                "seed": run.get("seed"),
                "parameters": run.metrics.get("parameters"),
                "metric": run.metric,
                "value": entry.get("value"),
                "low": entry.get("low"),
                "high": entry.get("high"),
                "shallow": shallow.get("value"),
                "seconds": (run.metrics.get("speed") or {}).get("seconds"),
                "differs": differs,
            }
        )
    for one in found:
        one["best"] = text.is_number(one["value"]) and not any(
            text.better(x["metric"], x["value"], one["value"])
            for x in found
            if runs.group(x) == runs.group(one) and text.is_number(x["value"])
        )
    return found


def differences(read):
    """Return for each run its settings that not all runs share, as text, without long ones such as vocabularies."""
    settings = [{k: v for k, v in flat(run.config) if k not in SAME and len(v) <= 40} for run in read]
    fields = list(dict.fromkeys(k for one in settings for k in one))
    varied = [k for k in fields if len({one.get(k) for one in settings}) > 1]
    return [", ".join(f"{k}={one[k]}" for k in varied if k in one) for one in settings]


def cells(one):
    """Return a row of text for the columns of HEAD."""
    metric = one["metric"]
    return [
        text.plain(one["recipe"]),
        text.plain(one["architecture"]),
        text.plain(one["size"]),
        text.plain(one["seed"]),
        text.count(one["parameters"]),
        text.words(metric),
        text.number(metric, one["value"]),
        text.interval(metric, one),
        text.number(metric, one["shallow"]),
        text.seconds(one["seconds"]),
        style.cut(one["differs"], 120),
        one["run"],
    ]


HEAD = (
    "recipe",
    "architecture",
    "size",
    ">seed",
    ">parameters",
    "metric",
    ">value",
    ">95 % interval",
    ">shallow",
    ">training",
    "differs in",
    "run",
)


def kept(found):
    """Return (head, rows of text), with the means over seeds below, without columns that are empty in every row."""
    filled = [cells(one) for one in found] + means(found)
    keep = [i for i in range(len(HEAD)) if any(row[i] not in ("", text.NOTHING) for row in filled)]
    return [HEAD[i] for i in keep], [[row[i] for i in keep] for row in filled]


def means(found):
    """Return a row of text, mean and standard deviation, for each set of runs that differ in nothing but the seed."""
    from statistics import mean, stdev

    alike = {}
    for one in found:
        if text.is_number(one["value"]):
            key = tuple(str(one[k]) for k in ("recipe", "metric", "architecture", "size", "parameters", "differs"))
            alike.setdefault(key, {})[one["seed"]] = one
    filled = []
    for seeds in (list(x.values()) for x in alike.values() if len(x) > 1):
        values, metric = [one["value"] for one in seeds], seeds[0]["metric"]
        row = cells({**seeds[0], "value": mean(values), "low": None, "shallow": None, "seconds": None})
        row[3], row[7], row[-1] = "", f"± {text.number(metric, stdev(values))} sd", f"mean of {len(seeds)} seeds"
        filled.append(row)
    return filled


def as_table(found):
    """Return the rows as a rich Table."""
    from rich.table import Table
    from rich.text import Text

    head, filled = kept(found)
    table = Table(box=None, header_style="dim", pad_edge=False)
    for name in head:
        table.add_column(name.lstrip(">"), justify="right" if name.startswith(">") else "left", overflow="fold")
    for i, row in enumerate(filled):
        best = i < len(found) > 1 and found[i]["best"]
        table.add_row(*(Text(cell) for cell in row), style="bold" if best else "")
    return table


def save(found, folder):
    """Write compare.html and compare.png."""
    from recipes.page import frame
    from recipes.pictures import markup

    figures = ""
    drawn = [x for x in found if text.is_number(x["value"])]
    if drawn:
        said = "; ".join(f"{name} {text.value(x['metric'], x['value'])}" for name, x in zip(runs.names(drawn), drawn))
        picture = style.Picture(
            "compare",
            f"Test results with 95 % intervals: {said}.",
            lambda theme: runs.draw(drawn, theme),
            "Line: 95 % interval. Tick: the shallow model of the same run.",
        )
        light, dark = style.png(picture.draw, style.LIGHT), style.png(picture.draw, style.DARK)
        write(folder / "compare.png", light)
        figures = markup.figure(picture, light, dark)
    head, filled = kept(found)
    inner = f"<header><h1>{len(found)} runs</h1></header>\n" + markup.block(
        "runs", "Side by side", figures, markup.table(head, filled)
    )
    write(folder / "compare.html", frame(f"{len(found)} runs", inner).encode("utf-8"))
