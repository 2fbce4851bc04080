"""Colours, fonts and sizes of all pictures: the palette of Okabe & Ito (2008, https://jfly.uni-koeln.de/color/)."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

DPI = 180  # of the saved pictures, whose sizes are in CSS pixels, 100 to the inch: type is as large as in the page
LARGE, LARGE_DPI = 1040, 110  # wider than the page: shown in full, and scrolled

# In order of preference: quiet screen faces first, then the usual homes of Chinese, Japanese and Korean letters.
FONTS = (
    "Inter", "Noto Sans", "Helvetica Neue", "Segoe UI", "Roboto", "DejaVu Sans",
    "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans",
    "Microsoft YaHei", "Apple SD Gothic Neo", "Malgun Gothic", "WenQuanYi Zen Hei", "Arial Unicode MS",
)  # fmt: skip


@dataclass(frozen=True)
class Theme:
    """The colours of one mode of the page, as CSS hex strings."""

    background: str
    panel: str
    text: str
    muted: str
    rule: str
    hand: str
    learned: str
    right: str
    wrong: str
    neutral: str
    right_text: str
    wrong_text: str

    def css(self):
        """Return the colours as CSS custom properties."""
        return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in vars(self).items())


LIGHT = Theme(
    background="#ffffff", panel="#f6f7f9", text="#1d2733", muted="#5c6773", rule="#dfe3e8", hand="#e69f00",
    learned="#0072b2", right="#009e73", wrong="#d55e00", neutral="#9aa5b1", right_text="#00714f", wrong_text="#ac4500",
)  # fmt: skip
DARK = Theme(
    background="#14181d", panel="#1c2229", text="#e7eaee", muted="#9da8b4", rule="#303842", hand="#e69f00",
    learned="#56b4e9", right="#2bb98c", wrong="#f0803c", neutral="#6f7b88", right_text="#4fd0a6", wrong_text="#ff9c5e",
)  # fmt: skip


class Picture(NamedTuple):
    """A picture to be made: `draw(theme)` returns a matplotlib Figure. What the page shows in HTML is a file only."""

    name: str
    alt: str
    draw: Callable
    caption: str = ""
    file_only: bool = False


def figure(width, height):
    """Return an empty Figure of `width` × `height` CSS pixels."""
    from matplotlib.figure import Figure

    dpi = DPI if width <= LARGE else LARGE_DPI
    return Figure(figsize=(width / 100, height / 100), dpi=dpi, layout="constrained")


def canvas(width, height):
    """Return a Figure and axes without frame that count in CSS pixels from the upper left corner."""
    drawn = figure(width, height)
    drawn.set_layout_engine("none")
    axes = drawn.add_axes((0, 0, 1, 1), autoscale_on=False, xlim=(0, width), ylim=(height, 0))
    axes.set_axis_off()
    return drawn, axes


def png(draw, theme):
    """Draw in the colours of `theme`; returns the bytes of a PNG."""
    import io

    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    buffer = io.BytesIO()
    with matplotlib.rc_context(settings(theme)):
        # Not savefig: it draws everything twice.
        FigureCanvasAgg(draw(theme)).print_png(buffer, metadata={"Software": None})
    return buffer.getvalue()


def settings(theme):
    """Return the rcParams of a theme. Text is never read as formulas: tags such as PRP$ are names."""
    return {
        "text.parse_math": False, "font.family": list(fonts()), "font.size": 9.5, "image.interpolation": "nearest",
        "figure.facecolor": theme.background, "axes.facecolor": theme.background, "savefig.facecolor": theme.background,
        "text.color": theme.text, "axes.labelcolor": theme.muted, "axes.edgecolor": theme.rule,
        "xtick.color": theme.rule, "ytick.color": theme.rule, "xtick.labelcolor": theme.muted,
        "ytick.labelcolor": theme.text, "axes.spines.top": False, "axes.spines.right": False, "axes.titlesize": 10.5,
        "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlecolor": theme.text, "axes.titlepad": 10,
        "grid.color": theme.rule, "grid.linewidth": 0.8, "axes.axisbelow": True, "legend.frameon": False,
        "xtick.major.size": 0, "ytick.major.size": 0, "lines.linewidth": 1.8, "lines.solid_capstyle": "round",
    }  # fmt: skip


@cache
def fonts():
    """Return those of FONTS that are installed; matplotlib takes each letter from the first that has it."""
    from matplotlib import font_manager

    installed = set(font_manager.get_font_names())
    return tuple(name for name in FONTS if name in installed)


@cache
def letters():
    """Return the code points that the installed fonts can draw."""
    from matplotlib import font_manager

    have = set()
    for name in fonts():
        have.update(font_manager.get_font(font_manager.findfont(name)).get_charmap())
    return frozenset(have)


def drawable(names, longest=22):
    """Return labels for `names` that can be drawn: cut to `longest`, and `#i` where no font has the letters."""
    have = letters()
    clean = [" ".join(str(name).split()) for name in names]
    return [
        cut(name, longest) if name and all(ord(letter) in have for letter in name) else f"#{i}"
        for i, name in enumerate(clean)
    ]


def legend(names, most=30):
    """Return a sentence that names what `drawable` had to number, with a space before it, or the empty string."""
    numbered = [f"{label} {name}" for label, name in zip(drawable(names, 10**6), names) if label != str(name)]
    more = f" … ({len(numbered)} in all)" if len(numbered) > most else ""
    return f" Names that no installed font can draw: {', '.join(numbered[:most])}{more}." if numbered else ""


def room(labels, size):
    """Return about how many CSS pixels the longest label takes at a type size in points."""
    import unicodedata

    wide = [sum(1.0 if unicodedata.east_asian_width(x) in "WF" else 0.62 for x in label) for label in labels]
    return round(max(wide, default=0) * size * 100 / 72) + 8


def cut(name, longest):
    """Return `name`, with an ellipsis for what is over `longest` characters."""
    name = str(name)
    return name if len(name) <= longest else name[: longest - 1] + "…"
