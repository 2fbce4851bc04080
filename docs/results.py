"""Write measured results where people read them: README.md's table, docs/results.md, and the recipes' docstrings.

    python docs/results.py runs/digits/TIME runs/fashion/TIME …

Figures come from the runs' metrics.json alone; nothing is typed by hand.
"""
import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
START, END = "<!-- results -->", "<!-- /results -->"


def figure(metrics, key="test"):
    """Return "95.31 % (95.05 to 95.57)" for the promised metric of the test split or of a baseline."""
    values = metrics["test"] if key == "test" else metrics["baselines"][key]
    value, low, high = (values[metrics["metric"]][k] for k in ("value", "low", "high"))
    if metrics["metric"] == "log_loss":
        return f"{value:.4f} ({low:.4f} to {high:.4f})"
    return f"{100 * value:.2f} % ({100 * low:.2f} to {100 * high:.2f})"


def read(folder):
    """Return a run's (metrics, config, environment)."""
    return [json.loads((Path(folder) / f"{name}.json").read_text()) for name in ("metrics", "config", "environment")]


def row(metrics, config):
    """Return a line of the table."""
    deep = f"{metrics['architecture']}{' + CRF' if config.get('crf') else ''}"
    target = f"{100 * metrics['target']:.1f} %" if metrics["target"] else "-"
    speed = metrics["speed"]
    return (f"| `{metrics['recipe']}` | {' → '.join(metrics['pair'])} | {metrics['metric']} | {deep} | "
            f"**{figure(metrics)}** | {figure(metrics, 'shallow')} | {target} | "
            f"{speed['seconds'] / 60:.1f} | {speed['epochs']} | {metrics['seed']} |")


def table(runs):
    """Return the Markdown table of all runs, with the machine it was measured on."""
    head = ["| recipe | pair | metric | deep model | test, 95 % interval | shallow model | target | minutes | epochs | "
            "seed |", "|---|---|---|---|---|---|---|---|---|---|"]
    machines = sorted({f"{env['cpu_count']} cores of {env['cpu']}" for _, _, env in runs})
    versions = sorted({f"TensorFlow {env['tensorflow']}, Keras {env['keras']}" for _, _, env in runs})
    note = f"Official test splits; measured on {'; '.join(machines)} with {'; '.join(versions)}."
    return "\n".join([*head, *(row(m, c) for m, c, _ in runs), "", note])


def measured(metrics, env):
    """Return the docstring's paragraph."""
    speed = metrics["speed"]
    return (f"Measured: test {metrics['metric']} {figure(metrics)}, shallow {figure(metrics, 'shallow')},\n"
            f"{metrics['verdict']}; {speed['seconds']:.0f} s, {speed['epochs']} epochs, seed {metrics['seed']}, "
            f"{env['cpu_count']} cores of {env['cpu']}.")


def into_docstring(name, text):
    """Replace the recipe's paragraph that begins with "Measured:", or add it at the docstring's end."""
    path = ROOT / "recipes" / f"{name}.py"
    source = path.read_text()
    old = re.search(r"\n\nMeasured: .*?(?=\n\n|\n?\"\"\")", source, re.S)
    if old:
        source = source.replace(old.group(), "\n\n" + text)
    else:
        end = source.index('"""', 3)
        source = source[:end].rstrip() + "\n\n" + text + "\n" + source[end:]
    path.write_text(source)


def main(folders):
    """Write the table and the docstrings for the runs in `folders`."""
    runs = [read(folder) for folder in folders]
    for (_, config, _), folder in zip(runs, folders):
        config["crf"] = json.loads((Path(folder) / "framing.json").read_text())["outputs"].get("crf")
    for page in (ROOT / "README.md", ROOT / "docs" / "results.md"):
        text = page.read_text()
        before, after = text[: text.index(START) + len(START)], text[text.index(END):]
        page.write_text(f"{before}\n{table(runs)}\n{after}")
    for metrics, _, env in reversed(runs):
        into_docstring(metrics["recipe"], measured(metrics, env))


if __name__ == "__main__":
    main(sys.argv[1:])
