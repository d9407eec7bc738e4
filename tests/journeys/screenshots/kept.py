"""The dozen pictures that stay in the repository, for README and docs; all others are made when wanted."""

import shutil
from pathlib import Path
from typing import Final

from tests.journeys.screenshots.camera import TARGET

FOLDER: Final = Path(__file__).resolve().parents[3] / "docs" / "screenshots"
KEPT: Final = (
    "en/light/390/home", "en/light/390/claims",
    "en/light/390/claim-pharmacy", "en/light/390/preflight-member",
    "en/light/390/progress-running", "en/light/390/approval-refused",
    "en/light/1280/claim-hospital", "en/light/1280/year",
    "en/light/1280/listing", "en/dark/390/claim-hospital",
    "en/dark/390/insurance-card", "es/light/390/claim-hospital",
)  # fmt: skip


def names(language: str) -> frozenset[str]:
    """Return the pages of which a picture in this language stays."""
    return frozenset(picture.rpartition("/")[2] for picture in KEPT if picture.startswith(f"{language}/"))


def refresh() -> None:
    """Put the newest of those that stay in the place of what is in the repository."""
    for picture in KEPT:
        file = FOLDER / f"{picture}.webp"
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TARGET / f"{picture}.webp", file)
