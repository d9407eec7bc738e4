"""The member's share in a sentence: what it is made of, how far it is known, and what contradicts it."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import structs

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import come_to, is_of_some_lines
from apps.kinds.claim.reading.kinds import may_have_limited_bill
from apps.kinds.claim.reading.lines import LISTED, parts_of_share
from apps.kinds.claim.reading.reasons import contradicts_itself, may_not_be_collected, refuses
from apps.kinds.claim.reading.uncovered import is_to_decide
from apps.kinds.claim.records import ClaimRecord, Disagreement, Figure, Money
from apps.kinds.claim.wording import also_sent, codes, contradictions
from apps.kinds.claim.wording.balance import Balance, balance_of, is_rest_uncovered
from apps.kinds.claim.wording.denials import whose_words
from apps.kinds.claim.wording.sources import finer_label
from apps.kinds.claim.wording.to_pay import Amounts
from apps.kinds.claim.wording.to_pay import back as paid_back
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import in_cents, money, priced
from apps.plain_language.theirs import filled, joined, listed

_PART_ALONE = {
    "deductible": said("Your share is {share}: the deductible."),
    "copay": said("Your share is {share}: your copay."),
    "coinsurance": said("Your share is {share}: coinsurance."),
    "not_covered": said("Your share is {share}: what is not covered."),
}
_PART_AMONG = {
    "deductible": said("{amount} deductible"),
    "copay": said("{amount} copay"),
    "coinsurance": said("{amount} coinsurance"),
    "not_covered": said("{amount} not covered"),
}
_UNSAID = said("Your plan did not say whether that may be billed to you.")
_DOUBTS = {
    "protected": (
        said(
            "Your plan marks you as a Qualified Medicare Beneficiary (QMB): the provider may not charge you "
            "deductible or coinsurance. Ask before you pay."
        ),
        said(
            "Your plan marks you as a Qualified Medicare Beneficiary (QMB): the provider may not charge you "
            "deductible or coinsurance."
        ),
    ),
    "second": (
        said("Your plan had this claim already: ask it before you pay."),
        said("Your plan had this claim already: ask it whether you paid twice."),
    ),
    "barred": (
        said(
            "A reason of your plan says that the provider may not collect a part from you. Ask which before "
            "you pay."
        ),
        said(
            "A reason of your plan says that the provider may not collect a part from you. Ask which: it may "
            "come back to you."
        ),
    ),
}
"""Why a share may not be to pay as it stands: what is said before it is paid, and after."""


def sentence(record: ClaimRecord, balance: Balance, amounts: Amounts | None) -> str:
    """Return the sentence about the share; *balance* says whether the claim's figures add up, *amounts* what
    a bill is measured by."""
    contradicted = contradictions.of(record, "your_share")
    text = contradictions.lead_of(record, contradicted) if contradicted else _told(record, balance)
    left = _left_of_price(record, contradicted) if contradicted else beside_parts(record)
    gap = _of_gap(record, contradicted) if contradicted else ""
    below = "" if contradicted else _below_nothing(record)
    is_asked = amounts is None or not amounts.is_top_paid
    more = [_on_top(record), _above_on_top(record, balance)] if is_asked else []
    if any(more[1:]) or whose.is_above_yours(record):
        more += after_emergency(record)
    parts = (text, payment_above(record), below, left, gap, _who_may_not_charge(record), *more)
    return joined(" ", [part for part in parts if part])


def payment_above(record: ClaimRecord) -> str:
    """Return that the plan lists a payment of the member's, made or not, that is more than the share and
    what may come on top of it; "" where it lists none, or it is in doubt what the share is."""
    stated, share = record.money.you_paid, record.money.your_share
    is_in_doubt = standing.is_contradicted(record, "you_paid", "your_share") or is_of_some_lines(share)
    if not unpaid.is_to_be_paid(record) or is_in_doubt or share.amount is None or record.is_unassigned:
        return ""  # who did not accept Medicare's price may have asked for more than the share
    most = share.amount + come_to([unpaid.on_top(record)]) + whose.asked_above(record)
    rule = Rule.of(len(record.real_lines))
    if not rule.exceeds(stated, structs.replace(share, amount=most)):
        return ""
    text = _("Your plan also lists {amount} as your payment, made or still to make: ask it which is right.")
    return text.format(amount=priced(stated))


def _below_nothing(record: ClaimRecord) -> str:
    """Return whom to ask about a share below nothing: no bill asks for it, and money may come back; "" where
    it is asked back as paid above the price."""
    is_below = (record.money.your_share.amount or 0) < 0 and paid_back(record) is None
    return _("A share below nothing: ask your plan whether it comes back to you.") if is_below else ""


def beside_parts(record: ClaimRecord) -> str:
    """Return how much of the price is left by what was paid, where that is more than the parts of a share,
    of which deductible or coinsurance were not sent, and nothing contradicts that share; "" else."""
    share, parts = record.money.your_share, (record.money.deductible, record.money.coinsurance)
    is_of_parts = share.origin.label in LISTED.values() and not all(part.is_known for part in parts)
    is_of_parts = is_of_parts and not contradictions.of(record, "your_share")
    rest = balance_of(record).sharing.gap.amount or 0
    return _left_of_price(record, None) if share.amount and is_of_parts and rest > 0 else ""


def _left_of_price(record: ClaimRecord, contradicted: Disagreement | None) -> str:
    """Return how much of the price is left by what was paid, "" where that is one of the shares, or not
    known."""
    price, paid = record.money.allowed, [record.money.plan_paid, record.money.other_payer]
    is_sure = not standing.is_contradicted(record, "allowed", "plan_paid", "other_payer")
    paid_sum = _sum_in(price.unit, paid)
    if price.amount is None or not record.money.plan_paid.is_known or not is_sure or paid_sum is None:
        return ""
    amount = price.amount - paid_sum
    left, rule = Figure(amount, price.currency), Rule.of(len(record.real_lines))
    shares = (contradicted.chosen, *contradicted.others) if contradicted else ()
    if amount <= 0 or not all(rule.differ(left, share) for share in shares):
        return ""
    text = _("What was paid leaves {amount} of the price your plan allows.")
    return text.format(amount=priced(left))


def _sum_in(unit: str, figures: Sequence[Figure]) -> Decimal | None:
    """Return what the known ones of *figures* come to; None where one is in another currency than *unit*."""
    amounts = [figure for figure in figures if figure.amount is not None]
    return None if any(figure.unit != unit for figure in amounts) else come_to(amounts)


def _of_gap(record: ClaimRecord, contradicted: Disagreement) -> str:
    """Return that the plan also sent, under an unknown name, just what two shares are apart; "" else."""
    if len(contradicted.others) != 1:
        return ""
    share, other = contradicted.chosen, contradicted.others[0]
    gap = abs((share.amount or Decimal(0)) - (other.amount or Decimal(0)))
    is_sent = any(
        element.is_amount_unheard_of and element.figure and element.figure.amount == gap
        for element in record.also_sent
        if share.unit == other.unit
    )
    return filled(_("It also sent: {amounts}."), amounts=also_sent.amounts(record)) if is_sent else ""


def _who_may_not_charge(record: ClaimRecord) -> str:
    """Return that a share is not to be paid to the provider as it stands, "" where nothing says so."""
    share = record.money.your_share
    if unpaid.is_protected(record):
        return of_protected(record)
    if second := of_second(record):
        return second
    refused = _refused(record)
    if not refused:
        return barred_in_part(record)
    text = _("Your plan counts {refused} in it that the provider normally may not charge to you.")
    sentence = called(record.kind, text).format(refused=money(refused, share.unit))
    if unpaid.is_all_paid(record):  # what is left to ask, the steps say
        return sentence
    return joined(" ", [sentence, _("Ask your plan before you pay that.")])


def _refused(record: ClaimRecord) -> Decimal:
    """Return how much of the share the plan puts on the provider."""
    share = record.money.your_share.amount or Decimal(0)
    return share - unpaid.share_to_pay(record) - unpaid.paid_of_share(record)


def _doubt(record: ClaimRecord, why: str) -> str:
    before, after = _DOUBTS[why]
    return called(record.kind, _(after if unpaid.is_all_paid(record) else before))


def of_protected(record: ClaimRecord) -> str:
    """Return that a member may not be charged, and to ask first where not all of the share was paid."""
    return _doubt(record, "protected")


def of_second(record: ClaimRecord) -> str:
    """Return whom to ask about a share of a claim that the plan had already; "" elsewhere."""
    return _doubt(record, "second") if unpaid.is_of_second(record) else ""


def barred_in_part(record: ClaimRecord) -> str:
    """Return that a part of the share may be what a reason says may not be collected, or both is and is not
    the member's; "" where none does."""
    if not record.all_reasons or not (record.money.your_share.amount or 0) > 0 or _refused(record):
        return ""
    if any(map(contradicts_itself, record.all_reasons)):
        return _(
            "A code of your plan says of a part both that it is yours and that it is not: ask your plan."
        )
    if not any(map(may_not_be_collected, record.all_reasons)) or whose.group(record) == "CO":
        return ""
    return _doubt(record, "barred")


