"""What the home page says first: pure."""

from collections.abc import Sequence
from decimal import Decimal

from apps.claims.year import Year
from apps.plain_language.money import money


def lede(*, plans: Sequence[tuple[str, int]], year: Year, is_connected: bool = True) -> str:
    """Return the page's answer: which plans shared how many claims, and the member's share of this year.

    *plans* holds the plan's name and its number of claims, for each connection;
    `is_connected` says whether some permission still holds.
    """
    claims = sum(count for _, count in plans)
    named = list(dict.fromkeys(name for name, count in plans if count or not claims))
    if not claims and not is_connected:
        return "No plan is connected any more, and no claims are here."
    if not claims:
        return f"{_named(named)} {'is' if len(named) == 1 else 'are'} connected. No claims have arrived yet."
    shared = f"{_named(named)} shared {claims:,} claim{'' if claims == 1 else 's'}."
    return f"{shared} {_so_far(year)}"


def _named(plans: Sequence[str]) -> str:
    return " and ".join(plans) if len(plans) < 3 else f"Your {len(plans)} plans"


def _so_far(year: Year) -> str:
    if not year.claims:
        return f"None of them counts for {year.year}."
    known = [
        (total.your_share.amount, total.currency)
        for total in year.sums
        if total.your_share.amount is not None
    ]
    if not known:
        return f"Your share of {year.year} is not shared by your plan."
    shares = " and ".join(money(Decimal(amount), currency) for amount, currency in known)
    unknown = sum(total.your_share.unknown for total in year.sums) + year.without_amounts
    without = (
        f", without {unknown} claim{'' if unknown == 1 else 's'} whose share is not known" if unknown else ""
    )
    return f"In {year.year} so far your share is {shares}{without}."
