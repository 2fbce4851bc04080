"""What the registry knows, as names and as tables for the terminal; no Keras is imported."""
import ast
from fnmatch import fnmatchcase
from pathlib import Path

from registry import table
from registry.errors import UserError


def architectures(inputs="*", outputs="*", name="*", max_parameters=None):
    """See `registry.architectures`."""
    rows = {pair: names for pair, names in table.rows().items()
            if fnmatchcase(pair[0], inputs) and fnmatchcase(pair[1], outputs)}
    if not rows:
        table.names((inputs, outputs))
    found = dict.fromkeys(n for names in rows.values() for n in names if fnmatchcase(n, name))
    if max_parameters is None:
        return list(found)
    return [n for n in found if not n.endswith("*") and _smallest(rows, n) <= max_parameters]


def _smallest(rows, name):
    from registry.building import build, framing_for

    framings = [framing_for(pair, name) for pair, names in rows.items() if name in names]
    return min(build(framing.inputs, framing.outputs, name).count_params() for framing in framings)


def summary(name):
    """Return an architecture's first docstring line without importing it."""
    file = "keras_applications" if name.startswith("keras/") else name
    path = Path(__file__).parent.parent / "zoo" / f"{file}.py"
    if not path.exists():
        return (table.module(name).__doc__ or "").strip().splitlines()[0]
    return ast.get_docstring(ast.parse(path.read_text())).splitlines()[0]


def print_table(console):
    """Print every pair with its architectures, the default first."""
    from rich.table import Table

    grid = Table("input", "output", "architectures, the default first", title="f: X → Y", title_justify="left")
    for (inputs, outputs), names in table.rows().items():
        grid.add_row(inputs, outputs, f"[bold]{names[0]}[/] " + " ".join(names[1:]))
    console.print(grid)
    console.print("python -m registry INPUT OUTPUT shows one pair; python -m registry explain ARCHITECTURE its line.")


def print_pair(console, pair):
    """Print one pair's architectures with what they are."""
    from rich.table import Table

    grid = Table("architecture", "what it is", title=" → ".join(pair), title_justify="left")
    for name in table.names(pair):
        grid.add_row(name, summary(name))
    console.print(grid)


def print_line(console, told):
    """Print what `explain` told: the boxes, their cost, and when to use them."""
    from rich.table import Table

    grid = Table("box", "made", "what", "gives", title=f"{told['architecture']}: {' → '.join(told['pair'])}",
                 title_justify="left")
    for column in ("parameters", "FLOPs forward", "FLOPs to train", "bytes"):
        grid.add_column(column, justify="right")
    grid.add_column("share", no_wrap=True)
    for row in told["boxes"]:
        colour = "green" if row["made"] == "learned" else "yellow"
        share = row["training_flops"] / max(told["training_flops"], 1)
        grid.add_row(row["name"], f"[{colour}]{row['made']}[/]", row["what"], row["output_shape"], *_costs(row),
                     f"{share:4.0%} [{colour}]{'█' * round(8 * share)}[/]" if share else "")
    grid.add_row("in all", "", "", "", *_costs(told), end_section=True)
    console.print(grid)
    console.print("For one example of 32 words or frames where its length is open; share: of the FLOPs to train. What "
                  "counts: registry/cost.py.", highlight=False)
    console.print(f"Fits: {told['fits']}\nNot for: {told['avoid']}\nPaper: {told['paper'] or '-'}", highlight=False)


def _costs(row):
    """Return what a box costs as texts: parameters whole, the others with three figures and a letter."""
    told = [f"{row['parameters']:,}", _short(row["flops"]), _short(row["training_flops"]), _short(row["bytes"]) + "B"]
    return ["-" if text in ("0", "0 ", "0 B") else text for text in told]


def _short(n):
    for power, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if n >= 0.9995 * power:
            return f"{n / power:#.3g}".rstrip(".") + f" {letter}"
    return f"{n} "


def pair_of(words):
    """Return (input, output) for what stands on the command line.

    Raises:
        UserError: not two names.
    """
    if len(words) != 2:
        raise UserError(f"received {len(words)} names ({' '.join(words)}): give an input and an output domain, "
                        "such as `python -m registry image label`.")
    return tuple(words)
