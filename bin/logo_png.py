"""Draws static/img/logo.svg as square PNGs, the same bytes every time: `python bin/logo_png.py`.

The logo is made of rectangles and one polygon only, so Pillow can draw it; no browser is needed. It is
drawn eight times too large and scaled down.
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from PIL import Image, ImageDraw

IMAGES = Path(__file__).resolve().parent.parent / "static" / "img"
SIZES = (1024, 512, 192)
FINER = 8


def draw(source: Path, size: int) -> Image.Image:
    """Return *source* drawn at *size* x *size* pixels; raise ValueError for a shape it does not know."""
    root = ET.fromstring(source.read_text())  # noqa: S314 - our own file
    scale = size * FINER / float(root.attrib["viewBox"].split()[2])
    canvas = Image.new("RGB", (size * FINER, size * FINER))
    pen = ImageDraw.Draw(canvas)
    for shape in root:
        kind, at = shape.tag.rpartition("}")[2], shape.attrib
        if kind == "rect":
            x, y, width, height = (float(at[name]) * scale for name in ("x", "y", "width", "height"))
            box = (x, y, x + width - 1, y + height - 1)
            pen.rounded_rectangle(box, radius=float(at.get("rx", 0)) * scale, fill=at["fill"])
        elif kind == "polygon":
            points = [tuple(float(n) * scale for n in pair.split(",")) for pair in at["points"].split()]
            pen.polygon(points, fill=at["fill"])
        else:
            raise ValueError(f"logo.svg holds a <{kind}>; only rect and polygon can be drawn")
    return canvas.resize((size, size), Image.Resampling.BOX)


def main() -> int:
    """Write every size beside the SVG."""
    for size in SIZES:
        draw(IMAGES / "logo.svg", size).save(IMAGES / f"logo-{size}.png", optimize=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
