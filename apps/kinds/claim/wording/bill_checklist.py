"""What a member compares with a bill that came: from whom, of when, for what, how much, and what was paid."""

from collections.abc import Iterator

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.excess import share_above
from apps.kinds.claim.reading.contradictions import PARTS
from apps.kinds.claim.records import ClaimRecord, Coded, Disagreement, Line
from apps.kinds.claim.wording import (
    also_sent,
    codes,
    contradictions,
    left_to_pay,
    lines,
    next_steps,
    over_price,
    titles,
    to_pay,
)
from apps.kinds.claim.wording import share as share_words
from apps.kinds.claim.wording.denials import names_first_payer
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import filled, joined, listed

_WHO_WAS_PAID = said(
    "Your plan's data differs on who was paid: if not the provider, the bill may ask for that too. Ask first."
)
_UNKNOWN_PAYEE = said(
    "If {name}, whom your plan names as paid, is not the provider, the bill may ask for that too. Ask first."
)
_PAID_BOTH = said(
    "Your plan paid the provider and you, and does not say how much each: what came to you may be for the "
    "provider. Ask your plan how much that is."
)
_MOST_NAMES = 5
"""How many services the checklist names; a hospital stay has hundreds of lines."""


def checklist(record: ClaimRecord) -> tuple[tuple[str, str, str], ...]:
    """Return what to compare with a bill: the name of its box, a question, and what this claim says."""
    return (
        ("provider", called(record.kind, _("Is it from the same provider?")), _provider(record)),
        ("date", _("Is it for the same date?"), _days(record)),
        ("services", *_services(record)),
        ("share", _("Does it ask for your share, and no more?"), _asked(record)),
        ("paid", _("Did you pay something already?"), _paid(record)),
    )


def _provider(record: ClaimRecord) -> str:
    """Return who may send the bill: who gave the care, and another whom the plan paid for it."""
    provider = titles.who_billed(record)
    if (payee := titles.other_payee(record)) and titles.is_named(payee):
        text = _("{provider}. A bill may come from {payee}, whom your plan paid.")
        return text.format(provider=provider, payee=payee)
    if not provider and standing.is_uninsured(record):
        return _("This record does not say who it was.")
    return provider or _("Your plan did not say who it was.")


def _paid(record: ClaimRecord) -> str:
    """Return what the member paid by the plan's data."""
    paid = unpaid.paid_by_you(record)
    if standing.is_uninsured(record) and not paid.amount:
        return _("This record does not say. Look for your receipts.")
    if paid.amount == 0:
        return _("Your plan knows of no payment of yours. Look for your receipts.")
    if paid.is_known:
        text = _("Your plan states {paid}: with a minus it may have come back to you. Ask your plan.")
        return text.format(paid=priced(paid)) if (paid.amount or 0) < 0 else priced(paid)
    if above := share_words.payment_above(record):
        return above
    contradicted = contradictions.of(record, "you_paid")
    every = (record.money.you_paid, *(contradicted.others if contradicted else ()))
    if any(figure.amount for figure in every):
        text = _("Your plan lists {amount} as your payment, made or still to make. Look for your receipts.")
        return text.format(amount=listed(list(dict.fromkeys(map(priced, every)))))
    return _("Your plan did not say. Look for your receipts.")


def _asked(record: ClaimRecord) -> str:
    """Return what the bill may ask for; of a share that a line and one added in its place differ on, both."""
    sentence, added = _may_ask(record), contradictions.of_lines(record, ("your_share", *PARTS))
    if not added:
        return sentence
    ended = sentence if sentence.endswith(".") else joined("", [sentence, "."])
    return joined(" ", [ended, *added, _("Ask your plan before you pay.")])


def _days(record: ClaimRecord) -> str:
    days, apart = titles.every_day(record), contradictions.of_dates(record)
    return f"{days}. {apart}" if apart else days


def _may_ask(record: ClaimRecord) -> str:
    share, contradicted = record.money.your_share, contradictions.of(record, "your_share")
    if standing.is_uninsured(record):
        return share_words.uninsured(record)
    if standing.sends_only_zeros(record):
        return _("Your plan sent zeros for it. Ask it before you pay.")
    if contradicted or not share.is_known:
        more = left_to_pay.unaccepted() if unpaid.may_ask_above_price(record) else ""
        first = _("Your plan says that another payer comes first.") if names_first_payer(record) else ""
        return joined(" ", [text for text in (_not_told(record, contradicted), first, more) if text])
    if unpaid.is_protected(record):
        return _of_protected(record)
    if (share.amount or 0) < 0:
        text = _("Your plan states {share}, which takes something back. Ask it before you pay.")
    elif share.origin.partial:
        text = _("{share} for a part of it. Your plan did not say what the rest is. Ask it before you pay.")
    else:
        return _as_it_stands(record)
    return text.format(share=priced(share))


def _of_protected(record: ClaimRecord) -> str:
    """Return that the share may not be charged, and that what the plan sent to the member is for the provider
    all the same."""
    sentence, sent = share_words.of_protected(record), to_pay.to_pass_on(record)
    if not sent.amount:
        return sentence
    is_paid = bool(unpaid.paid_by_you(record).amount)
    passed = left_to_pay.passed_on(priced(sent), to_pay.sent_to(record), is_paid=is_paid)
    return joined(" ", [sentence, called(record.kind, passed)])


