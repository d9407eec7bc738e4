"""Which release this is: its number, and the commit it was made from."""

from functools import cache
from pathlib import Path

from django.conf import settings

UNKNOWN = "not known"


@cache
def commit() -> str:
    """Return the commit: what the image was built with (COMMIT), else what the checkout says."""
    return settings.COMMIT or _of_checkout(Path(settings.BASE_DIR) / ".git") or UNKNOWN


def _of_checkout(git: Path) -> str:
    try:
        head = (git / "HEAD").read_text("ascii").strip()
        reference = head.removeprefix("ref: ")
        return head if reference == head else (git / reference).read_text("ascii").strip()
    except OSError:  # an image, a worktree, a packed reference
        return ""
