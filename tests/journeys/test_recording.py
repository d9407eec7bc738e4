"""The recording that payers' forms ask for, without a browser: what `make recording` leaves behind."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from tests.journeys.recording import Recording


class _Window:
    """A window that shows one colour after the other."""

    colours = iter(("red", "green", "blue"))

    def wait_for_load_state(self) -> None:
        """It is there."""

    def screenshot(self, **_how: Any) -> bytes:
        """The next colour."""
        file = BytesIO()
        Image.new("RGB", (64, 48), next(self.colours)).save(file, "PNG")
        return file.getvalue()


def test_it_is_numbered_pictures_and_one_moving_picture_of_them(tmp_path: Path) -> None:
    recording = Recording(_Window())  # type: ignore[arg-type]
    for words in ("first", "second", "third"):
        recording.show(words)
    recording.write(tmp_path / "recording")
    written = sorted(path.name for path in (tmp_path / "recording").iterdir())
    assert written == ["01.png", "02.png", "03.png", "journey.webp"]
    with Image.open(tmp_path / "recording" / "journey.webp") as moving:
        assert moving.n_frames == 3  # type: ignore[attr-defined]
