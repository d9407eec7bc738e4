"""What of the share is still to pay: what was paid at the time, and what the plan sent to the member."""

from collections.abc import Iterator
from decimal import Decimal

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.excess import Excess, excess, share_above
from apps.kinds.claim.reading.reasons import sends_to_you
from apps.kinds.claim.records import ClaimRecord, Payment
from apps.kinds.claim.wording import contradictions, over_price, titles
from apps.kinds.claim.wording.balance import balance_of
from apps.kinds.claim.wording.share import after_emergency
from apps.kinds.claim.wording.to_pay import (
    WHO_WAS_PAID,
    Amounts,
    back,
    paid_above_price,
    sent_to,
    sent_to_you,
)
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import calm_name, folded_name
from apps.plain_language.language import _, said
from apps.plain_language.money import priced

_LOOK_FOR = {
    True: said(
        "A reason of your plan says that it sent the payment to the member, and it names {name} as the "
        "payee: the provider is paid from it."
    ),
    False: said(
        "A reason of your plan says that it sent the payment to you: look for it, and pay the provider from "
        "it."
    ),
}
"""What is said of a payment by whether another person is named."""
_SENT_BY_ONE = {
    (True, False): said(
        "By one figure your plan sent {sent} to {name}. If that came, it may be for the provider."
    ),
    (True, True): said(
        "By one figure your plan sent {sent} to {name}, by another {other}. If that came, it may be for the "
        "provider."
    ),
    (False, False): said(
        "By one figure your plan sent you {sent}. If you got it, it may be for the provider."
    ),
    (False, True): said(
        "By one figure your plan sent you {sent}, by another {other}. If you got it, it may be for the "
        "provider."
    ),
}
"""What is said by whether another person is named, and whether several figures say what was sent."""
_SENT_BY_FIGURES = {
    True: said(
        "Your plan's figures say that it sent {sent} to {name}, and its other data says otherwise. If that "
        "came, it may be for the provider."
    ),
    False: said(
        "Your plan's figures say that it sent you {sent}, and its other data says otherwise. If you got it, "
        "it may be for the provider."
    ),
}
_PASSED_ON = {
    (True, True): said("Your plan sent {sent} to {name}. It goes on to the provider."),
    (True, False): said(
        "Your plan sent {sent} to {name}. It goes on to the provider, unless it was paid already."
    ),
    (False, True): said("Your plan sent {sent} to you. Pass it on."),
    (False, False): said("Your plan sent {sent} to you. Pass it on, unless you paid the provider already."),
}
"""What is said by whether another person is named, and whether something was paid."""


_OF_TYPE = {
    "you": said(
        "Your plan says that the member is paid, but names {name}: ask your plan who got the payment."
    ),
    "provider": said(
        "Your plan says that the provider is paid, but names {name}: ask your plan who got the payment."
    ),
}
"""What is said by whom a payee's type names, where its party is another."""


def sentences(record: ClaimRecord, amounts: Amounts | None) -> list[str]:
    """Return what the member does with money from the plan, and what is left of the share by *amounts*; []
    for nothing."""
    look = _(_LOOK_FOR[bool(sent_to(record))]).format(name=sent_to(record))
    looked_for = [sent_nothing(record) or look] if _is_looked_for(record) else []
    over = paid_above_price(record, amounts)
    above = []
    if over and not over_price.above_and_paid(record, share_above(record)):
        above = [over_price.when_paid(record, over)]
    left = _of_amounts(record, amounts, over)
    sentences_told = [*looked_for, *_in_doubt(record), *_sent_in_doubt(record), *left, *above]
    return [*_payee_to_ask_about(record), *(called(record.kind, text) for text in sentences_told)]


def _is_looked_for(record: ClaimRecord) -> bool:
    is_sent = any(map(sends_to_you, record.all_reasons)) and not record.is_paid_back
    return is_sent and not sent_to_you(record).amount


def sent_nothing(record: ClaimRecord) -> str:
    """Return that a reason sends a payment to the member which by the plan's figures is nothing; "" else."""
    is_nothing = record.money.plan_paid.amount == 0 and not standing.is_contradicted(record, *WHO_WAS_PAID)
    return (
        _(
            "A reason of your plan says that its payment went to you or the person responsible, but by its "
            "figures it paid nothing: ask it what it sent."
        )
        if is_nothing and _is_looked_for(record)
        else ""
    )


