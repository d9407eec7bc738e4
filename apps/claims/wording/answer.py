"""The one sentence of a claim: who billed what, what the plan did with it, and what is the member's."""

from decimal import Decimal

from apps.claims import standing
from apps.claims.records import ClaimRecord, Figure
from apps.claims.wording import receipt
from apps.plain_language.money import money, priced, share_of

_CLOSED = {
    "mistake": "Your plan says this claim was entered in error. Nothing of it counts.",
    "deleted": "Your plan deleted this claim. Its amounts no longer count.",
    "cancelled": "This claim was cancelled. Its amounts no longer count.",
    "void": "Your plan voided this claim. Its amounts no longer count.",
    "taken_back": "With this your plan takes an earlier claim back. Its amounts do not count.",
    "error": "Your plan reports that it could not finish this claim. Its amounts do not count.",
    "undecided": "Your plan has not decided this claim yet. Its amounts may still change and do not count.",
}


def answer(record: ClaimRecord) -> str:
    """Return the first line of the page, the figures in it."""
    parts = [_CLOSED.get(standing.state(record), "")]
    if not record.shares_money:
        parts.append("Your plan shared this claim without amounts.")
    elif not record.money.is_shared:
        parts.append("Your plan shared amounts for single lines only; they are listed below.")
    else:
        parts += [_billed(record), *_plan(record), _share(record)]
    return " ".join(part for part in parts if part)


def who(record: ClaimRecord) -> str:
    """Return the provider as the subject of a sentence."""
    name = record.provider or record.facility
    if name and not name.startswith("NPI "):
        return name
    return "The pharmacy" if record.kind == "pharmacy" else "The provider"


def _billed(record: ClaimRecord) -> str:
    money_of = record.money
    if money_of.billed.is_known:
        return f"{who(record)} billed {priced(money_of.billed)}."
    if money_of.drug_cost.is_known:
        return f"The drug cost {priced(money_of.drug_cost)}."
    return "Your plan did not share what was billed."


def _plan(record: ClaimRecord) -> list[str]:
    money_of = record.money
    took_off = _took_off(record)
    found = []
    if money_of.plan_paid.amount:
        paid = f"paid {priced(money_of.plan_paid)}"
        joined = took_off.startswith("Your plan's")
        found += (
            [f"{took_off} and it {paid}."]
            if joined
            else [f"{took_off}." if took_off else "", f"Your plan {paid}."]
        )
    else:
        nothing = _nothing(record)
        found += [f"{took_off}.", nothing] if took_off else [nothing]
    if money_of.other_payer.amount:
        found.append(f"Others paid {priced(money_of.other_payer)}.")
    if money_of.not_covered.amount:
        found.append(f"{priced(money_of.not_covered)} is not covered.")
    return [part for part in found if part]


def _nothing(record: ClaimRecord) -> str:
    is_known = record.money.plan_paid.is_known
    if standing.state(record) == "denied":
        return "Your plan denied it and paid nothing." if is_known else "Your plan denied it."
    return "Your plan paid nothing." if is_known else "What your plan paid was not shared."


def _took_off(record: ClaimRecord) -> str:
    money_of = record.money
    if money_of.discount.amount:
        finer = receipt.finer_label(money_of.discount)
        if finer:  # Extra Help, a manufacturer: not the plan's own
            return f"{finer}: {priced(money_of.discount)}"
        return f"Your plan's discount took off {priced(money_of.discount)}"
    if money_of.reduction.amount:
        return f"Your plan's price is {priced(money_of.reduction)} lower"
    return ""


def _share(record: ClaimRecord) -> str:
    share = record.money.your_share
    if not share.is_known:
        return "Your plan did not say what your share is."
    contradicted = next((one for one in record.disagreements if one.concept == "your_share"), None)
    if contradicted and contradicted.about == "parts":
        stated = " and ".join(priced(other) for other in contradicted.others)
        made_of = _parts(record)
        listed = f" ({made_of})" if made_of else ""
        return f"Your plan lists {priced(share)} as yours{listed}, but also states a share of {stated}."
    parts = _parts(record)
    return f"Your share is {priced(share)}{f': {parts}' if parts else ''}."


def _parts(record: ClaimRecord) -> str:
    """Return what the share is made of, only where the parts add up to it."""
    named = (("deductible", "deductible"), ("copay", "copay"))
    money_of = record.money
    known: list[tuple[str, Figure]] = [(word, getattr(money_of, name)) for name, word in named]
    known = [(word, figure) for word, figure in known if figure.amount]
    if money_of.coinsurance.amount:
        known.append((_coinsurance(record), money_of.coinsurance))
    total = sum((figure.amount or Decimal(0) for _, figure in known), Decimal(0))
    if not known or total != money_of.your_share.amount:
        return ""
    if len(known) == 1:
        return known[0][0]
    words = [
        f"{money(figure.amount or Decimal(0), figure.unit)} {_after_amount(word)}" for word, figure in known
    ]
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _after_amount(word: str) -> str:
    """Return a part's name as it follows its amount: "$43.74 coinsurance (20 %)"."""
    percent, mark, name = word.partition(" % ")
    return f"{name} ({percent} %)" if mark else word


def _coinsurance(record: ClaimRecord) -> str:
    """Return "20 % coinsurance" where it is a whole per cent of what is left of the allowed price."""
    allowed, part = record.money.allowed, record.money.coinsurance
    if allowed.amount is None or part.amount is None or allowed.unit != part.unit:
        return "coinsurance"
    base = allowed.amount - (record.money.deductible.amount or 0) - (record.money.copay.amount or 0)
    percent = share_of(part.amount, base)
    return f"{percent} % coinsurance" if percent else "coinsurance"
