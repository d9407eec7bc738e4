"""The logo of this installation: a square picture that an operator sends, drawn anew before it is kept.

Nothing of the file itself is ever served: its pixels are written again, as PNG, at three sizes. SVG is
refused: it can hold programs and addresses, and the galleries of payers ask for pictures made of pixels.
"""

import io
import warnings
from functools import cache
from pathlib import Path
from typing import ClassVar, Final

from django.contrib.staticfiles import finders
from django.db import models
from PIL import Image, ImageOps

SIZES: Final = (192, 512, 1024)
"""Pixels to a side: for telephones, for `logo_uri`, for galleries."""
FORMATS: Final = ("PNG", "JPEG")
MOST_BYTES: Final = 2 * 1024 * 1024
MOST_DRAWN_BYTES: Final = 256 * 1024
"""Of the one at 512 pixels. Forms of payers have a limit that none of them publishes."""
SMALLEST_SIDE: Final = 512
LARGEST_SIDE: Final = 4096


class LogoRefused(Exception):
    """The file is no logo that a payer would take. `sentence` is for the operator."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class Logo(models.Model):
    """The one row with the operator's logo, in the database so that it survives a new image of the site."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    png_192 = models.BinaryField()
    png_512 = models.BinaryField()
    png_1024 = models.BinaryField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "logo"
        verbose_name_plural = "logo"
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(id=1), name="listing_only_one_logo")
        ]

    def __str__(self) -> str:
        return "logo"


def drawn(file: bytes) -> dict[int, bytes]:
    """Return the picture as PNG, by pixels to a side; raise LogoRefused.

    What it is, its first bytes say: the file's name and the browser's word for it are not looked at.
    """
    if len(file) > MOST_BYTES:
        raise LogoRefused("The file is over 2 MB.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            picture = Image.open(io.BytesIO(file), formats=FORMATS)
            _check_shape(picture)
            whole = ImageOps.exif_transpose(picture).convert("RGBA")
    except LogoRefused:
        raise
    except (
        OSError,
        SyntaxError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise LogoRefused("It is no PNG or JPEG that can be read. SVG is not taken.") from error
    sizes = {side: _png(whole, side) for side in SIZES}
    if len(sizes[512]) > MOST_DRAWN_BYTES:
        raise LogoRefused(
            "At 512 pixels it is over 256 KB: galleries refuse so large a file. Use a plainer one."
        )
    return sizes


def logo_png(side: int) -> bytes:
    """Return the logo at one of SIZES: the operator's, else the one the software came with."""
    kept = Logo.objects.values_list(f"png_{side}", flat=True).first()
    return bytes(kept) if kept else _shipped(side)


@cache
def _shipped(side: int) -> bytes:
    return Path(str(finders.find(f"img/logo-{side}.png"))).read_bytes()


def _check_shape(picture: Image.Image) -> None:
    """Look at what the file says of itself, before a pixel of it is unpacked."""
    wide, high = picture.size
    if wide != high:
        raise LogoRefused(f"It is {wide} by {high} pixels: payers want a square.")
    if not SMALLEST_SIDE <= wide <= LARGEST_SIDE:
        raise LogoRefused(f"It is {wide} pixels wide: {SMALLEST_SIDE} to {LARGEST_SIDE} are taken.")
    if getattr(picture, "n_frames", 1) != 1:
        raise LogoRefused("It moves: a still picture is wanted.")


def _png(picture: Image.Image, side: int) -> bytes:
    out = io.BytesIO()
    picture.resize((side, side), Image.Resampling.LANCZOS).save(out, "PNG", optimize=True)
    return out.getvalue()
