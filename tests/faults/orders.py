"""What a process of the matrix is told; nothing here needs Django, so that anybody may give orders."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Order:
    """What a process is to do: on which database, at what time, whether to die, and where to write."""

    verb: str
    database: str
    folder: Path
    arguments: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    kill_at: int | str | None = None
    pause_at: int | str | None = None
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> Path:
        """The file the answer is written to."""
        return self.folder / "answer.json"

    @property
    def log(self) -> Path:
        """The file everything said goes to."""
        return self.folder / "log"


def obey(order: Order) -> None:
    """Do it in this process, which has a site set up (`preload`)."""
    from tests.faults import inside  # noqa: PLC0415 - there only

    inside.obey(order)


def digest(body: dict[str, Any]) -> str:
    """SHA-256 of a record, whatever the order and spacing of its JSON."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
