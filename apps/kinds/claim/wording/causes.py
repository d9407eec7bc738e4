"""Why the share is this amount: said only where the claim's own figures or reasons show it; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from apps.kinds.claim import standing
from apps.kinds.claim.reading.other_shares import is_for_blood
from apps.kinds.claim.records import ClaimRecord, Detail, Kind, Money, Network
from apps.kinds.claim.wording import contradictions, denials
from apps.kinds.claim.wording.balance import Balance
from apps.kinds.claim.wording.sources import numbered
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _
from apps.plain_language.money import money, priced, share_of
from apps.plain_language.theirs import filled, listed, translated

_ALL: Final = 100
_STEP: Final = 5
"""Plans have rates in steps of so many per cent."""


@dataclass(frozen=True, slots=True)
class Cause:
    """One cause in words; `kind` names what of the claim shows it."""

    kind: Literal["deductible", "coinsurance", "limit", "network"]
    words: str


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that the count over all claims of a benefit year reached with this claim; "benefit" is the
    most that the plan pays in a year. Who counts knows it (the setting CLAIMS_LIMITS), not the claim.
    """

    what: Literal["deductible", "out_of_pocket", "benefit"]
    limit: Decimal
    currency: str
    is_typed: bool = False


def causes(record: ClaimRecord, balance: Balance, reached: Iterable[Reached] = ()) -> tuple[Cause, ...]:
    """Return what made the share this much; () where it is not known, or contradicted."""
    if not record.money.your_share.amount or contradictions.of(record, "your_share"):
        return ()
    limits = {limit.what: limit for limit in reached}
    causes_told = [*_deductible(record, limits.get("deductible"))]
    part = percentage(record, balance)
    if part and "out_of_pocket" not in limits:
        text = _("The coinsurance comes to {percent}% of {base}.")  # which need not be the plan's rate
        base = money(part.base, record.money.coinsurance.unit)
        causes_told.append(Cause("coinsurance", text.format(percent=part.percent, base=base)))
    causes_told += [
        Cause("limit", _reached(limit)) for limit in limits.values() if limit.what != "deductible"
    ]
    if standing.cause(record) != "network":  # the reasons say it
        causes_told += _outside(record)
    return tuple(causes_told)


def _outside(record: ClaimRecord) -> Iterable[Cause]:
    """Yield that the provider is outside the network, or that it was paid so: of the claim, or of lines that
    have a share.
    """
    every = numbered(record)
    outside = [
        (number, line.network)
        for number, line in every
        if standing.is_outside(line.network) and line.money.your_share.amount != 0
    ]
    is_untold = record.network in (None, "contracted")  # a contract says nothing of the network
    networks = dict.fromkeys(network for _number, network in outside)
    if standing.is_outside(record.network):
        yield Cause("network", _outside_words(record.network, record.kind))
    elif is_untold and len(networks) == 1 and len(outside) == len(every):
        yield Cause("network", _outside_words(next(iter(networks)), record.kind))
    else:
        for network in networks:
            numbers = [number for number, of_line in outside if of_line == network]
            yield Cause(
                "network",
                _("{lines}: {reason}").format(
                    lines=denials.lines_words(numbers), reason=_outside_words(network, record.kind)
                ),
            )


def _outside_words(network: Network | None, kind: Kind) -> str:
    if network in standing.PAID_OUTSIDE:
        return _("Your plan paid this as outside its network.")
    return called(kind, _("Your plan counts this provider as outside its network."))


def _deductible(record: ClaimRecord, reached: Reached | None) -> Iterable[Cause]:
    deductible = record.money.deductible
    if not 0 < (deductible.amount or 0) <= _price(record) or contradictions.of(record, "deductible"):
        return
    if reached is None and len(several := _deductibles(record)) > 1:
        text = _("{amounts} of the price went to deductibles.")
        named = [
            filled(_("{amount} ({label})"), amount=priced(part.figure), label=translated(part.label))
            for part in several
        ]
        yield Cause("deductible", filled(text, amounts=listed(named)))
        return
    if reached is None or is_for_blood(deductible):  # that counts toward none that a limit is of
        text = _("The deductible was not met before this: {amount} of the price went to it.")
        if is_for_blood(deductible):
            text = _("{amount} of the price went to the deductible for blood.")
        yield Cause("deductible", text.format(amount=priced(deductible)))
        return
    text = _(
        "{amount} of the price went to the deductible, which was met here: by the claims here it came to "
        "{limit} with this one."
    )
    words = text.format(amount=priced(deductible), limit=money(reached.limit, reached.currency))
    yield Cause("deductible", _marked(words, reached))


