"""Small pieces of HTML. Whatever comes from data goes through `escape`."""

import base64
import html
import struct

from recipes.pictures.style import LARGE


def escape(x):
    """Return x as text that is safe in HTML and in attributes."""
    return html.escape(str(x), quote=True)


def data_address(content, kind="image/png"):
    """Return the bytes of a PNG, or of another kind of file, as an address that needs no file."""
    return f"data:{kind};base64," + base64.b64encode(content).decode("ascii")


def natural_size(image):
    """Return the width and height in CSS pixels, 100 to the inch, of a PNG that says its resolution."""
    where = image.index(b"pHYs") + 4
    dots = struct.unpack(">I", image[where : where + 4])[0] * 0.0254  # to the inch
    return tuple(round(n * 100 / dots) for n in struct.unpack(">II", image[16:24]))


def figure(picture, light, dark):
    """Return a picture in both modes of the page, with its alternative text, at its natural size or smaller.

    Args:
        picture: a style.Picture.
        light, dark: PNG bytes, the same size.
    """
    width, height = natural_size(light)
    large, hint = "", ""
    if width > LARGE:
        large, hint = ' class="large"', '<span class="hint"> Scroll sideways for the rest.</span>'
    caption = f"<figcaption>{escape(picture.caption)}{hint}</figcaption>" if picture.caption or hint else ""
    return (
        f'<figure{large}><div class="scroll"><picture>'
        f'<source media="screen and (prefers-color-scheme: dark)" srcset="{data_address(dark)}">'
        f'<img src="{data_address(light)}" alt="{escape(picture.alt)}" width="{width}" height="{height}">'
        f"</picture></div>{caption}</figure>"
    )


def table(head, rows, caption=""):
    """Return a table. A head that starts with `>` is a column of numbers; cells are escaped; None is an empty cell."""
    numeric = [name.startswith(">") for name in head]
    classes = [' class="number"' if right else "" for right in numeric]
    top = "".join(f'<th scope="col"{c}>{escape(name.lstrip(">"))}</th>' for name, c in zip(head, classes))
    body = "".join(
        "<tr>" + "".join(f"<td{c}>{'' if x is None else escape(x)}</td>" for x, c in zip(row, classes)) + "</tr>\n"
        for row in rows
    )
    title = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f'<div class="scroll"><table>{title}<thead><tr>{top}</tr></thead><tbody>\n{body}</tbody></table></div>'


def player(samples, rate):
    """Return a player for a sound, nothing where there is none.

    Args:
        samples: (N,) int16; 0 at the end is left out.
        rate: samples a second.
    """
    import io

    import numpy as np
    import soundfile

    if not len(samples):
        return ""
    heard, file = np.trim_zeros(samples, "b"), io.BytesIO()
    soundfile.write(file, heard, int(rate), format="WAV", subtype="PCM_16")
    address = data_address(file.getvalue(), "audio/wav")
    return f'<audio controls preload="none" src="{address}"></audio>'


def facts(rows):
    """Return names and values in two columns; both are escaped."""
    pairs = "".join(f'<tr><th scope="row">{escape(k)}</th><td>{escape(v)}</td></tr>\n' for k, v in rows)
    return f'<div class="scroll"><table class="facts"><tbody>\n{pairs}</tbody></table></div>'


def block(name, title, *parts, lead=""):
    """Return a section with its heading; empty where no part has anything."""
    inner = "\n".join(part for part in parts if part)
    if not inner:
        return ""
    first = f'<p class="lead">{lead}</p>\n' if lead else ""
    return f'<section id="{name}">\n<h2>{escape(title)}</h2>\n{first}{inner}\n</section>\n'


def row(*parts):
    """Return pictures side by side, one below the other where the page is narrow."""
    inner = "".join(part for part in parts if part)
    return f'<div class="row">{inner}</div>' if inner else ""


def beside(*parts):
    """Return parts of different kinds side by side as long as they fit."""
    inner = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div class="beside">{inner}</div>' if inner else ""


def folded(title, inner):
    """Return something that a click opens."""
    return f"<details><summary>{escape(title)}</summary>\n{inner}\n</details>" if inner else ""
