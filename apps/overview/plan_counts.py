"""A plan's own count toward a limit, where its record of a claim carries one, told beside ours: pure.

The element is `benefitBalance`: what a plan permits and what is consumed. Neither count corrects the other.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.records import Balance
from apps.overview.ledger import Ledger, care_of
from apps.overview.plan_years import Limit, Limits
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import money

_CONCEPTS: Final = {"deductible": said("deductible"), "out_of_pocket": said("out-of-pocket maximum")}
_WHOSE: Final = {
    "individual": said("for one person"),
    "family": said("for the family"),
    "": said("for whom is not said"),
}
_NETWORKS: Final = {
    "in": said("in the network"),
    "out": said("outside the network"),
    "": said("in which network is not said"),
}


class _Stated(NamedTuple):
    """One count, and the day that the plan made the record it stands in; None where it does not say."""

    on: date | None
    balance: Balance


def plan_counts(
    entries: Iterable[Counted], ledger: Ledger, limits: Limits, *, of_family: bool
) -> tuple[str, ...]:
    """Return what the plan itself says of the limits of a ledger, in the newest of *entries* that say it.

    Where two records of one day differ, both are told; one without a day only where none has one. A family's
    count stands with the family's ledger.
    """
    stated = [
        _Stated(_made_on(entry), balance)
        for entry in entries
        if entry.record.balances
        and care_of(entry.record) == ledger.care
        and not entry.is_gone
        and not entry.is_outdated
        for balance in entry.record.balances
        if balance.currency == ledger.currency and (balance.whose == "family") == of_family
    ]
    newest: dict[tuple[str, str, str], date | None] = {}
    for limit in stated:
        key = _key(limit.balance)
        newest[key] = max(filter(None, (limit.on, newest.get(key))), default=None)
    stated_limits = dict.fromkeys(limit for limit in stated if limit.on == newest[_key(limit.balance)])
    return tuple(" ".join(_sentences(limit, ledger, limits)) for limit in stated_limits)


def _made_on(entry: Counted) -> date | None:
    """Return the day a record was made: neither that of payment nor of care, and no part of a date."""
    record = entry.record
    return record.created_on if len(record.created or "") == len("2026-03-12") else None


def _key(balance: Balance) -> tuple[str, str, str]:
    return balance.concept, balance.whose, balance.network


def _sentences(stated: _Stated, ledger: Ledger, limits: Limits) -> Iterator[str]:
    balance = stated.balance
    yield _counted(balance).format(
        concept=_(_CONCEPTS[balance.concept]),
        whose=_(_WHOSE[balance.whose]),
        network=_(_NETWORKS[balance.network]),
        used=_amount(balance.used, balance),
        allowed=_amount(balance.allowed, balance),
    )
    if stated.on is not None:
        yield _("Your plan made this record on {day}.").format(day=date_words(stated.on))
    # Ours is a count within the network: beside another one it would say nothing.
    if balance.network != "out":
        yield from _beside_ours(stated, ledger)
        yield from _beside_limit(balance, limits)


def _counted(balance: Balance) -> str:
    if balance.used is None:
        return _("Your plan's own record, {concept} ({whose}, {network}): {allowed} high.")
    if balance.allowed is None:
        return _("Your plan's own count, {concept} ({whose}, {network}): {used} used.")
    return _("Your plan's own count, {concept} ({whose}, {network}): {used} of {allowed} used.")


def _beside_ours(stated: _Stated, ledger: Ledger) -> Iterator[str]:
    """Say how the claims here come out beside it, by that day; nothing where no day or no share is stated."""
    concept, used = stated.balance.concept, stated.balance.used
    is_known = ledger.states_deductible if concept == "deductible" else ledger.states_out_of_pocket
    dated = [(_made_on(row.entry), row) for row in ledger.rows if row.counts]
    if used is None or stated.on is None or not is_known or any(on is None for on, _row in dated):
        return
    rows = [row for on, row in dated if on is not None and on <= stated.on]
    ours = sum((row.stated(concept) or Decimal(0) for row in rows), Decimal(0))
    if ours == used:
        yield _("The claims here come to the same by that day.")
        return
    sentence = (
        _("The claims here come to {ours} by that day, {difference} less: others may count too.")
        if ours < used
        else _("The claims here come to {ours} by that day, {difference} more: ask your plan why.")
    )
    yield sentence.format(
        ours=money(ours, ledger.currency), difference=money(abs(used - ours), ledger.currency)
    )


def _beside_limit(balance: Balance, limits: Limits) -> Iterator[str]:
    limit: Limit | None = getattr(limits, balance.concept)
    if (
        limit is None
        or balance.allowed is None
        or limit == (balance.allowed, balance.currency, limit.is_typed)
    ):
        return
    sentence = (
        _("You typed {limit} as the limit: ask your plan which is right.")
        if limit.is_typed
        else _("Your coverage states {limit} as the limit: ask your plan which is right.")
    )
    yield sentence.format(limit=money(limit.amount, limit.currency))


def _amount(amount: Decimal | None, balance: Balance) -> str:
    return "" if amount is None else money(amount, balance.currency)
