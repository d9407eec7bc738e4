"""Pictures written anew, without what stands in them beside their dots; runs in the child process only."""

import copy  # noqa: F401 - see _FORMATS
import io
import json
from typing import Final

from PIL import Image, ImageOps, ImagePalette, TiffImagePlugin, WebPImagePlugin  # noqa: F401 - see _FORMATS

Image.preinit()

MOST_WIDE: Final = 1100
MOST_HIGH: Final = 2200
MOST_DOTS: Final = 40_000_000
"""Of a picture that is opened at all; what is larger is handed over as a file."""
MOST_PAGES: Final = 20
_FORMATS: Final = ("PNG", "JPEG", "GIF", "TIFF", "WEBP")
"""Their readers are imported at once: a confined process opens no file, be it of Python itself."""


class TooManyDots(Exception):
    """The picture claims to be larger than what is opened."""


def told(body: bytes, _number: int) -> bytes:
    """Return how many pages a picture has (a fax has several), and the size of each, as JSON."""
    image = _opened(body)
    count = int(getattr(image, "n_frames", 1)) if image.format == "TIFF" else 1
    pages = []
    for number in range(min(count, MOST_PAGES)):
        image.seek(number)
        width, height = (max(round(side * _scale(image)), 1) for side in image.size)
        pages.append({"width": width, "height": height, "text": ""})
    return json.dumps({"count": count, "pages": pages}).encode()


def picture(body: bytes, number: int) -> bytes:
    """Return one page of a picture, counted from 0, as PNG of bounded size."""
    image = _opened(body)
    image.seek(number)
    _bound(image)
    image.thumbnail((MOST_WIDE, MOST_HIGH))
    return written(ImageOps.exif_transpose(image))


def written(image: Image.Image) -> bytes:
    """Return the dots of an image as PNG, and nothing else that came with it."""
    plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    plain.info = {}
    out = io.BytesIO()
    plain.save(out, "PNG")
    return out.getvalue()


def _opened(body: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(body), formats=_FORMATS)
    _bound(image)
    return image


def _bound(image: Image.Image) -> None:
    if image.width * image.height > MOST_DOTS:
        raise TooManyDots


def _scale(image: Image.Image) -> float:
    return min(MOST_WIDE / max(image.width, 1), MOST_HIGH / max(image.height, 1), 1.0)
