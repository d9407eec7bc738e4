"""The logo as galleries take it: square, clean, and drawn from one source."""

import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from tests.conftest import ROOT

IMAGES = ROOT / "static" / "img"
SVGS = ["logo.svg", "mark.svg", "favicon.svg"]


@pytest.mark.parametrize("name", SVGS)
def test_an_svg_is_square_and_holds_shapes_and_nothing_that_runs_or_loads(name: str) -> None:
    text = (IMAGES / name).read_text()
    assert re.search(r'viewBox="0 0 (\d+) \1"', text)
    assert set(re.findall(r"<([a-z]+)", text)) <= {"svg", "rect", "polygon"}
    assert not re.search(r"script|href|style|\bon\w+=|<!|data:", text)


@pytest.mark.parametrize("size", [1024, 512, 192])
def test_a_png_has_the_size_its_name_says_and_is_small(size: int) -> None:
    file = IMAGES / f"logo-{size}.png"
    head = file.read_bytes()[:26]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", head[16:24]) == (size, size)
    assert file.stat().st_size < 100_000


def test_the_png_is_the_svg_drawn_again(tmp_path: Path) -> None:
    copy = tmp_path / "bin"
    copy.mkdir()
    (tmp_path / "static" / "img").mkdir(parents=True)
    (copy / "logo_png.py").write_text((ROOT / "bin" / "logo_png.py").read_text())
    (tmp_path / "static" / "img" / "logo.svg").write_text((IMAGES / "logo.svg").read_text())
    subprocess.run([sys.executable, str(copy / "logo_png.py")], check=True)
    drawn = Image.open(tmp_path / "static" / "img" / "logo-512.png")
    kept = Image.open(IMAGES / "logo-512.png")
    assert ImageChops.difference(drawn, kept).getbbox() is None
