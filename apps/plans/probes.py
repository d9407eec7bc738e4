"""What one question of a dry run found out about a plan, for the operator."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """`name` is its key in JSON, `obstacle` what would make a member fail there, "" where nothing would."""

    name: str
    title: str
    lines: list[str]
    obstacle: str = ""