def _as_it_stands(record: ClaimRecord) -> str:
    """Return what a bill may ask for, with what makes that doubtful: more than was billed, or not final."""
    share = priced(record.money.your_share)
    amounts = to_pay.amounts_of(record)
    above, sentence = left_to_pay.to_ask(record, amounts), left_to_pay.asked(record, amounts) or share
    if sentence != share and share_above(record):
        # Behind another amount "that" would be the wrong one.
        sentence, above = (share, above) if to_pay.due(record) is None else (sentence, "")
    second, others = share_words.of_second(record), doubts(record)
    every = [doubt for doubt in (above or _apart(record), second, *others, _open_yet(record)) if doubt]
    return joined(" ", [f"{sentence.removesuffix('.')}.", *every]) if every else sentence


def doubts(record: ClaimRecord) -> Iterator[str]:
    """Yield why to ask before a share is paid that is known: it may be refused, a part of it may not be the
    member's, or what the plan paid may be asked for on top."""
    yield from next_steps.refused_but_paid(record)
    if to_pay.due(record) and (of_lines := lines.shares_note(record)):
        yield of_lines
    if unpaid.apart(record) == "other_payer" and to_pay.due(record):
        yield _("Your plan says that another payer comes first: ask before you pay.")
    sentences = (
        share_words.barred_in_part(record),
        share_words.unsaid(record),
        share_words.beside_parts(record),
    )
    yield from filter(None, sentences)
    if nothing := left_to_pay.sent_nothing(record):
        yield nothing
    elif titles.is_payee_in_doubt(record):
        yield called(record.kind, _(_WHO_WAS_PAID))
    elif name := left_to_pay.unknown_payee(record):
        yield called(record.kind, _(_UNKNOWN_PAYEE)).format(name=name)
    elif record.payment and record.payment.to == "both" and not _is_split(record):
        yield called(record.kind, _(_PAID_BOTH))


def _is_split(record: ClaimRecord) -> bool:
    """Return whether the plan says how much of its payment came to the member, or paid nothing."""
    return to_pay.sent_to_you(record).is_known or not (record.money.plan_paid.amount or 0) > 0


def _apart(record: ClaimRecord) -> str:
    """Return that other figures of the claim than the share disagree, so that no bill can be held against it;
    "" where nothing is left to pay."""
    is_told = contradictions.of_lines(record, ("your_share", *PARTS))
    if not record.disagreements or is_told or to_pay.due(record) == 0:
        return ""
    return _("Other figures of this claim do not agree. Ask your plan before you pay.")


def _not_told(record: ClaimRecord, contradicted: Disagreement | None) -> str:
    """Return that nobody can say what the bill may ask for, and what there is instead."""
    if contradicted:
        over = share_above(record)
        text = (
            _("{share}: the figures do not agree.")
            if over
            else _("{share}: the figures do not agree. Ask your plan before you pay.")
        )
        sentence = text.format(share=contradictions.every(contradicted))
        return joined(" ", [sentence, over_price.above_the_price(record, over)]) if over else sentence
    if sent := also_sent.amounts(record):
        return filled(
            _("No share under a name we know, but {amounts}. Ask your plan before you pay."), amounts=sent
        )
    sentence = _("Your plan did not say. Ask it before you pay.")
    return joined(" ", [sentence, _open_yet(record)]) if not unpaid.is_final(record) else sentence


def _open_yet(record: ClaimRecord) -> str:
    return "" if unpaid.is_final(record) else _("This is not final: it may still change.")


def _services(record: ClaimRecord) -> tuple[str, str]:
    if record.kind == "pharmacy" and record.drug and record.drug.what != Coded():
        return _("Is it for this drug?"), titles.drug_name(codes.of_drug(record.drug))
    services = [line for line in lines.real(record) if line.what.code or line.what.words]
    done = [line for line in services if not line.is_diagnosis] or services
    bare = [line.what for line in done if _is_bare_charge(line.what)]
    charges = list(dict.fromkeys(what.code for what in bare if what.code))
    if len(charges) > 1:
        done = [line for line in done if not _is_bare_charge(line.what)]
    names = list(dict.fromkeys(lines.name(line.what, line.place) for line in done))
    if len(names) > 1:
        names = list(dict.fromkeys(map(_service, done)))
    procedures = (titles.short(codes.official_words(sent.what), 45) for sent in record.procedures)
    names = list(dict.fromkeys([*filter(None, procedures), *names]))
    asked = also_sent.first_of(names, _MOST_NAMES)
    if len(charges) > 1:
        text = (
            _("other hospital charges (revenue codes {codes})")
            if names
            else _("Charges with revenue codes {codes}")
        )
        asked.append(text.format(codes=listed(also_sent.first_of(charges, _MOST_NAMES))))
    return _("Did you get these services?"), listed(asked) if asked else titles.kind_words(record)


def _is_bare_charge(what: Coded) -> bool:
    """Whether a charge has nothing but its code: several are one name with their codes."""
    return what.system == "revenue code" and lines.name(what) == codes.kind_of_code(what)


def _service(line: Line) -> str:
    """Return a name of a service among others, cut where it is long: not before a code, which tells it from
    them."""
    name = lines.name(line.what, line.place)
    return name if name == codes.kind_of_code(line.what) else titles.short(name, 45)
