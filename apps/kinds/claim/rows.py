"""Rows of a claim list: every value prepared, so that the template only places them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final
from uuid import UUID

from django.urls import reverse

from apps.kinds.claim import standing, wording
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import ONE_PERSON, Whose
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import Row
from apps.kinds.claim.wording.vocabulary import FIGURES_DISAGREE
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import at_the_start, month_words
from apps.plain_language.language import _, said
from apps.records.entries import UNDATED
from apps.records.sensitive import UNCLEAR
from apps.records.volumes import Held

NO_NEWS: Final[Mapping[UUID, str]] = {}
FOLDED = said("Folded claim")
MAY_BE = said("Folded claim: it may be of care that is hidden")
ICONS = {
    "inpatient": "hospital",
    "outpatient": "hospital",
    "professional": "stethoscope",
    "pharmacy": "pill",
    "oral": "tooth",
    "vision": "eye",
}


@dataclass(frozen=True, slots=True)
class Month:
    """The rows of one month, newest first."""

    heading: str
    rows: list[Row]


def rows(
    claims: Iterable[Held[ClaimEntry]],
    whose: Whose = ONE_PERSON,
    news: Mapping[UUID, str] = NO_NEWS,
    together: Mapping[UUID, str] = NO_NEWS,
) -> list[Row]:
    """Return the rows of *claims* in the same order.

    *whose* names people and plans where needed; the payers of one plan are named where these claims are of
    several. *news* is what is said of claims that are new, *together* of
    those that belong with others (`together.marks`).
    """
    # One reverse for all: the address of a claim differs in its id only.
    base = reverse("claims:list")
    pairs = [(claim, CLAIM.brief_of(claim.entry)) for claim in claims]
    whose = whose.of((held.plan, record) for held, record in pairs if record)
    said = ((news.get(held.id, ""), together.get(held.id, "")) for held, _record in pairs)
    payers = {record.payer.casefold() for _held, record in pairs if record and record.payer}
    return [
        _row(record, f"{base}{held.id}/", held, whose, of_it, names_payer=len(payers) > 1)
        for (held, record), of_it in zip(pairs, said, strict=True)
    ]


def months(
    claims: Iterable[Held[ClaimEntry]],
    whose: Whose = ONE_PERSON,
    news: Mapping[UUID, str] = NO_NEWS,
    together: Mapping[UUID, str] = NO_NEWS,
) -> list[Month]:
    """Return the rows of *claims* (newest first) under one heading per month."""
    claims = list(claims)
    pairs = zip(claims, rows(claims, whose, news, together), strict=True)
    grouped = groupby(pairs, key=lambda pair: (pair[0].entry.on.year, pair[0].entry.on.month))
    return [
        Month(_heading(group), [row for _, row in group])
        for group in (list(rows_of_month) for _, rows_of_month in grouped)
    ]


def _heading(group: list[tuple[Held[ClaimEntry], Row]]) -> str:
    ordered_on = group[0][0].entry.on
    if ordered_on == UNDATED:
        return _("Date not known")
    return at_the_start(month_words(ordered_on.year, ordered_on.month))


def _row(
    record: ClaimRecord | None,
    url: str,
    claim: Held[ClaimEntry],
    whose: Whose,
    said: tuple[str, str],
    *,
    names_payer: bool,
) -> Row:
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
    plan, entry = claim.plan, claim.entry
    row = wording.row(
        record,
        is_current=entry.is_current,
        is_known_older=entry.is_known_older,
        person=whose.person(record, plan),
        plan=whose.plan(plan) or (calm_name(record.payer or "") if names_payer else ""),
    )
    if claim.is_folded:
        row = replace(row, title=_(MAY_BE if entry.categories == {UNCLEAR} else FOLDED))
    if entry.is_set_apart:
        text = _(FIGURES_DISAGREE)
        row = replace(row, is_share_known=False, doubt="" if row.badge == text else text)
    if entry.is_gone and entry.is_current:
        row = replace(row, badge=_("No longer sent"), badge_kind="attention")
    is_over = entry.state in standing.OUT_OF_SUMS and not standing.is_open(record, entry.state)
    return replace(
        row,
        url=url,
        icon="receipt" if claim.is_folded else ICONS.get(record.kind, "receipt"),
        is_closed=entry.is_gone or not entry.is_current or is_over,
        news=said[0],
        together=said[1],
    )
