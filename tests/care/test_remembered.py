"""What is read once and remembered is what reading it again says; pure."""

import json
from typing import Any

from apps.kinds.care import wording
from apps.kinds.care.sent import Sent, remembered
from apps.records import kinds
from tests.care.given import lab


def counted(seen: list[Any]) -> Any:
    """Return what reads a text, and notes in *seen* that it did."""

    def text(sent: Sent) -> str | None:
        seen.append(sent)
        return sent.text("text")

    return remembered(text)


def test_the_same_json_is_read_once() -> None:
    seen: list[Any] = []
    text = counted(seen)
    assert [text(Sent({"text": "Fasting"})) for _ in range(3)] == ["Fasting"] * 3
    assert text(Sent({"text": "After a meal"})) == "After a meal"
    assert len(seen) == 2


def test_a_long_text_is_not_remembered() -> None:
    """It is of one record alone."""
    seen: list[Any] = []
    text, long = counted(seen), Sent({"text": "Fasting. " * 100})
    assert text(long) == text(long)
    assert len(seen) == 2


def test_what_cannot_be_written_as_json_is_read_all_the_same() -> None:
    odd = Sent({"text": "\ud800"})
    assert counted([])(odd) == odd.text("text")


def test_ends_that_are_equal_are_told_as_each_was_sent() -> None:
    body = json.dumps(lab(referenceRange=[{"low": {"value": 4}, "high": {"value": 6}}]))
    told = []
    for low in ("4", "4.0", "4.00", "4"):
        opened = kinds.opened("Observation", body.replace('"value": 4', f'"value": {low}').encode())
        told += [wording.told(words) for words in opened.kind.record(opened.content, {}).ranges]
    assert told == ["4 to 6", "4.0 to 6", "4.00 to 6", "4 to 6"]
