"""Write measured results where people read them: README.md's table, docs/results.md, and the recipes' docstrings.

    python docs/results.py runs/digits/TIME runs/fashion/TIME …

Figures come from the runs' metrics.json alone; nothing is typed by hand.
"""
import json
import re
import sys
from pathlib import Path

from recipes.pictures import text

ROOT = Path(__file__).parent.parent
START, END = "<!-- results -->", "<!-- /results -->"


def figure(metrics, key="test"):
    """Return "95.31 % (95.05 to 95.57)" for the promised metric of the test split or of a baseline."""
    values = metrics["test"] if key == "test" else metrics["baselines"][key]
    name, entry = metrics["metric"], values[metrics["metric"]]
    ends = (text.number(name, entry[end]) for end in ("low", "high"))
    return f"{text.number(name, entry['value'])}{text.unit(name)} ({' to '.join(ends)})".replace("\u00a0", " ")


def missed(metrics):
    """Tell whether the test figure is worse than the recipe's target."""
    name, target = metrics["metric"], metrics["target"]
    value = metrics["test"][name]["value"]
    return target is not None and (value > target if name in text.FALLING else value < target)


def machine(env):
    """Return "2 cores of AMD EPYC"."""
    return f"{env['cpu_count']} core{'s' * (env['cpu_count'] != 1)} of {env['cpu']}"


def read(folder):
    """Return a run's (metrics, config, environment)."""
    return [json.loads((Path(folder) / f"{name}.json").read_text()) for name in ("metrics", "config", "environment")]


def row(metrics, config):
    """Return a line of the table."""
    deep = f"{metrics['architecture']}{' + CRF' if config.get('crf') else ''}"
    target = text.value(metrics["metric"], metrics["target"]).replace("\u00a0", " ") if metrics["target"] else "-"
    target += ", missed" if missed(metrics) else ""
    speed = metrics["speed"]
    return (f"| `{metrics['recipe']}` | {' → '.join(metrics['pair'])} | {metrics['metric']} | {deep} | "
            f"**{figure(metrics)}** | {figure(metrics, 'shallow')} | {target} | "
            f"{speed['seconds'] / 60:.1f} | {speed['epochs']} | {metrics['seed']} |")


def table(runs):
    """Return the Markdown table of all runs, with the machine it was measured on."""
    head = ["| recipe | pair | metric | deep model | test, 95 % interval | shallow model | target | minutes | epochs | "
            "seed |", "|---|---|---|---|---|---|---|---|---|---|"]
    machines = sorted({machine(env) for _, _, env in runs}, reverse=True)
    versions = sorted({f"TensorFlow {env['tensorflow']}, Keras {env['keras']}" for _, _, env in runs})
    note = f"Official test splits; measured on {' or '.join(machines)} with {'; '.join(versions)}."
    return "\n".join([*head, *(row(m, c) for m, c, _ in runs), "", note])


def measured(metrics, env):
    """Return the docstring's paragraph."""
    speed = metrics["speed"]
    return (f"Measured: test {metrics['metric']} {figure(metrics)}, shallow {figure(metrics, 'shallow')},\n"
            f"{metrics['verdict']}; {speed['seconds']:.0f} s, {speed['epochs']} epochs, seed {metrics['seed']}, "
            f"{machine(env)}.")


def into_docstring(name, paragraph):
    """Replace the recipe's paragraph that begins with "Measured:", or add it at the docstring's end."""
    path = ROOT / "recipes" / f"{name}.py"
    source = path.read_text()
    old = re.search(r"\n\nMeasured: .*?(?=\n\n|\n?\"\"\")", source, re.S)
    if old:
        source = source.replace(old.group(), "\n\n" + paragraph)
    else:
        end = source.index('"""', 3)
        source = source[:end].rstrip() + "\n\n" + paragraph + "\n" + source[end:]
    path.write_text(source)


def main(folders):
    """Write the table and the docstrings for the runs in `folders`."""
    runs = [read(folder) for folder in folders]
    for (_, config, _), folder in zip(runs, folders):
        config["crf"] = json.loads((Path(folder) / "framing.json").read_text())["outputs"].get("crf")
    for page in (ROOT / "README.md", ROOT / "docs" / "results.md"):
        whole = page.read_text()
        before, after = whole[: whole.index(START) + len(START)], whole[whole.index(END):]
        page.write_text(f"{before}\n{table(runs)}\n{after}")
    for metrics, _, env in reversed(runs):
        into_docstring(metrics["recipe"], measured(metrics, env))


if __name__ == "__main__":
    main(sys.argv[1:])
