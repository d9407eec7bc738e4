"""Takes the pictures: one page, every width, small files; some also in Spanish and in the dark."""

import sys
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache
from io import BytesIO
from multiprocessing import get_context
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

TARGET = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
WIDTHS = {390: 844, 1280: 900}
MAX_HEIGHT = 2400  # a page that goes on for ever is cut there
MOST_TRIES = 8
DARKROOMS = 2


_waiting: list[Future[None]] = []


@cache
def _darkroom() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(DARKROOMS, mp_context=get_context("spawn"))


def shoot(page: Page, name: str, mark: str = "") -> None:
    """Take ``<name>-<width><mark>.png`` of the page as it stands, for every width; others develop it."""
    page.wait_for_load_state()
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        full = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, full)})
        file = TARGET / f"{name}-{width}{mark}.png"
        _waiting.append(_darkroom().submit(develop, settled(page), file))
        sys.stdout.write(f"{file.name}\n")
    page.set_viewport_size({"width": 1280, "height": 900})


def shoot_all(page: Page, name: str) -> None:
    """Take the page in both languages, each in the light and in the dark; it is loaded anew for that."""
    address = page.url
    for language, words in (("en", ""), ("es", "-es")):
        page.context.add_cookies([{"name": "django_language", "value": language, "url": address}])
        page.goto(address)
        for scheme, ink in (("light", ""), ("dark", "-dark")):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            shoot(page, name, words + ink)
    page.emulate_media(color_scheme="light")
    page.context.clear_cookies(name="django_language")
    page.goto(address)


def all_developed() -> None:
    """Wait for the last picture; raise when one went wrong."""
    _darkroom().shutdown()
    for picture in _waiting:
        picture.result()


def develop(taken: bytes, file: Path) -> None:
    """Write a picture with few colours: 96 are plenty for ink on paper, and keep the repository small."""
    picture = Image.open(BytesIO(taken)).convert("RGB")
    picture.quantize(96, dither=Image.Dither.NONE).save(file, optimize=True)


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
