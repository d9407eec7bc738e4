"""The number of a line, the same wherever it is named: as the plan sent it, where each has its own; pure."""

from apps.kinds.claim.records import ClaimRecord, Line


def numbered(record: ClaimRecord) -> list[tuple[int, Line]]:
    """Return the lines without those that repeat the whole claim, each with its number.

    Where the plan gave no numbers, or one twice, it is the place of the line, from 1.
    """
    return [(number, line) for number, line in _every(record) if not line.is_total]


def number_at(record: ClaimRecord, path: str) -> int | None:
    """Return the number of the line at *path* (`item[0]`), None where it is none of the claim's lines."""
    return next((number for number, line in _every(record) if line.path == path), None)


def _every(record: ClaimRecord) -> list[tuple[int, Line]]:
    lines = sorted(record.lines, key=lambda line: line.is_total)  # what is not shown takes no place of others
    sent = [line.number for line in lines if line.number is not None]
    is_told = len(set(sent)) == len(lines)
    return list(zip(sent if is_told else range(1, len(lines) + 1), lines, strict=True))
