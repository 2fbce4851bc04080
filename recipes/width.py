"""The width of a recipe's model, solved from the parameters that the model is to have."""
import dataclasses


def solved(recipe):
    """Return the recipe with the options that give its model as many parameters as it asks for, or as it is where it
    asks for none.

    Args:
        recipe: a `Recipe`, its framing filled in: what data teaches, such as words and answers, has parameters too.

    Raises:
        UserError: as `registry.width.solved`.
    """
    if not recipe.parameters:
        return recipe
    from recipes.recipe import resolved_architecture
    from registry import width

    options = width.solved(recipe.framing, resolved_architecture(recipe), recipe.size, recipe.options,
                           recipe.parameters)
    return dataclasses.replace(recipe, options=options)


def settled(recipe):
    """Return the recipe solved, and with nothing more to solve."""
    return dataclasses.replace(solved(recipe), parameters=0)


def freed(recipe, by_hand):
    """Return the recipe without the widths of its own, where parameters are to decide them.

    Args:
        recipe: a `Recipe`.
        by_hand: names of the fields that the user set.

    Raises:
        UserError: the architecture has no width, or the user set it too.
    """
    if not recipe.parameters:
        return recipe
    from recipes.recipe import resolved_architecture
    from registry import table, width

    name = resolved_architecture(recipe)
    module = table.module(name, recipe.framing.pair)
    options = {key: value for key, value in recipe.options.items()
               if key in by_hand or "parameters" not in by_hand or not isinstance(value, int)
               or key not in width.names(module)}
    width.check(module, name, recipe.framing, options, recipe.parameters)
    return dataclasses.replace(recipe, options=options)
