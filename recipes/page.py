"""The page of a run: the title, the verdict, and the parts below `recipes/pictures` in order."""

from importlib import resources
from string import Template

from recipes.pictures import (
    calibration,
    comparison,
    confusion,
    continued,
    curves,
    event,
    facts,
    filters,
    forecasts,
    framed,
    hearing,
    line,
    mistakes,
    neighbours,
    playing,
    profile,
    recommended,
    spoken,
    style,
    tags,
    text,
    trees,
    written,
)
from recipes.pictures.markup import escape, figure
from recipes.report import write

PARTS = (comparison, playing, line, curves, confusion, tags, written, spoken, framed, forecasts, continued, neighbours,
         event, recommended, calibration, mistakes, trees, filters, hearing, profile, facts)


def page(run, folder=None):
    """Return the HTML of a run's report.

    Args:
        run: a recipes.report.Run.
        folder: where the pictures are also written as PNG, for slides and papers; None writes none.
    """
    sections = [part.section(run, shown(part.pictures(run), folder)) for part in PARTS]
    return frame(title(run), header(run) + contents(sections) + "".join(sections) + missing(run))


def shown(pictures, folder):
    """Draw pictures in both modes; returns their `<figure>`s by name."""
    figures = {}
    for picture in pictures:
        light = style.png(picture.draw, style.LIGHT)
        if folder is not None:
            write(folder / f"{picture.name}.png", light)
        if not picture.file_only:
            figures[picture.name] = figure(picture, light, style.png(picture.draw, style.DARK))
    return figures


def frame(name, inner):
    """Return a whole page with the template's styles, which names nothing outside itself."""
    template = resources.files("recipes").joinpath("page.html").read_text(encoding="utf-8")
    return Template(template).substitute(
        title=escape(name), light=style.LIGHT.css(), dark=style.DARK.css(), content=inner
    )


def title(run):
    """Return the recipe's name, else that of the folder."""
    return str(run.get("recipe") or run.config.get("name") or run.folder.name)


def header(run):
    """Return the title, the verdict in plain words and the few numbers that one asks for first."""
    left, right = text.pair(run.get("pair"))
    kind = [
        f"{left} → {right}" if left else "",
        text.model(run),
        run.get("size"),
    ]
    above = " · ".join(escape(x) for x in kind if x)
    cells = "".join(f"<div><dt>{escape(k)}</dt><dd>{escape(v)}</dd></div>" for k, v in tiles(run))
    numbers = f'<dl class="tiles">{cells}</dl>\n' if cells else ""
    return (
        f'<header>\n<p class="above">{above}</p>\n<h1>{escape(title(run))}</h1>\n'
        f'<p class="verdict">{verdict(run)}</p>\n{numbers}</header>\n'
    )


def verdict(run):
    """Return the outcome in a sentence or two, as HTML."""
    test = run.metrics.get("test") or {}
    entry = test.get(run.metric) or {}
    if not text.is_number(entry.get("value")):
        return "This run has no test result."
    between, what = text.interval(run.metric, entry), "games" if run.evidence.get("game") else "examples"
    said = f"<strong>{escape(text.value(run.metric, entry['value']))}</strong> {escape(text.words(run.metric))}"
    said += f" on {text.count(test['examples'])} test {what}" if test.get("examples") else " on the test split"
    said += f' (95\u00a0% interval <span class="nowrap">{between}{text.unit(run.metric)}</span>)' if between else ""
    said += f", {escape(run.metrics['verdict'])}." if run.metrics.get("verdict") else "."
    return said + target(run, entry["value"])


def target(run, reached):
    """Return a sentence on the figure that the recipe promises, as HTML."""
    wanted = run.get("target")
    if not text.is_number(wanted):
        return ""
    missed = text.better(run.metric, wanted, reached)
    word = '<span class="missed">missed</span>' if missed else '<span class="reached">reached</span>'
    return f" The target of {text.value(run.metric, wanted)} is {word}."


def tiles(run):
    """Return (name, value) pairs for the head of the page."""
    speed = run.metrics.get("speed") or {}
    epochs = speed.get("epochs")
    facts = [
        ("Parameters", text.short(run.metrics.get("parameters"))),
        ("FLOPs an example", text.short(run.metrics.get("flops_per_example"))),
        ("Training", text.seconds(speed.get("seconds"))),
        ("Epochs", text.count(epochs)),
        ("Seed", text.plain(run.get("seed"))),
    ]
    return [(k, v) for k, v in facts if v != text.NOTHING]


def contents(sections):
    """Return links to the sections that are there."""
    import re

    found = re.findall(r'<section id="(\w+)">\n<h2>(.*?)</h2>', "".join(sections))
    links = "".join(f'<li><a href="#{name}">{heading}</a></li>' for name, heading in found)
    return f'<nav aria-label="Contents"><ul>{links}</ul></nav>\n' if links else ""


def missing(run):
    """Return what the report could not show, and why."""
    items = "".join(f"<li>{escape(reason)}</li>" for reason in run.missing)
    return f'<section id="missing">\n<h2>Not in this report</h2>\n<ul>{items}</ul>\n</section>\n' if items else ""
