"""The figures of a finished training: test split, baselines, speed, and the production line's cost."""
from recipes import folder as folders
from recipes import recipe as recipes_recipe


def measure(recipe, parts, raw_test, folder, deep, told, shallow, shallow_told):
    """Evaluate on the test split in float32 and return what metrics.json holds.

    Args:
        recipe: adapted.
        parts: {split: `pipeline.Encoded`}.
        raw_test: the raw test split, or the game, for what the report shows of it.
        folder: the run's folder, which holds model.keras and shallow/model.keras.
        deep, told: the trained model, and what `train` told of it.
        shallow, shallow_told: the same of the shallow model, or None.
    """
    from recipes import device, evaluate, evidence, pipeline, tuned
    from registry import cost

    device.bfloat16_kernels(False)
    framing, test = recipe.framing, pipeline.alike(parts["test"])
    trained = folders.load_model(folder)
    answers = evaluate.answer(trained, framing, test)
    evidence.write(folder, recipe, answers, raw_test, trained)
    others = evaluate.guesses(framing, answers.truth, evaluate.tally(framing, parts["train"]), recipe.seed,
                              parts["test"])
    if shallow is not None:
        others["shallow"] = evaluate.answer(folders.load_model(folder / "shallow"),
                                            tuned.framing_of(framing, shallow_told), test)
    game = parts["test"].play and parts["test"].play.game
    verdict = _verdict(recipe, answers, others, game)
    evidence.compare(folder, recipe, {"model": answers, **others})
    return {
        "recipe": recipe.name, "pair": list(framing.pair),
        "architecture": recipes_recipe.resolved_architecture(recipe), "members": recipe.members,
        "parameters": deep.count_params(), "flops_per_example": cost.flops(deep, *parts["train"].mean_lengths),
        "test": {**_ordered(recipe, evaluate.with_intervals(framing, answers)), "examples": len(answers.truth)},
        "baselines": {k: _ordered(recipe, evaluate.with_intervals(framing, a)) for k, a in others.items()},
        "verdict": verdict, "target": recipe.target, "metric": recipe.metric,
        "shallow": _shallow(shallow_told, game),
        "validation": {"value": told["best"], "epoch": told["best_epoch"]},
        "speed": _speed(recipe, told, deep, parts["train"].play), "resumed": told["resumed"], "seed": recipe.seed}


def _verdict(recipe, answers, others, game):
    """Say how the model compares with the shallow one, or in a game with the rule, or with chance where it has none."""
    from recipes import evaluate
    from registry import building

    against, name = ("shallow", f'the rule "{game.rule_is}"') if game and game.rule else (
        "chance", "play at random") if game else ("shallow", "the shallow model")
    if against not in others:
        itself = building.shallow(recipe.framing) is not None
        return "the shallow model itself" if itself else "compared with no shallow model, since none fits"
    return evaluate.verdict(recipe.framing, answers, others[against], recipe.metric, name)


def _shallow(told, game):
    """Return what the shallow model is and took, or the rule in its place, or None."""
    if game and game.rule:
        return {"architecture": f"rule: {game.rule_is}", "parameters": 0, "seconds": 0.0}
    return {k: told[k] for k in ("architecture", "parameters", "seconds")} if told else None


def _ordered(recipe, metrics):
    """Return the metrics with the promised one first."""
    return {recipe.metric: metrics[recipe.metric], **metrics}


def _speed(recipe, told, model, play):
    from recipes import device, efficiency

    steps = {"steps_played": told["epochs"] * play.frames} if play else {}
    reached = efficiency.told(told["efficiency"], model, recipe) if told.get("efficiency") else {}
    return {**steps, "examples_per_second": told["examples_per_second"], "seconds": told["seconds"],
            "epochs": told["epochs"], "peak_rss_mb": device.peak_rss_mb(), **reached}


def boxes(recipe, folder, model, *lengths):
    """Write line.json, the production line of the run's model, for sequences of those lengths on average."""
    from registry import explaining, table

    module = table.module(recipes_recipe.resolved_architecture(recipe))
    rows = explaining.boxes(model, recipe.framing, module, *lengths)
    folders.write_json(folder / "line.json", rows)
    return rows
