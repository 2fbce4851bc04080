"""The mistakes that the model was surest of, as images, as tagged sentences, or as a table."""

from recipes.pictures import style
from recipes.pictures.markup import block, data_address, escape, folded, player, table
from recipes.pictures.sentences import sentences
from recipes.pictures.text import percent

AT_ONCE = 24  # what is shown at first; the rest opens with a click
SIDE = 160  # larger images are shrunk to it


def shown_mistakes(run):
    """Return dicts with `truth`, `said`, `probability`, `index`, and what there is of `image`, `text`, `sound` and its
    `rate`."""
    evidence = run.evidence
    if "sentences" in evidence or not len(evidence.get("truth", ())):
        return []
    truth, predicted = evidence["truth"], evidence["predicted"]
    sure = confidence(evidence)
    names = [str(n) for n in evidence.get("names", ())]
    found = []
    for place, i in enumerate(kept(evidence, sure)):
        one = {
            "index": int(i),
            "truth": name_of(names, truth[i]),
            "said": name_of(names, predicted[i]),
            "probability": None if sure is None else float(sure[i]),
        }
        for key, field in (("images", "image"), ("texts", "text"), ("sounds", "sound")):
            if place < len(evidence.get(key, ())):
                one[field] = evidence[key][place]
        if "sound" in one:
            one["rate"] = int(evidence["rate"])
        found.append(one)
    return found


def confidence(evidence):
    """Return the probability of each answer (N,), or None where the run kept none."""
    import numpy as np

    probabilities = evidence.get("probabilities")
    if probabilities is None or not len(probabilities):
        return None
    return np.take_along_axis(probabilities, np.asarray(evidence["predicted"])[:, None].astype(int), axis=1)[:, 0]


def kept(evidence, sure):
    """Return the places of the mistakes to show: those that the run kept, else the surest ones."""
    import numpy as np

    if len(evidence.get("index", ())):
        return evidence["index"]
    wrong = np.nonzero(np.asarray(evidence["truth"]) != np.asarray(evidence["predicted"]))[0]
    return wrong[np.argsort(-sure[wrong], kind="stable")][:64] if sure is not None else wrong[:64]


def name_of(names, i):
    """Return a class's name."""
    return names[int(i)] if 0 <= int(i) < len(names) else str(int(i))


def to_image(pixels):
    """Return uint8 (H, W), (H, W, 1), (H, W, 3) or (H, W, other: its first channel) as a small Pillow image."""
    import numpy as np
    from PIL import Image

    pixels = np.asarray(pixels).astype(np.uint8)
    if pixels.ndim == 3 and pixels.shape[-1] not in (3, 4):
        pixels = pixels[..., 0]
    image = Image.fromarray(np.ascontiguousarray(pixels[..., :3] if pixels.ndim == 3 else pixels))
    image.thumbnail((SIDE, SIDE))
    return image


def pictures(run):
    """Return the images in a grid; the page shows them one by one."""
    found = [m for m in shown_mistakes(run) if "image" in m][:AT_ONCE]
    if not found:
        return []
    alt = f"The {len(found)} wrong answers that the model was surest of, as images."
    return [style.Picture("mistakes", alt, lambda theme: draw(found, theme), file_only=True)]


def draw(found, theme):
    """Draw the images in rows, the answer and the truth below each."""
    from math import ceil

    across = min(6, len(found))
    width, height = 130 * across + 14, 165 * ceil(len(found) / across) + 14
    figure, axes = style.canvas(width, height)
    said = style.drawable([m["said"] for m in found], 13)
    truth = style.drawable([m["truth"] for m in found], 15)
    for i, mistake in enumerate(found):
        left, top = 14 + i % across * 130, 14 + i // across * 165
        extent = (left, left + 116, top + 116, top)
        axes.imshow(to_image(mistake["image"]), cmap="gray", vmin=0, vmax=255, extent=extent)
        line = f"✗ {said[i]}  {percent(mistake['probability'])}"
        axes.text(left, top + 127, line, va="center", fontsize=8, color=theme.wrong_text)
        axes.text(left, top + 142, f"✓ {truth[i]}", va="center", fontsize=8, color=theme.right_text)
    return figure


def tiles(found):
    """Return images as a list that wraps with the page."""
    if not found:
        return ""
    return '<ul class="tiled">' + "".join(f"<li>{tile(m)}</li>\n" for m in found) + "</ul>"


def tile(mistake):
    """Return one image with answer, probability and truth."""
    import io

    buffer = io.BytesIO()
    to_image(mistake["image"]).save(buffer, format="PNG")
    said, truth, sure = escape(mistake["said"]), escape(mistake["truth"]), percent(mistake["probability"])
    played = player(mistake["sound"], mistake["rate"]) if "sound" in mistake else ""
    return (
        f'<figure><img src="{data_address(buffer.getvalue())}" '
        f'alt="Test example {mistake["index"]}: truth {truth}, answer {said} {sure}" loading="lazy">'
        f'<figcaption><span class="said">✗\u00a0{said}</span> {sure}<br><span class="truth">✓\u00a0{truth}</span>'
        f"</figcaption>{played}</figure>"
    )


def section(run, shown):
    """Return the mistakes in the form that fits them."""
    if run.evidence.get("several"):
        return section_of_several(run.evidence["several"])
    spoken = run.evidence.get("sentences") or []
    found = shown_mistakes(run)
    images = [m for m in found if "image" in m]
    if spoken:
        first, rest, name = (
            sentences(spoken[:12]),
            sentences(spoken[12:]),
            f"{len(spoken) - 12} more sentences",
        )
    elif images:
        first, rest, name = tiles(images[:AT_ONCE]), tiles(images[AT_ONCE:]), f"{len(images) - AT_ONCE} more"
    else:
        first, rest, name = listed(found[:AT_ONCE]), listed(found[AT_ONCE:]), f"{len(found) - AT_ONCE} more"
    lead = "The model's surest wrong answers on the test split: ✗ its answer with its probability, ✓ the truth."
    return block("mistakes", "Most confident mistakes", first, folded(name, rest), lead=lead)


def section_of_several(found):
    """Return the texts where several names could hold, those furthest from the truth first."""
    rows = [(m["index"], m["text"], ", ".join(f"{k} {percent(p)}" for k, p in m["said"].items()) or "none",
             ", ".join(m["truth"]) or "none") for m in found]
    head = [">test example", "text", "✗ said", "✓ truth"]
    rest = folded(f"{len(rows) - AT_ONCE} more", table(head, rows[AT_ONCE:]) if rows[AT_ONCE:] else "")
    lead = "The test examples with a probability furthest from the truth: ✗ what was said, ✓ what holds."
    return block("mistakes", "Most confident mistakes", table(head, rows[:AT_ONCE]), rest, lead=lead)


def listed(found):
    """Return mistakes that cannot be pictured as a table."""
    with_text = any("text" in m for m in found)
    rows = [
        (
            m["index"],
            *([m.get("text", "")] if with_text else []),
            m["said"],
            percent(m["probability"]),
            m["truth"],
        )
        for m in found
    ]
    head = [">test example", *(["text"] if with_text else []), "✗ answer", ">probability", "✓ truth"]
    return table(head, rows) if rows else ""
