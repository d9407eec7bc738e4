"""A claim told as text: all that its page and its row say, for the stories kept in `told/`."""

from collections.abc import Iterable
from dataclasses import astuple
from typing import Any

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.story import LineAmount, LineRow, Pairs, Row, Steps, Story
from tests.claims.made import claim, money, reading
from tests.claims.made_kinds import KINDS
from tests.claims.made_oddities import ODDITIES
from tests.claims.made_stories import STORIES
from tests.claims.made_traps import STATES, TRAPS

ALL = STORIES | KINDS | TRAPS | STATES | ODDITIES


def told(record: ClaimRecord) -> str:
    """Return the story of a claim as a member reads it, in the language of the moment."""
    story = wording.story(record)
    row = wording.row(record)
    parts = [
        [story.title, story.when, *[f"[{badge.words}]" for badge in (story.badge, story.doubt) if badge]],
        [story.answer],
        _block("Notices", story.notices),
        _block("Why", story.reasons),
        _block("Ask", story.asks),
        _block("Next steps", _steps(story)),
        _block("Receipt", [text for one in story.receipt for text in _row(one)]),
        _block("Causes", story.causes),
        _block("Sums", story.sums),
        _block("Do not agree", story.disagreements),
        _block("Compare with a bill", _pairs([pair for _name, *pair in story.checklist])),
        _block(
            "Lines",
            [text for line in story.lines for text in _line(line)]
            + [*story.total_lines, *filter(None, [story.code_note])],
        ),
        _block("Payment", _pairs(story.payment)),
        _block("Network", [story.network] if story.network else []),
        _block("Drug", _pairs(story.drug)),
        _block("About", _pairs(story.facts)),
        _block("Diagnoses", _pairs(story.diagnoses)),
        _block("Procedures", _pairs(story.procedures)),
        _block("English", filter(None, [story.english_note])),
        _block("Team", _pairs(story.team)),
        _block("The plan wrote", story.notes),
        _block("Related", story.related),
        _block("More", [*_pairs(story.more), *filter(None, [story.more_note])]),
        _block(
            "Sources", [f"{one.label}: {one.help} {one.source}" for one in story.receipt if one.has_origin]
        ),
        _block("In the list", [" | ".join(map(str, astuple(row)[:6]))]),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _block(heading: str, lines: Iterable[str]) -> list[str]:
    found = [f"  {line}" for line in lines]
    return [f"{heading}:", *found] if found else []


def _steps(story: Story) -> list[str]:
    return [story.steps.heading, story.steps.meaning, *story.steps.steps] if story.steps else []


def _row(row: Row) -> list[str]:
    indent = "    " if row.style == "part" else "  " if row.style == "aside" else ""
    label = f"{row.sign or ' '} {indent}{row.label}{' (worked out by us)' if row.is_worked_out else ''}"
    also = f"  {'; '.join(row.others)}" if row.others else ""
    return [f"{label:<44}{row.text:>22}{also}"]


def _line(line: LineRow) -> list[str]:
    about = " | ".join(part for part in (line.on, line.decision, *line.details) if part)
    amounts = ", ".join(map(_amount, line.amounts))
    code = ": ".join(part for part in (line.code, line.official) if part)
    return [
        f"{line.number}. {line.what}",
        *(f"   {text}" for text in (about, code, *line.parts, amounts) if text),
    ]


def _amount(amount: LineAmount) -> str:
    also = f" ({'; '.join(amount.others)})" if amount.others else ""
    return f"{amount.label} {amount.text}{also}"


def _pairs(pairs: Pairs) -> list[str]:
    return [f"{label} {value}" if label.endswith("?") else f"{label}: {value}" for label, value in pairs]


def asked(record: ClaimRecord, box: str = "share") -> str:
    """Return what the checklist says of a bill; without *box*, of what it may ask for."""
    return next(answer for name, _question, answer in wording.story(record).checklist if name == box)


def lead(record: ClaimRecord) -> str:
    """Return the first lines of the page."""
    return wording.story(record).answer


def story_of(*totals: dict[str, Any], **changes: Any) -> Story:
    """Return what the page of a claim says, with other totals or elements."""
    return wording.story(reading(claim(*(totals or money("submitted 480.00, benefit 400.00")), **changes)))


def steps_of(record: ClaimRecord) -> Steps:
    """Return what to do about what the plan did not pay; a claim that has nothing of it fails."""
    steps = wording.story(record).steps
    assert steps is not None
    return steps