def uninsured(record: ClaimRecord) -> str:
    """Return who is asked where a record says that nobody insures: there is no plan to ask."""
    text = called(
        record.kind, _("This record names no insurance (“{kind}”): ask the provider what is to pay.")
    )
    return filled(text, kind=codes.kind_of_payer(record.payer_kind or ""))


def _on_top(record: ClaimRecord) -> str:
    more = unpaid.on_top(record)
    if not more.is_known or contradictions.of(record, "your_share"):
        return ""
    sentence = _("The {amount} that is not covered may come on top of it.").format(amount=priced(more))
    return joined(" ", [sentence, *_agreed(record)])


def _agreed(record: ClaimRecord) -> list[str]:
    """Return that a price is agreed, of what is above it and by a reason the member's all the same."""
    if record.network != "in" or not whose.may_be_asked_above(record):
        return []
    text = _(
        "Your plan counts the provider as in its network, where the agreed price normally applies. Ask "
        "before you pay that."
    )
    return [called(record.kind, text)]


def _above_on_top(record: ClaimRecord, balance: Balance) -> str:
    """Return that what is billed above the price may come on top of the share; "" where nothing says so, or
    share and payments leave no room for it in the bill."""
    share, billed = record.money.your_share, record.money.billed
    above = balance.taken_off if balance.taken_off.is_known else record.money.discount
    names = ("your_share", "billed", "allowed", "discount", "plan_paid", "other_payer")
    is_sure = share.is_known and not standing.is_contradicted(record, *names)
    if not (is_sure and (above.amount or 0) > 0 and whose.may_be_asked_above(record)):
        return ""
    parts = _sum_in(billed.unit, [above, share, record.money.plan_paid, record.money.other_payer])
    if parts is None or parts > (billed.amount or Decimal(0)) or finer_label(record.money.discount):
        return ""
    sentence = _("The {amount} above your plan's price may come on top of it.").format(amount=priced(above))
    return joined(" ", [sentence, *_agreed(record)])


