"""What writes a file when it is unpickled."""

from pathlib import Path
from typing import Any


class Poison:
    """Pickled, it is a trap for whoever opens it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.write_text, (self.trace, "ran")
