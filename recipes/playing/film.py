"""Screens as an animated picture."""
SIDE = 200  # pixels of the longer side, about
MILLISECONDS = 90  # a step

# One colour for each channel of a screen that is no picture, by Okabe & Ito (2008, https://jfly.uni-koeln.de/color/).
COLOURS = ((86, 180, 233), (240, 228, 66), (0, 114, 178), (213, 94, 0), (0, 158, 115), (204, 121, 167), (230, 159, 0),
           (255, 255, 255), (154, 165, 177), (120, 94, 240))


def film(seen):
    """Return a GIF that repeats, each step with the return so far above it.

    Args:
        seen: [(screen (H, W, C) uint8, return so far), …].
    """
    import io

    from PIL import Image, ImageDraw

    frames = []
    for screen, total in seen:
        pixels = coloured(screen)
        scale = max(1, SIDE // max(pixels.shape[:2]))
        height, width = (side * scale for side in pixels.shape[:2])
        frame = Image.new("RGB", (max(width, 96), height + 18))
        frame.paste(Image.fromarray(pixels).resize((width, height), Image.Resampling.NEAREST), (0, 18))
        ImageDraw.Draw(frame).text((4, 3), f"return {total:g}", fill=(255, 255, 255))
        frames.append(frame.quantize(64))
    file = io.BytesIO()
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:], duration=MILLISECONDS, loop=0)
    return file.getvalue()


def coloured(screen):
    """Return a screen (H, W, C) uint8 as a picture (H, W, 3): grey, in its colours, or each channel in a colour of its
    own, later ones above."""
    import numpy as np

    if screen.shape[-1] in (1, 3):
        return np.broadcast_to(screen, (*screen.shape[:2], 3)).astype("uint8")
    picture = np.zeros((*screen.shape[:2], 3), "uint8")
    for channel in reversed(range(screen.shape[-1])):
        picture[screen[..., channel] > 0] = COLOURS[channel % len(COLOURS)]
    return picture
