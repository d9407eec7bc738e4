"""The versions of a claim in words: what changed from one to the next, and which one counts: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from apps.claims import standing
from apps.claims.entry import takes_back
from apps.claims.records import ClaimRecord
from apps.claims.wording import changes
from apps.claims.wording.vocabulary import EARLIER, STATES
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.money import priced

_SAY_NOTHING: frozenset[standing.State] = frozenset({"void", "taken_back", "mistake"})
"""Versions whose amounts only repeat or undo others."""


class Sent(NamedTuple):
    """One version as the plan sent it, newest first among the others."""

    record: ClaimRecord
    url: str
    is_current: bool
    is_this: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One version in words; `change` says what it changed about the one before, "" for the first."""

    url: str
    sent: str
    state: str
    plan_paid: str
    share: str
    change: str
    is_current: bool
    is_this: bool
    counts: bool


@dataclass(frozen=True, slots=True)
class History:
    """All versions, newest first; the page of one that does not hold leads to the one that does."""

    rows: tuple[Row, ...]
    current_url: str
    """Where to go from a version that is not current, else ""."""
    leads_on: str
    """The words of that link."""


def history(sent: Sequence[Sent]) -> History:
    """Return the history of a claim; no rows where there is one version only."""
    current = next((one for one in sent if one.is_current), None)
    old = next((one for one in sent if one.is_this and not one.is_current), None)
    rows = tuple(_row(one, _before(sent, place)) for place, one in enumerate(sent))
    rows = rows if len(sent) > 1 else ()
    if current is None or old is None:
        return History(rows, "", "")
    if old.record.status == "entered-in-error":
        return History(rows, current.url, _("Go to the version that holds"))
    if current.record.shares_money and not old.record.shares_money:
        return History(rows, current.url, _("Another version of this claim has amounts"))
    took_back, replaces = _("A newer version takes this claim back"), _("A newer version replaces this claim")
    return History(rows, current.url, took_back if takes_back(current.record) else replaces)


def _before(sent: Sequence[Sent], place: int) -> ClaimRecord | None:
    """Return the version to compare with: the one before, passing over those that only took one back."""
    older = [one.record for one in sent[place + 1 :]]
    return next((one for one in older if standing.state(one) not in _SAY_NOTHING), None)


def _row(one: Sent, before: ClaimRecord | None) -> Row:
    record = one.record
    return Row(
        url=one.url,
        sent=date_words(record.created) or _("date not shared"),
        state=_state(one),
        plan_paid=priced(record.money.plan_paid),
        share=priced(record.money.your_share),
        change=_change(before, record) if before else "",
        is_current=one.is_current,
        is_this=one.is_this,
        counts=one.is_current and standing.counts(record),
    )


def _state(one: Sent) -> str:
    state = standing.state(one.record)
    if not one.is_current and state not in standing.OUT_OF_SUMS:
        return _(EARLIER)
    return _(STATES[state][0]) if state in STATES else ""


def _change(before: ClaimRecord, after: ClaimRecord) -> str:
    """Return what *after* changed about *before*, in one sentence."""
    if after.status == "entered-in-error":
        return _("Your plan says that this version was a mistake.")
    if takes_back(after):
        return _("Your plan took the earlier version back.")
    found = (*changes.amounts(before, after), *changes.state(before, after), *changes.unnamed(before, after))
    return found[0] if found else _("No amount changed.")
