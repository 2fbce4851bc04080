"""Comparisons of several runs, each a command: ``python -m recipes.studies.NAME``."""


def into(page, name, lines):
    """Put the table between a study's marks of a page."""
    text, start, end = page.read_text(), f"<!-- study {name} -->\n", f"<!-- /study {name} -->"
    before, after = text[: text.index(start) + len(start)], text[text.index(end):]
    page.write_text("\n".join([before + lines[0], *lines[1:], after]))
