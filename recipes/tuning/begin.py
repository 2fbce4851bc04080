"""How a search is begun: from the command line's settings to a folder with all that its processes need."""
import dataclasses

from recipes import catalogue, sources
from recipes import recipe as recipes_recipe
from recipes.tuning import search as searches
from recipes.tuning import space
from registry import framing as registry_framing
from registry import quiet
from registry.errors import UserError, unknown


def drafted(source, assignments, architectures, out, **options):
    """Return the `Search` of a command, which may be there already.

    Args:
        source: where the data comes from, as `sources.source_of` gives it.
        assignments: of --set.
        architectures: "all", "A,B", or None for the recipe's own.
        out: where run folders go.
        **options: further fields of `Search`.

    Raises:
        UserError: a setting that is impossible, an architecture that does not fit, or nothing that can be searched.
    """
    if options["tuner"] not in searches.TUNERS:
        raise unknown("tuner", options["tuner"], searches.TUNERS)
    quiet.start()
    named, folders = source["recipe"], searches.Folders(*options["data_folders"])
    first = None if architectures in (None, "all") else architectures.partition(",")[0].strip()
    recipe = catalogue.module(named).recipe() if named else sources.load(source, folders, first)[0]
    untuned = sources.overridden(source, recipe, assignments)
    untuned = dataclasses.replace(untuned, architecture=recipes_recipe.resolved_architecture(untuned))
    candidates = {name: dataclasses.replace(sources.overridden(source, recipe, assignments, name), architecture=name,
                                            members=1, target=None) for name in _chosen(untuned, architectures)}
    made = searches.Search(folder=None, name=recipe.name, source=source, candidates=candidates, untuned=untuned,
                           fixed=_by_hand(assignments), **options)
    _something(made)
    made = searches.named(made, out)
    return searches.read(made.folder) if searches.exists(made.folder) else made


def _chosen(recipe, architectures):
    """Return the names of the architectures that are searched."""
    from registry import building, table, width

    if architectures is None:
        return [recipe.architecture]
    if architectures == "all":
        return [name for name in building.fitting(recipe.framing)
                if not recipe.parameters or width.names(table.module(name, recipe.framing.pair))]
    names = list(dict.fromkeys(name.strip() for name in architectures.split(",") if name.strip()))
    if not names:
        raise UserError(f"received --architectures {architectures!r}: write all, or names such as vgg,resnet.")
    for name in names:
        building.check_fit(table.module(name, recipe.framing.pair), name, recipe.framing)
    return names


def _by_hand(assignments):
    """Return {field: value} of --set, which the search leaves as they are."""
    parted = (one.partition("=") for one in assignments or ())
    return {key.strip(): recipes_recipe.literal(text.strip()) for key, _, text in parted}


def _something(search):
    """Raise UserError where there is nothing to search."""
    free = [hp for hp in space.declared(search.candidates, search.fixed).space if type(hp).__name__ != "Fixed"]
    if not free:
        raise UserError(f"nothing of {search.name} is left to search: all that could be is set by hand "
                        f"({', '.join(search.fixed)}). Leave out a --set.")


def adapted(search, console):
    """Check the data, fill in what the framing learns from it, and write the search's folder.

    Raises:
        UserError: the data has errors, or the folder cannot be written.
    """
    from recipes import check, running
    from recipes.datasets.source import rows
    from recipes.skipping import skipping
    from recipes.tuning import budget

    loaded = search.data()
    source, data = skipping(search.source, loaded, search.untuned)
    findings, _ = check.check(data, search.untuned.framing, recipes_recipe.stride(search.untuned))
    running.report_findings(findings, console)
    unlearned = registry_framing.to_config(search.untuned.framing)
    framing = search.untuned.framing.measured(data.framing).adapt(lambda: rows(data.splits["train"]))
    candidates = {name: dataclasses.replace(one, framing=framing) for name, one in search.candidates.items()}
    search = dataclasses.replace(search, source=source, candidates=candidates,
                                 untuned=dataclasses.replace(search.untuned, framing=framing))
    searches.make(search)
    if search.max_latency_ms:
        budget.keep_example(search, data)
    searches.write(search, unlearned)
    return search
