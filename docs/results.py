"""Write measured results where people read them: README.md's table, docs/results.md, and the recipes' docstrings.

Variants of recipes, such as `pronunciation/ice`, and cross-validations have tables of their own in docs/results.md.

    python docs/results.py runs/digits/TIME runs/fashion/TIME …

Figures come from the runs' metrics.json alone; nothing is typed by hand. Lines of other recipes and models stay. A mean
is of the runs given, so give all of them.
"""
import json
import re
import sys
from pathlib import Path

from recipes.catalogue import RECIPES, module
from recipes.pictures import text
from recipes.recipe import resolved_architecture

ROOT = Path(__file__).parent.parent


def figure(metrics, key="test"):
    """Return "95.31 % (95.05 to 95.57)" for the promised metric of the test split or of a baseline."""
    values = metrics["test"] if key == "test" else metrics["baselines"].get(key)
    if values is None:  # a game without a rule
        return "-"
    name, entry = metrics["metric"], values[metrics["metric"]]
    ends = (text.number(name, entry[end]) for end in ("low", "high"))
    return f"{text.number(name, entry['value'])}{text.unit(name)} ({' to '.join(ends)})".replace("\u00a0", " ")


def promised(metrics):
    """Return the recipe's target, "84.00 %, missed" where the test figure is worse, "-" where there is none."""
    return against(metrics["metric"], metrics["target"], metrics["test"][metrics["metric"]]["value"])


def against(name, target, value):
    """Return a metric's target and whether a value misses it, "-" where there is none."""
    if target is None:
        return "-"
    missed = value > target if name in text.FALLING else value < target
    return text.value(name, target).replace("\u00a0", " ") + ", missed" * missed


def machine(env):
    """Return "2 cores of AMD EPYC"."""
    return f"{env['cpu_count']} core{'s' * (env['cpu_count'] != 1)} of {env['cpu']}"


def read(folder):
    """Return a run's (metrics, config, environment)."""
    return [json.loads((Path(folder) / f"{name}.json").read_text()) for name in ("metrics", "config", "environment")]


def row(metrics, config):
    """Return a line of the table."""
    deep = f"{text.model(metrics)}{' + CRF' if config.get('crf') else ''}{config.get('learns') or ''}"
    speed = metrics["speed"]
    return (f"| `{metrics['recipe']}` | {' → '.join(metrics['pair'])} | {metrics['metric']} | {deep} | "
            f"**{figure(metrics)}** | {figure(metrics, 'shallow')} | {promised(metrics)} | "
            f"{speed['seconds'] / 60:.1f} | {speed['epochs']} | {metrics['seed']} |")


def variant(name):
    """Return "pronunciation/ice" for the run of a variant "pronunciation_ice", None for that of a recipe."""
    base = max((recipe for recipe in RECIPES if name.startswith(f"{recipe}_")), key=len, default=None)
    return None if name in RECIPES or base is None else f"{base}/{name[len(base) + 1:]}"


def variants(runs):
    """Return the lines of the runs of variants, below them the means of those of one recipe and size that have targets.
    """
    lines, groups = [], {}
    for metrics, config, _ in runs:
        size, name = config["examples"], variant(metrics["recipe"])
        lines.append(f"| `{name}` | {size:,} | {metrics['metric']} | {text.model(metrics)} | "
                     f"**{figure(metrics)}** | {figure(metrics, 'shallow')} | {promised(metrics)} |")
        if metrics["target"] is not None:
            groups.setdefault((name.partition("/")[0], size), []).append(metrics)
    return [*lines, *(mean(*key, some) for key, some in groups.items() if len(some) > 1)]


def mean(recipe, size, group):
    """Return the line of the means of some runs of one recipe."""
    metric = group[0]["metric"]
    columns = ([m["test"][metric]["value"] for m in group], [m["baselines"]["shallow"][metric]["value"] for m in group],
               [m["target"] for m in group])
    deep, shallow, target = (sum(c) / len(c) if None not in c else None for c in columns)
    return (f"| mean of {len(group)} of `{recipe}` | {size:,} | {metric} | {text.model(group[0])} | "
            f"**{text.value(metric, deep)}** | {text.value(metric, shallow)} | {against(metric, target, deep)} |"
            ).replace("\u00a0", " ")


