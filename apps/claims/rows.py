"""Rows of a claim list: every value prepared, so that the template only places them."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from django.urls import reverse

from apps.claims import records, standing, wording
from apps.claims.models import UNDATED, Approval, Claim
from apps.claims.people import ONE_PERSON, Whose
from apps.claims.records import ClaimRecord
from apps.plain_language.dates import at_the_start, month_words
from apps.plain_language.language import _, said
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)
NO_LONGER_SENT = said("No longer sent")
ICONS = {
    "inpatient": "hospital",
    "outpatient": "hospital",
    "professional": "stethoscope",
    "pharmacy": "pill",
    "oral": "tooth",
    "vision": "eye",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One claim in a list. `share` is words where there is no amount; an ordinary claim has no `badge`.

    `is_closed`: what it says does not count, so that its amount is struck out. `news`: what happened to it
    since the member looked last.
    """

    url: str
    icon: str
    title: str
    meta: str
    share: str
    is_share_known: bool
    badge: str = ""
    badge_kind: str = "quiet"
    is_closed: bool = False
    news: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, newest first."""

    heading: str
    rows: list[Row]


def opened(
    claim: Claim | Approval, box: Box, *, column: Literal["sealed_record", "sealed_brief"]
) -> ClaimRecord | None:
    """Return the record or the brief of *claim*.

    None when it does not open, which is logged with the row's id only.
    """
    try:
        return records.from_bytes(box.open(claim, column))
    except (SealBroken, records.OtherVersion):
        log.exception("%s could not be opened", claim)
        return None


def rows(claims: Iterable[Claim], box: Box, whose: Whose = ONE_PERSON) -> list[Row]:
    """Open *claims* and return their rows in the same order; *whose* names people and plans where needed."""
    # One reverse for all: the address of a claim differs in its id only.
    base = reverse("claims:list")
    pairs = [(claim, opened(claim, box, column="sealed_brief")) for claim in claims]
    whose = whose.of((claim.connection_id, record) for claim, record in pairs if record)
    return [_row(record, f"{base}{claim.pk}/", claim, whose) for claim, record in pairs]


def months(claims: list[Claim], box: Box, whose: Whose = ONE_PERSON) -> list[Month]:
    """Return the rows of *claims* (newest first) under one heading per month."""
    pairs = zip(claims, rows(claims, box, whose), strict=True)
    grouped = groupby(pairs, key=lambda pair: (pair[0].ordered_on.year, pair[0].ordered_on.month))
    return [
        Month(_heading(group), [row for _, row in group]) for group in (list(each) for _, each in grouped)
    ]


def _heading(group: list[tuple[Claim, Row]]) -> str:
    ordered_on = group[0][0].ordered_on
    if ordered_on == UNDATED:
        return _("Date not shared")
    return at_the_start(month_words(ordered_on.year, ordered_on.month))


def _row(record: ClaimRecord | None, url: str, claim: Claim, whose: Whose) -> Row:
    if record is None:
        return Row(
            url=url,
            icon="alert",
            title=_("This claim could not be opened"),
            meta=_("Nothing was deleted"),
            share="",
            is_share_known=False,
            is_closed=True,
        )
    plan = claim.connection_id
    words = wording.row(
        record,
        is_current=claim.is_current,
        person=whose.person(record, plan),
        plan=whose.plan(plan),
    )
    is_gone = claim.gone_at is not None
    if is_gone and claim.is_current:
        words |= {"badge": _(NO_LONGER_SENT), "badge_kind": "attention"}
    is_closed = is_gone or not claim.is_current or standing.state(record) in standing.OUT_OF_SUMS
    return Row(url=url, icon=ICONS.get(record.kind, "receipt"), is_closed=is_closed, **words)
