"""Takes the pictures: one page, every width, small files."""

import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

TARGET = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
WIDTHS = {390: 844, 1280: 900}
MAX_HEIGHT = 2400  # a page that goes on for ever is cut there
MOST_TRIES = 8


def shoot(page: Page, name: str) -> None:
    """Write ``<name>-<width>.png`` of the page as it stands, for every width."""
    page.wait_for_load_state()
    for width, height in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": height})
        full = min(MAX_HEIGHT, page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": width, "height": max(height, full)})
        file = TARGET / f"{name}-{width}.png"
        picture = Image.open(BytesIO(settled(page))).convert("RGB")
        # 96 colours are plenty for ink on paper, and keep the repository small.
        picture.quantize(96, dither=Image.Dither.NONE).save(file, optimize=True)
        sys.stdout.write(f"{file.name}\n")
    page.set_viewport_size({"width": 1280, "height": 900})


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


def shoot_each(page: Page, site: str, paths: dict[str, str]) -> None:
    """Go to each path of *site* and shoot it under its name."""
    for name, path in paths.items():
        page.goto(site + path)
        shoot(page, name)