def over(config):
    """Return what a run is one case of, such as "10 folds" or "each speaker"; None for a run of its own."""
    source = config["source"]
    if source.get("holdout"):
        return f"each {source['holdout'][0]}"
    return f"{source['fold'][1]} folds" if source.get("fold") else None


def cross_validations(runs):
    """Return the lines of runs over folds or over what was held out: means and standard deviations."""
    from statistics import mean, stdev

    lines, groups = [], {}
    for metrics, config, _ in runs:
        groups.setdefault((metrics["recipe"], over(config)), []).append(metrics)
    for (name, cases), group in groups.items():
        metric = group[0]["metric"]
        deep, shallow = ([m[metric]["value"] for m in part] for part in (
            [m["test"] for m in group], [m["baselines"]["shallow"] for m in group]))
        spread = [f"{text.number(metric, mean(part))} ± {text.value(metric, stdev(part))}" for part in (deep, shallow)]
        lines.append(f"| `{name}` | {cases} ({len(group)} runs) | {metric} | **{spread[0]}** | {spread[1]} | "
                     f"{against(metric, group[0]['target'], mean(deep))} |".replace("\u00a0", " "))
    return lines


def measured(metrics, env):
    """Return the docstring's paragraph."""
    speed = metrics["speed"]
    other = "rule" if (metrics["shallow"] or {}).get("architecture", "").startswith("rule") else "shallow"
    shallow = f"{other} {figure(metrics, 'shallow')}, " if "shallow" in metrics["baselines"] else ""
    return (f"Measured: test {metrics['metric']} {figure(metrics)}, {shallow}".rstrip() + "\n"
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


def write(page, mark, lines, of):
    """Put lines into the table between the marks of a page, each in the place of an older one of the same recipe and
    model, else behind the others; then sort by recipe.

    Args:
        page: a path.
        mark: the name of the marks.
        lines: Markdown.
        of: numbers of the columns that tell which line is which.
    """
    whole, start, end = page.read_text(), f"<!-- {mark} -->\n", f"<!-- /{mark} -->"
    before, after = whole[: whole.index(start) + len(start)], whole[whole.index(end):]
    head, rule, *old = whole[len(before): whole.index(end)].strip().splitlines()
    found = {tuple(line.split(" | ")[column] for column in of): line for line in [*old, *lines]}
    page.write_text("\n".join([before + head, rule, *sorted(found.values(), key=place), after]))


def place(line):
    """Return the place of a line among the recipes: by the name in its first backquotes, means behind the others."""
    name = line.split("`")[1].partition("/")[0]
    return list(RECIPES).index(name), line.startswith("| mean")


def main(folders):
    """Write the tables and the docstrings for the runs in `folders`."""
    runs = [read(folder) for folder in folders]
    for (metrics, config, _), folder in zip(runs, folders):
        outputs = json.loads((Path(folder) / "framing.json").read_text())["outputs"]
        config["crf"] = outputs.get("crf")
        config["learns"] = {"dqn": " by DQN", "actor_critic": " by actor–critic"}.get(outputs.get("learns"))
        config["examples"] = json.loads((Path(folder) / "profile.json").read_text())["train"]["examples"]
        config["examples"] = metrics["speed"].get("steps_played", config["examples"])
    results = ROOT / "docs" / "results.md"
    write(results, "crossed", cross_validations([run for run in runs if over(run[1])]), of=(0, 1))
    runs = [run for run in runs if not over(run[1])]
    recipes = [run for run in runs if not variant(run[0]["recipe"])]
    for page in (ROOT / "README.md", results):
        write(page, "results", [row(metrics, config) for metrics, config, _ in recipes], of=(0, 3))
    write(results, "variants", variants([run for run in runs if run not in recipes]), of=(0, 1, 3))
    for metrics, _, env in reversed(recipes):
        if metrics["architecture"] == resolved_architecture(module(metrics["recipe"]).recipe()):
            into_docstring(metrics["recipe"], measured(metrics, env))


if __name__ == "__main__":
    main(sys.argv[1:])
