"""Evidence of playing: the returns of all test games, and a film of some."""
from recipes import folder as folders
from recipes.playing.film import film
from registry.errors import UserError

STEPS, GAMES = 300, 3


def write(folder, framing, answers, raw, model):
    """Write the evidence and play.gif; see `recipes.evidence.write`.

    Args:
        raw: the `recipes.playing.Game`.
    """
    from recipes.playing.episodes import watched
    from recipes.playing.play import SEEDS, best

    seen = watched(best(model, framing), raw.players(1, (SEEDS["test"], 1)), STEPS, GAMES)
    try:
        (folder / "play.gif").write_bytes(film(seen))
    except OSError as error:
        raise UserError(f"cannot write {folder / 'play.gif'}: {error.strerror or error}. Free some space or choose "
                        "another --out.") from error
    folders.write_json(folder / "evidence.json", {"names": [], "game": raw.name, "watched": len(seen)})


def compared(folder, framing, found):
    """Add the returns of the model and of the guesses in all test games; see `recipes.evidence.compare`."""
    told = folders.read_json(folder / "evidence.json")
    told["returns"] = {name: [round(float(value), 4) for value in answers.given] for name, answers in found.items()}
    folders.write_json(folder / "evidence.json", told)