def _deductibles(record: ClaimRecord) -> list[Detail]:
    """Return the deductibles that were added up, where there are several: for blood there is one apart."""
    places = record.money.deductible.origin.path.split(" + ")
    details = [detail for detail in record.details if detail.figure.source and detail.figure.amount]
    return [detail for detail in details if detail.figure.origin.path in places]


def _price(record: ClaimRecord) -> Decimal:
    """Return the least that can be called the price: a deductible above it was not taken from it alone."""
    money_of, unit = record.money, record.money.deductible.unit
    figures = (money_of.allowed, money_of.billed, money_of.drug_cost)
    amounts = [figure.amount for figure in figures if figure.amount is not None and figure.unit == unit]
    return min(amounts, default=Decimal("Infinity"))


def _reached(limit: Reached) -> str:
    text = (
        _(
            "Your maximum was reached here: by the claims here, what counts out of pocket came to {limit} "
            "with this one."
        )
        if limit.what == "out_of_pocket"
        else _(
            "The yearly limit was reached here: by the claims here, what your plan paid came to {limit} with "
            "this one."
        )
    )
    return _marked(text.format(limit=money(limit.limit, limit.currency)), limit)


def _marked(words: str, limit: Reached) -> str:
    return f"{words} {_('You typed this limit.')}" if limit.is_typed else words


class Percentage(NamedTuple):
    """Which whole per cent the coinsurance is, and of what."""

    percent: int
    base: Decimal


def percentage(record: ClaimRecord, balance: Balance) -> Percentage | None:
    """Return the whole per cent that the coinsurance is of what is left of the price, where that adds up and
    may be the plan's rate: of one price it may as well be what a maximum left of another one.
    """
    allowed, part = record.money.allowed, record.money.coinsurance
    if allowed.amount is None or part.amount is None or allowed.unit != part.unit:
        return None
    if not balance.sharing.is_fine or any(
        contradictions.of(record, name) for name in ("allowed", "coinsurance")
    ):
        return None
    base = _after_parts(record.money)
    percent = share_of(part.amount, base)
    if not percent or percent == _ALL or _may_be_of_less(record, balance, base):
        return None
    return Percentage(percent, base) if _is_rate(record, percent) else None


def _may_be_of_less(record: ClaimRecord, balance: Balance, base: Decimal) -> bool:
    """Return whether the rate may be of what another payer, or what is not covered, leaves of *base*."""
    if record.money.other_payer.amount:
        return True
    is_in_price = any(check.inside == "allowed" for check in balance.checks)
    covered = base - (record.money.not_covered.amount or 0)
    return is_in_price and bool(share_of(record.money.coinsurance.amount or Decimal(0), covered))


def _is_rate(record: ClaimRecord, percent: int) -> bool:
    """Return whether each line that coinsurance may be of bears this part of its price.

    Lines that do not tell of it may bear it at several rates. What is borne of one price alone may be less
    than the rate, where a maximum was reached: it is believed only where plans have such rates (`_STEP`).
    """
    lines = [line.money for line in record.real_lines]
    is_usual = percent % _STEP == 0
    if len(lines) == 1:
        return is_usual
    bearing = [line for line in lines if line.coinsurance.amount or _after_parts(line) > 0]
    rates = {share_of(line.coinsurance.amount or Decimal(0), _after_parts(line)) for line in bearing}
    are_several = len({_after_parts(line) for line in bearing}) > 1
    return rates == {percent} and (are_several or is_usual)


def _after_parts(money: Money) -> Decimal:
    """Return what deductible and copay leave of the price."""
    return (money.allowed.amount or Decimal(0)) - (money.deductible.amount or 0) - (money.copay.amount or 0)