def unknown_payee(record: ClaimRecord) -> str:
    """Return whom the plan names as paid, where nothing says whether that is who bills or the member; ""
    elsewhere."""
    paid, to = record.money.plan_paid, record.payment.to if record.payment else None
    names = [record.provider, record.facility, record.patient, *(who.name for who in titles.treating(record))]
    words = set(folded_name(record.payee or "").split())
    is_known = any(words <= set(folded_name(name).split()) for name in names if name)
    is_other = titles.is_named(record.payee or "") and titles.biller(record) and not is_known
    is_unknown = not to and is_other and (paid.amount or 0) > 0
    return calm_name(record.payee or "") if is_unknown else ""


def _payee_to_ask_about(record: ClaimRecord) -> list[str]:
    paid, name = record.payment or Payment(), unknown_payee(record)
    if paid.by_payee and not paid.to and titles.is_payee_in_doubt(record):
        another = calm_name(record.payee or "") if titles.is_named(record.payee or "") else _("another")
        return [called(record.kind, _(_OF_TYPE[paid.by_payee])).format(name=another)]
    text = _(
        "Your plan names {name} as who is paid, and does not say whether that is the provider or you: ask "
        "your plan who got the payment."
    )
    return [called(record.kind, text).format(name=name)] if name else []


def to_ask(record: ClaimRecord, amounts: Amounts | None) -> str:
    """Return why to ask before anybody pays: the share, with what was paid, is above the price; "" else."""
    if (above := share_above(record)) is not None:
        return over_price.above_the_price(record, above)
    over = excess(record)
    if amounts is None or over is None or amounts.due <= 0:
        return ""
    return over_price.before_paying(over, amounts.words(amounts.due), is_sent=bool(amounts.sent))


def _sent_in_doubt(record: ClaimRecord) -> list[str]:
    """Return that some figure says the plan sent money to the member, where figures on that disagree."""
    contradicted = contradictions.of(record, "paid_to_you")
    is_doubted = standing.is_contradicted(record, *WHO_WAS_PAID) or titles.is_told_otherwise(record)
    if not is_doubted or record.is_paid_back:
        return []
    figures = [record.money.paid_to_you, *(contradicted.others if contradicted else ())]
    name, sent = sent_to(record), [figure for figure in figures if figure.is_known]
    if not any((figure.amount or 0) > 0 for figure in figures):
        return []
    is_of_figures = standing.is_contradicted(record, *WHO_WAS_PAID)
    texts = _SENT_BY_ONE[bool(name), len(sent) > 1] if is_of_figures else _SENT_BY_FIGURES[bool(name)]
    other, text = contradictions.one_of(sent[1:] or sent), _(texts)
    return [text.format(sent=priced(sent[0]), other=other, name=name)]


def _in_doubt(record: ClaimRecord) -> list[str]:
    """Return that figures disagree on what the member paid, where the share does not say so of the same."""
    paid, of_share = contradictions.of(record, "you_paid"), contradictions.of(record, "your_share")
    if paid is None or (of_share and of_share.chosen == paid.chosen):
        return []
    return [contradictions.lead(paid, record)]


def _of_amounts(record: ClaimRecord, amounts: Amounts | None, over: Excess | None) -> list[str]:
    sent = sent_to_you(record)
    if amounts is None:
        passed = [passed_on(priced(sent), sent_to(record), is_paid=False)] if sent.amount else []
        return [*passed, *([] if over else _listed_as_paid(record))]
    if sent.amount and amounts.paid < amounts.share + amounts.sent:
        return [*_pass_it_on(amounts)]
    return [_kept(record, amounts)] if sent.amount else _paid(record, amounts)


def _listed_as_paid(record: ClaimRecord) -> list[str]:
    """Return what the member is listed as having paid beside a share that is not sure; whether it is more."""
    paid, contradicted = unpaid.paid_by_you(record), contradictions.of(record, "your_share")
    stated = record.money.your_share
    is_beside = not stated.is_known or paid.unit == stated.unit
    if not (paid.amount or 0) > 0 or not is_beside or stated == paid:
        return []
    # What is not covered may be the member's too.
    shares = [stated, *(contradicted.others if contradicted else ())]
    is_more = all(
        share.amount is not None and share.unit == paid.unit and (paid.amount or 0) > share.amount
        for share in shares
    )
    text = (
        _("Your plan says that you paid {paid} already, more than any figure for your share: ask why.")
        if is_more and contradicted
        else _("Your plan says that you paid {paid} already.")
    )
    return [text.format(paid=priced(paid))]