def after_emergency(record: ClaimRecord) -> list[str]:
    """Return that the law may limit what a provider outside the network asks for after an emergency, or a
    flight."""
    text = _(
        "After an emergency or a flight by air ambulance, federal rules may limit what a provider outside "
        "the network asks of you to your share inside it: ask your plan."
    )
    is_limited = standing.may_ask_more(record) and any(map(may_have_limited_bill, record.lines))
    return [text] if is_limited else []


def _told(record: ClaimRecord, balance: Balance) -> str:
    share = record.money.your_share
    if not share.is_known:
        sentence = _unheard_of(record) or also_sent.no_amount(record, "your_share")
        sentence = sentence or _("Your plan did not say what your share is.")
        return (
            joined(" ", [sentence, _("By these figures, nothing of the bill is left.")])
            if _is_all_borne(record)
            else sentence
        )
    if lines := share.origin.partial:
        text = plural("Your share, from {n} line: {share}.", "Your share, from {n} lines: {share}.", lines)
        return text.format(n=lines, share=priced(share))
    parts = _parts(record, balance)
    if not parts:
        return _("Your share is {share}.").format(share=priced(share))
    if len(parts) == 1:
        return _(_PART_ALONE[parts[0][0]]).format(share=priced(share))
    among = [_(_PART_AMONG[name]).format(amount=priced(figure)) for name, figure in parts]
    return _("Your share is {share}: {parts}.").format(share=priced(share), parts=listed(among))


def _unheard_of(record: ClaimRecord) -> str:
    """Return that the share may be among the amounts whose names we do not know; "" where there are none."""
    sent = also_sent.amounts(record)
    unknown = _("Your plan did not say what your share is under a name we know. It also sent: {amounts}.")
    return filled(unknown, amounts=sent) if sent else ""


def _is_all_borne(record: ClaimRecord) -> bool:
    """Return whether the plan's discount and payments, as stated, come to the whole bill to the cent.

    Outside the network a provider may still ask for the discount; a stated part of a share is not borne.
    """
    money_of = record.money
    if not (money_of.billed.amount and money_of.plan_paid.amount):
        return False
    parts = (money_of.deductible, money_of.copay, money_of.coinsurance, money_of.you_paid)
    if standing.may_ask_more(record) or any(part.amount for part in parts):
        return False
    names = ("billed", "discount", "plan_paid", "other_payer")
    if money_of.not_covered.amount or any(contradictions.of(record, name) for name in names):
        return False
    borne = [money_of.discount, money_of.plan_paid, money_of.other_payer]
    borne_sum = _sum_in(money_of.billed.unit, borne)
    return borne_sum is not None and in_cents(money_of.billed.amount - borne_sum) == 0


