"""What a run says on the terminal when it is done."""
from recipes.pictures import text
from recipes.pictures.text import FALLING


def summary(metrics, console, target_counts=True):
    """Print the four figures side by side and the verdict; return the exit status, 1 for a missed target."""
    from rich.table import Table

    name, rule = metrics["metric"], (metrics.get("shallow") or {}).get("architecture", "")
    grid = Table("model", f"test {name}", "95 % interval", title=f"{metrics['recipe']}: {' → '.join(metrics['pair'])}",
                 title_justify="left")
    for model, row in [*metrics["baselines"].items(), (text.model(metrics), metrics["test"])]:
        figure = row[name]
        called = rule if model == "shallow" and rule.startswith("rule") else model
        grid.add_row(called, f"{figure['value']:.4f}", f"{figure['low']:.4f} to {figure['high']:.4f}")
    console.print(grid)
    console.print(f"The deep model is {metrics['verdict']}. {metrics['speed']['seconds']:.0f} s of training, "
                  f"seed {metrics['seed']}.", highlight=False)
    speed = metrics["speed"]
    if speed.get("bound"):
        console.print(f"A step: {1000 * speed['step_seconds']:.1f} ms, {speed['share_of_peak']:.0%} of this device's "
                      f"peak, {speed['waiting_for_input']:.1%} of it waiting for input; held up by {speed['bound']}.",
                      highlight=False)
    return target_status(metrics, console) if target_counts else 0


def target_status(metrics, console):
    """Say whether the promised figure was reached; return 0, or 1 where it was missed."""
    target, name = metrics["target"], metrics["metric"]
    if target is None:
        return 0
    value = metrics["test"][name]["value"]
    falls = name in FALLING
    reached = value <= target if falls else value >= target
    word = "reached" if reached else "MISSED"
    console.print(f"target {name} {'≤' if falls else '≥'} {target}: {word} ({value:.4f})",
                  style="green" if reached else "bold red", highlight=False)
    return 0 if reached else 1