def asked(record: ClaimRecord, amounts: Amounts | None) -> str:
    """Return what a bill for this claim may ask for by *amounts*, "" where the plan's figures do not tell."""
    if amounts is None:
        return ""
    more = [*besides(record, amounts)]
    sentence = _may_ask(amounts, is_all=not more and not amounts.may_be_more and _closes(record))
    return called(record.kind, " ".join([f"{sentence.removesuffix('.')}.", *more]) if more else sentence)


def unaccepted() -> str:
    """Return that a provider may ask for more than Medicare's price, which it did not accept."""
    return _("This provider did not accept Medicare's price: more may come on top. Ask Medicare how much.")


def besides(record: ClaimRecord, amounts: Amounts) -> Iterator[str]:
    """Yield what the provider may ask for on top of what is due by *amounts*."""
    if (on_top := amounts.on_top + min(amounts.due, Decimal(0))) > 0:
        yield _("The {amount} that is not covered may come on top.").format(amount=amounts.words(on_top))
    if amounts.is_more_asked and unpaid.may_ask_above_price(record):
        yield unaccepted()
    elif amounts.is_more_asked and (billed := _above(record)):
        text = (
            _("Outside the network the provider may ask for more, up to the {billed} billed. Ask first.")
            if standing.may_ask_more(record)
            else _("The provider may ask for more, up to the {billed} billed. Ask first.")
        )
        yield text.format(billed=billed)
        yield from after_emergency(record)
    elif whose.is_above_yours(record):
        yield from after_emergency(record)


def _may_ask(amounts: Amounts, *, is_all: bool) -> str:
    due, paid = amounts.words(amounts.due), amounts.words(amounts.paid)
    if amounts.sent and amounts.is_too_much:
        return " ".join(_pass_it_on(amounts))
    if amounts.due <= 0 and (amounts.paid or amounts.sent):
        return (
            _("It should ask for nothing: you paid your share already.")
            if is_all
            else _("You paid your share already.")
        )
    if amounts.sent:
        text = (
            _("{due}: your share, and the {sent} that your plan sent to {name}.")
            if amounts.to_name
            else _("{due}: your share, and the {sent} that your plan sent to you.")
        )
        sentence = text.format(due=due, sent=amounts.words(amounts.sent), name=amounts.to_name)
        less = _("The {paid} that you paid already is taken off.").format(paid=paid)
        return " ".join([sentence, *([less] if amounts.paid else []), *_not_sent(amounts)])
    if amounts.paid:
        sentence = (
            _("{left}. {paid} of your share was paid from your health account.")
            if amounts.is_of_account
            else _("{left}. You paid {paid} of your share already.")
        )
        return sentence.format(left=due, paid=paid)
    if amounts.refused:
        text = _("{left}, without the {refused} that the provider normally may not charge to you.")
        return text.format(left=due, refused=amounts.words(amounts.refused))
    return due


def _not_sent(amounts: Amounts) -> Iterator[str]:
    """Yield what of the plan's payment was not sent to the member, and may be asked for too."""
    if amounts.is_part:
        yield _("The rest of its payment may come on top.")
    elif amounts.withheld:
        text = _("The {kept} that your plan kept may come on top.")
        yield text.format(kept=amounts.words(amounts.withheld))


def _above(record: ClaimRecord) -> str:
    """Return what was billed where it is more than the plan allows, "" elsewhere."""
    billed, allowed = record.money.billed, record.money.allowed
    if billed.amount is None or allowed.amount is None or billed.unit != allowed.unit:
        return ""
    is_sure = not standing.is_contradicted(record, "billed", "allowed")
    return priced(billed) if is_sure and billed.amount > allowed.amount else ""