def whose_is_uncovered(record: ClaimRecord) -> str:
    """Return whether what is not covered is the member's, or that nobody says so beside a share of nothing;
    "" else."""
    return _(_UNSAID) if _is_unsaid(record) else _whose_is_told(record)


def _is_unsaid(record: ClaimRecord) -> bool:
    is_nothing = record.money.your_share.amount == 0 and not contradictions.of(record, "your_share")
    return is_nothing and not _whose_is_told(record)


def _whose_is_told(record: ClaimRecord) -> str:
    """Return whose what is not covered is, where the reasons or the share tell; "" else."""
    group = whose.group(record)
    if group == "CO" and whose.is_barred(record):
        return called(record.kind, _("The provider may not charge this to you."))
    if group in ("CO", "PR", "PI"):
        return whose_words(group, record.network, record.kind)
    if (sentence := _of_parties(record)) or contradictions.of(record, "your_share"):
        return sentence
    return _("Your plan counts none of it as yours.") if _is_stated_as_nobodys(record) else ""


def unsaid(record: ClaimRecord) -> str:
    """Return how much nobody says may be billed to the member or not, beside a share of nothing; "" for
    none."""
    uncovered = record.money.not_covered
    is_told = is_to_decide(record) or contradictions.of(record, "not_covered")
    if not uncovered.amount or is_told or not _is_unsaid(record):
        return ""
    text = _("Your plan did not say whether the {amount} that is not covered may be billed to you.")
    return text.format(amount=priced(uncovered))


def _is_stated_as_nobodys(record: ClaimRecord) -> bool:
    """Return whether the plan states a share of nothing, of the claim or of each line that has something not
    covered, and no reason gives any of that to the member, or tells of no party: without reasons such a zero
    may be filled in."""
    if record.disagreements or not record.all_reasons:
        return False
    uncovered = record.money.not_covered
    refused = [line.money for line in record.real_lines if (line.money.not_covered.amount or 0) > 0]
    is_told_by_lines = come_to(money.not_covered for money in refused) == uncovered.amount
    refusing = filter(refuses, record.all_reasons)
    is_yours = any(reason.group == "PR" or reason.kind != "adjustment" for reason in refusing)
    stated = _is_nothing_stated(record.money) or (is_told_by_lines and all(map(_is_nothing_stated, refused)))
    return stated and not is_yours


def _is_nothing_stated(money: Money) -> bool:
    """Return whether a share of nothing is stated as that, and not made of parts of nothing."""
    return money.your_share.amount == 0 and money.your_share != parts_of_share(money)


def _of_parties(record: ClaimRecord) -> str:
    """Return whose each part of what is not covered is; "" where the reasons do not tell of all of it."""
    parts = {
        group: money(amount, record.money.not_covered.unit) for group, amount in whose.parts(record).items()
    }
    sentences = []
    if "CO" in parts:
        text = _(
            "By its contract with your plan, the provider normally may not charge {amount} of it to you."
        )
        sentences.append(text.format(amount=parts["CO"]))
    if "PI" in parts:
        text = _(
            "Your plan does not count {amount} of it as yours, but no agreement binds the provider: ask your "
            "plan if you are billed for it."
        )
        sentences.append(text.format(amount=parts["PI"]))
    if "PR" in parts:
        sentences.append(_("Your plan counts {amount} of it as yours.").format(amount=parts["PR"]))
    return called(record.kind, " ".join(sentences))


def _parts(record: ClaimRecord, balance: Balance) -> list[tuple[str, Figure]]:
    """Return what the share is made of, only where the parts add up to it."""
    figures: list[tuple[str, Figure]] = [(name, getattr(record.money, name)) for name in PARTS]
    if any(check.inside == "your_share" for check in balance.checks) or is_rest_uncovered(record, balance):
        figures.append(("not_covered", record.money.not_covered))
    if balance.is_held_in_part:
        yours = structs.replace(record.money.not_covered, amount=whose.parts(record)["PR"])
        figures.append(("not_covered", yours))
    stated_parts = [(name, figure) for name, figure in figures if figure.amount]
    if any(contradictions.of(record, name) for name, _figure in stated_parts):
        return []
    share = record.money.your_share
    is_one = all(figure.unit == share.unit for _name, figure in stated_parts)
    is_all = is_one and come_to(figure for _name, figure in stated_parts) == share.amount
    return stated_parts if stated_parts and is_all else []
