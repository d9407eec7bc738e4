"""How far a week's attempts came, as a small picture: pure, tested as text; words say the same."""

from dataclasses import dataclass
from typing import Final

from apps.connections.attempts import Funnel

WIDTH: Final = 14
GAP: Final = 3
HEIGHT: Final = 28
LEAST: Final = 1
"""Pixels of a stage that nobody came to: one can still count the stages."""


@dataclass(frozen=True)
class Column:
    """A stage: from where, and how high."""

    x: int
    y: int
    height: int
    width: int = WIDTH


@dataclass(frozen=True)
class Sparkline:
    """Columns from the first click to the first claim, each no higher than the one before."""

    columns: tuple[Column, ...]
    words: str
    height: int = HEIGHT

    @property
    def width(self) -> int:
        """Of the whole picture."""
        return len(self.columns) * (WIDTH + GAP) - GAP


def sparkline(funnel: Funnel) -> Sparkline:
    """Draw a funnel that has attempts."""
    columns = []
    for place, step in enumerate(funnel.steps):
        height = max(round(HEIGHT * step.count / funnel.started), LEAST)
        columns.append(Column(place * (WIDTH + GAP), HEIGHT - height, height))
    words = ", ".join(f"{step.label.lower()} {step.count}" for step in funnel.steps)
    return Sparkline(tuple(columns), words)