def _pass_it_on(amounts: Amounts) -> list[str]:
    sentences = [passed_on(amounts.words(amounts.sent), amounts.to_name, is_paid=bool(amounts.paid))]
    if amounts.paid > amounts.share and not amounts.is_above_price:
        text = (
            _(
                "Your plan sent {sent} to {name}. You had paid {paid} already: {due} of what it sent is the "
                "provider's."
            )
            if amounts.to_name
            else _("Your plan sent {sent} to you. You had paid {paid} already: pass on {due} of it.")
        )
        sent, paid, due = map(amounts.words, (amounts.sent, amounts.paid, amounts.due))
        sentences = [text.format(sent=sent, paid=paid, due=due, name=amounts.to_name)]
    elif amounts.share and not amounts.is_above_price:
        # "Yours" it is not called: none of what was sent is to be kept.
        share = amounts.words(amounts.share)
        sentences.append(_("Your share of {share} comes on top.").format(share=share))
    if amounts.paid and (amounts.paid <= amounts.share or amounts.is_above_price):
        sentences.append(_("You paid {paid} already.").format(paid=amounts.words(amounts.paid)))
    if amounts.is_above_price:
        return sentences
    if amounts.is_part or amounts.withheld:
        text = (
            _("The provider may ask for {due}, and for the rest of your plan's payment.")
            if amounts.is_part
            else _("The provider may ask for {due}, and for the {kept} that your plan kept.")
        )
        kept = amounts.words(amounts.withheld)
        return [*sentences, text.format(due=amounts.words(amounts.due), kept=kept)]
    in_all = (
        said("The provider may ask for {due} in all, and perhaps for more.")
        if amounts.is_more_asked
        else said("The provider may ask for {due} in all.")
    )
    return [*sentences, _(in_all).format(due=amounts.words(amounts.due))]


def passed_on(sent: str, name: str, *, is_paid: bool) -> str:
    """Return to whom the plan sent it, and that the provider is to have it; another person is named."""
    return _(_PASSED_ON[bool(name), is_paid]).format(sent=sent, name=name)


def _kept(record: ClaimRecord, amounts: Amounts) -> str:
    text = (
        _("Your plan sent {sent} to {name}. You had paid {paid} already.")
        if amounts.to_name
        else _("Your plan sent {sent} to you. You had paid {paid} already, so it is yours to keep.")
    )
    sent, paid = amounts.words(amounts.sent), amounts.words(amounts.paid)
    sentence = text.format(sent=sent, paid=paid, name=amounts.to_name)
    more = back(record)
    if more is None:
        return sentence
    too_much = _("By your plan's figures you paid {more} too much.").format(more=amounts.words(more.amount))
    return f"{sentence} {too_much}"


def _paid(record: ClaimRecord, amounts: Amounts) -> list[str]:
    if not amounts.paid:
        return []
    paid = amounts.words(amounts.paid)
    if amounts.due > 0 and to_ask(record, amounts):  # of which figure of the share is left, nobody knows then
        return [_("You paid {paid} of your share already.").format(paid=paid)]
    if amounts.due > 0:
        sentence = (
            _("{paid} of it was paid from your health account. {left} is left.")
            if amounts.is_of_account
            else _("You paid {paid} of it already. {left} is left.")
        )
        return [sentence.format(paid=paid, left=amounts.words(amounts.due))]
    if amounts.due < 0:
        return [_paid_more(record, amounts)]
    if amounts.by_others and record.money.plan_paid.is_known:
        text = _("Of it, others paid {others} and you paid {paid}.")
        sentence = text.format(others=amounts.words(amounts.by_others), paid=paid)
        is_all = not may_be_asked(record, amounts)
    elif over_price.above_and_paid(record, share_above(record)):
        return []
    else:
        sentence, is_all = _("Already paid."), _closes(record) and not may_be_asked(record, amounts)
    return [sentence, _("Nothing left.")] if is_all else [sentence]


def _paid_more(record: ClaimRecord, amounts: Amounts) -> str:
    """Return that more than the share was paid, and whether that is what may come on top of it."""
    more, top = -amounts.due, amounts.on_top + amounts.above
    text = said("You paid {paid} already, which is {more} more than your share.")
    if amounts.is_top_paid:
        more -= top
        text = (
            said(
                "You paid {paid} already: your share, {top} that may be yours too, and {more} more than that."
            )
            if more
            else said("You paid {paid} already: your share, and {top} that may be yours too.")
        )
    elif amounts.refused or unpaid.is_protected(record):  # the stated share holds it
        text = said("You paid {paid} already, which is {more} more than your share without that.")
    paid, more_words, top_words = map(amounts.words, (amounts.paid, more, top))
    return _(text).format(paid=paid, more=more_words, top=top_words)


def _closes(record: ClaimRecord) -> bool:
    """Return whether figures tell that nothing is left: what nobody bears by them may still be asked for."""
    balance = balance_of(record)
    is_by_price = balance.billing.outcome == "unknown" and balance.sharing.is_fine
    return not record.disagreements and (balance.adds_up or is_by_price)


def may_be_asked(record: ClaimRecord, amounts: Amounts | None) -> bool:
    """Return whether more than what is due by the share may be asked for."""
    return amounts is not None and (amounts.may_be_more or any(besides(record, amounts)))
