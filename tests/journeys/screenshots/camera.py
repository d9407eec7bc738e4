"""Takes the pictures: a page as it stands, in the light and in the dark, at every width; small files."""

import sys
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

TARGET = Path(__file__).resolve().parents[3] / "var" / "screenshots"
WIDTHS = {390: 844, 1280: 900}
THEMES = ("light", "dark")
MAX_HEIGHT = 2400  # a page that goes on for ever is cut there
COLOURS = 32  # plenty for ink on paper: with them a picture takes 60 % of the bytes
MOST_TRIES = 8
DARKROOMS = 2


_waiting: list[Future[None]] = []


@cache
def _darkroom() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(DARKROOMS, mp_context=get_context("spawn"))


def shoot(page: Page, name: str, language: str = "en", themes: tuple[str, ...] = THEMES) -> None:
    """Take ``<language>/<theme>/<width>/<name>.webp`` of the page as it stands; others develop it."""
    page.wait_for_load_state()
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        full = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, full)})
        for theme in themes:
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            file = TARGET / language / theme / str(width) / f"{name}.webp"
            _waiting.append(_darkroom().submit(develop, settled(page), file))
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 900})
    sys.stdout.write(f"{language} {name}\n")


def all_developed() -> None:
    """Wait for the last picture; raise when one went wrong."""
    _darkroom().shutdown()
    for picture in _waiting:
        picture.result()


def develop(taken: bytes, file: Path) -> None:
    """Write a picture with few colours, without loss; the same picture is the same bytes each time."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    drawn = picture.quantize(COLOURS, dither=Image.Dither.NONE).convert("RGB")
    file.parent.mkdir(parents=True, exist_ok=True)
    drawn.save(file, lossless=True, quality=80, method=4)


def settled(page: Page) -> bytes:
    """Return a picture that came out the same twice: just after a resize, parts may not be painted yet."""
    before = b""
    for _ in range(MOST_TRIES):
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        picture = page.screenshot(animations="disabled")
        if picture == before:
            return picture
        before = picture
    return before  # a page that goes on moving, like the progress of an update
