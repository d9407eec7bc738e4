"""What must never stand together on one page: played over invented, published and changed claims."""

import re
from collections.abc import Callable
from typing import NamedTuple

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, to_pay
from apps.kinds.claim.wording.story import Story


class Page(NamedTuple):
    """A page in English: what it tells first, what to do and what a bill may ask for, beside its story."""

    story: Story
    text: str
    same: str | None
    """What is told of a bill of just what is due; None where no bill is the same."""

    def says(self, pattern: str) -> bool:
        """Return whether it says something."""
        return re.search(pattern, self.text) is not None

    def is_marked(self, *words: str) -> bool:
        """Return whether it bears one of these marks."""
        marks = (self.story.badge, self.story.doubt)
        return any(mark is not None and mark.words in words for mark in marks)


def page(record: ClaimRecord) -> Page:
    """Return the page of a claim."""
    story = wording.story(record)
    steps = (story.steps.heading, story.steps.meaning, *story.steps.steps) if story.steps else ()
    due = to_pay.due(record)
    check = bill.check(record, due) if story.checklist and due is not None else None
    same = " ".join(check.causes) if check and check.outcome == "same" else None
    told = (story.answer, *story.notices, *story.asks, *steps, beside_a_bill(story))
    return Page(story, "\n".join(told), same)


def beside_a_bill(story: Story) -> str:
    """Return what a bill may ask for."""
    return next((answer for name, _question, answer in story.checklist if name == "share"), "")


_ASKED = r"\b[Aa]sk (it|your plan|Medicare|first|which|before|who|how)\b|Ask\."
_SETTLED = r"Nothing left|should ask for nothing"
_AMOUNT = r"\S*\d\S*"


def closes(story: Story) -> bool:
    return re.search("to the cent|of your share", " ".join(story.sums)) is not None


NEVER: tuple[tuple[str, Callable[[Page], bool], Callable[[Page], bool]], ...] = (
    (
        "a refusal, and that a zero was not filled in",
        lambda page: page.is_marked("Denied", "Refused", "Not covered"),
        lambda page: page.says("We think "),
    ),
    (
        "nothing is left, and what to do before paying",
        lambda page: page.says(_SETTLED),
        lambda page: page.says(r"[Bb]efore you pay"),
    ),
    (
        "paid already, and what to do before paying",
        lambda page: page.says(r"Already paid\.|You paid already\.|[Yy]ou paid your share already"),
        lambda page: page.says(r"[Bb]efore you pay the"),
    ),
    (
        "nothing is left, and figures that do not close",
        lambda page: page.says(_SETTLED),
        lambda page: page.is_marked("Figures disagree") or not closes(page.story),
    ),
    (
        "nothing is left, and more that may be asked for",
        lambda page: page.says(_SETTLED),
        lambda page: page.says(r"may come on top|may ask for more"),
    ),
    (
        "figures disagree, and nobody to ask",
        lambda page: page.is_marked("Figures disagree"),
        lambda page: not page.says(r"[Aa]sk (it|your plan|the provider|the pharmacy)\b"),
    ),
    (
        "one amount that is asked back of two",
        lambda page: page.says(r"[Aa]sk your plan whether \S+ comes back"),
        lambda page: page.says(rf"Ask the (provider|pharmacy) whether {_AMOUNT} comes back"),
    ),
    (
        "a bill that is the same, and beside it something to ask first",
        lambda page: page.same is not None and not re.search(_ASKED, page.same),
        lambda page: re.search(_ASKED, beside_a_bill(page.story)) is not None,
    ),
    (
        "a prescription, and a provider who bills",
        lambda page: page.story.kind == "Prescription",
        lambda page: page.says(r"(Ask|ask|pay|Call|from) the provider\b|[Tt]he provider (may|bills|billed)"),
    ),
)
"""What, beside what, never: it contradicts itself, or sends the member to two for the same."""


def together(record: ClaimRecord) -> list[str]:
    """Return which of these pairs stand on the page of a claim."""
    shown = page(record)
    return [name for name, first, second in NEVER if first(shown) and second(shown)]
