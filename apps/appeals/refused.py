"""What a plan refused: a claim, or an approval in advance of care still to come; and either in words."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final, NamedTuple

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse

from apps.accounts.requests import MemberRequest
from apps.kinds.approval import rows as approval_rows
from apps.kinds.approval import wording as approval_wording
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim import page as claim_page
from apps.kinds.claim import wording as claim_wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.story import LineRow, Row
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural
from apps.records import gate
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault.boxes import box_for

MOST_LINES: Final = 300
"""Of a claim; a packet is read by people."""


class NoRefusal(Exception):
    """The record is the member's, and refuses them nothing (any more): the page at `url` says how it is."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url


@dataclass(frozen=True, slots=True)
class Refused:
    """One refusal: its entry, and what the plan sent; *is_before* where the care is still to come."""

    held: Held[Any]
    record: ClaimRecord = field(repr=False)
    is_before: bool = False

    @property
    def url(self) -> str:
        """The page of what was refused."""
        return _url_of(self.held.id, is_before=self.is_before)

    def is_old(self, library: Library, *, today: date) -> bool:
        """Whether it was decided so long ago that the time for an appeal may be over."""
        if self.is_before:
            return approval_rows.is_old(library, self.held, self.record, today=today)
        return claim_page.is_old(library, self.held)

    @property
    def is_drug(self) -> bool:
        """Whether a pharmacy asked."""
        return self.record.kind == "pharmacy"


class Amount(NamedTuple):
    """A row of the receipt; `style` is how it stands there: "part" of the one above, "total"."""

    label: str
    text: str
    style: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was refused, in words: for the head of a page, and as a sheet of the packet."""

    title: str
    when: str
    heading: str
    answer: str
    amounts: Sequence[Amount] = ()
    in_no_sum: Sequence[Amount] = ()
    """What the plan sent besides."""
    reasons: Sequence[str] = ()
    notes: Sequence[str] = ()
    lines: Sequence[str] = ()
    facts: Sequence[tuple[str, str]] = ()
    diagnoses: Sequence[str] = ()


def opened(request: MemberRequest, record_id: uuid.UUID) -> tuple[Library, Refused]:
    """Return the member's own refusal; raise Http404 for other people's records, `NoRefusal` for others."""
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=record_id)
    library = Library(request.user, box_for(request.user), is_unfolded=True)
    approval = library.one(APPROVAL, row.pk, row.connection_id)
    if approval is None:
        return library, _claim(library, row)
    gate.pass_by(library, row)
    return library, _approval(library, row, approval)


def sheet(refused: Refused, *, today: date) -> Sheet:
    """Return what was refused, in words."""
    return _approval_sheet(refused.record, today) if refused.is_before else _claim_sheet(refused.record)


def _claim(library: Library, row: Record) -> Refused:
    claim = claim_page.found(library, row)
    if claim is None:
        raise Http404
    if claim.held is None or claim.record is None or not claim.held.entry.refuses_you:
        raise NoRefusal(_url_of(row.pk, is_before=False))
    return Refused(claim.held, claim.record)


def _approval(library: Library, row: Record, held: Held[Any]) -> Refused:
    record = original(row, library.box, APPROVAL, called=held.entry.called)
    if record is None or not held.entry.is_current or not approval_wording.is_refused(record):
        raise NoRefusal(_url_of(row.pk, is_before=True))
    return Refused(held, record, is_before=True)


def _url_of(record_id: uuid.UUID, *, is_before: bool) -> str:
    return reverse("approvals:approval" if is_before else "claims:claim", args=[record_id])


def _claim_sheet(record: ClaimRecord) -> Sheet:
    story = claim_wording.story(record)
    lines = [f"{row.number}. {_line(row)}" for row in story.lines[:MOST_LINES]]
    left = len(story.lines) - MOST_LINES
    if left > 0:
        more = plural(
            "{n} more line is on the page of the claim.", "{n} more lines are on the page of the claim.", left
        )
        lines.append(more.format(n=left))
    return Sheet(
        title=story.title,
        when=story.when,
        heading=_("The claim as the plan sent it"),
        answer=story.answer,
        amounts=_amounts(row for row in story.receipt if row.style != "aside"),
        in_no_sum=_amounts(row for row in story.receipt if row.style == "aside"),
        reasons=story.reasons,
        notes=story.notes,
        lines=lines,
        facts=story.facts,
        diagnoses=[f"{label}: {value}" for label, value in story.diagnoses],
    )


def _amounts(rows: Iterable[Row]) -> list[Amount]:
    return [Amount(row.label, f"{row.sign} {row.text}".strip(), row.style) for row in rows if row.is_known]


def _line(row: LineRow) -> str:
    amounts = ", ".join(f"{amount.label} {amount.text}" for amount in row.amounts if amount.is_known)
    return " · ".join(filter(None, [row.what, row.on, row.code, amounts, row.decision]))


def _approval_sheet(record: ClaimRecord, today: date) -> Sheet:
    page = approval_wording.page(record, today=today)
    day = date_words(approval_wording.decided_on(record))
    return Sheet(
        title=page.title,
        when=_("decided on {day}").format(day=day) if day else "",
        heading=_("The request as the plan sent it"),
        answer=page.answer,
        reasons=page.reasons,
        notes=page.notes,
        lines=[" · ".join(filter(None, pair)) for pair in page.asked_for],
        facts=page.facts,
        diagnoses=page.diagnoses,
    )
