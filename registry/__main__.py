"""``python -m registry``: the table; ``… image label``: one pair; ``… explain vgg``: one production line."""
import argparse
import sys

from registry import listing
from registry.errors import UserError


def main(arguments=None):
    """Print what was asked for and return the exit status: 0, or 2 for the user's mistake."""
    from rich.console import Console

    parser = argparse.ArgumentParser(prog="python -m registry", description=__doc__)
    parser.add_argument("words", nargs="*", help="nothing | INPUT OUTPUT | explain ARCHITECTURE [INPUT OUTPUT]")
    parser.add_argument("--size", default="base", help="one of the architecture's sizes (default: base)")
    parser.add_argument("--parameters", type=int, help="solve the width that gives the model so many parameters")
    options = parser.parse_args(arguments)
    console = Console()
    try:
        _print(console, options.words, options.size, options.parameters)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _print(console, words, size, parameters):
    if not words:
        listing.print_table(console)
    elif words[0] != "explain":
        listing.print_pair(console, listing.pair_of(words))
    elif len(words) == 1:
        raise UserError("explain what? Give an architecture, such as `python -m registry explain vgg`.")
    else:
        import registry
        from registry import quiet

        quiet.start()
        framing = None
        if len(words) > 2:
            from registry.building import framing_for

            framing = framing_for(listing.pair_of(words[2:]), words[1])
        listing.print_line(console, registry.explain(words[1], framing, size=size, parameters=parameters))


if __name__ == "__main__":
    sys.exit(main())
