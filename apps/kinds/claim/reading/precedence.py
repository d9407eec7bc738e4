"""The money story of a whole claim: which of a plan's figures is shown, which disagree (facts 3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec import structs

from apps.kinds.claim.reading import money, other_shares
from apps.kinds.claim.reading.added import Exchange, of_exchanges, with_exchanged, without_zeros
from apps.kinds.claim.reading.concepts import TO_BE_PAID, TOTAL_OF, Place
from apps.kinds.claim.reading.contradictions import OFF, PARTS, Judged, Rule, is_discount, of_one_place
from apps.kinds.claim.reading.figures import (
    add,
    agreeing,
    is_after_change,
    is_of_some_lines,
    paid_out,
    paths,
    same,
)
from apps.kinds.claim.reading.lines import of_line, share_of_lines
from apps.kinds.claim.reading.money import PAID_TO, Book, over_priced
from apps.kinds.claim.reading.price import reduction
from apps.kinds.claim.records import NOT_SHARED, Detail, Disagreement, Figure, Money

COMPARED = (
    *("billed", "allowed", "discount", "not_covered", "other_payer", "deductible", "copay", "coinsurance"),
    *("you_paid", "paid_to_provider", "paid_to_you"),
)
_OF_BILL = {"billed", "drug_cost", "plan_paid", "not_covered"}
_BORNE = ("plan_paid", "paid_to_provider", "paid_to_you", "other_payer", "liability", *PARTS)
"""What of a price somebody bore: lines that state some of it split the price, and their zeros tell."""


class Story(NamedTuple):
    """The figures shown, what stands behind "more details", and what disagrees."""

    money: Money
    details: tuple[Detail, ...]
    disagreements: tuple[Disagreement, ...]


def story(
    book: Book, shares: Sequence[Figure], exchanges: Sequence[Exchange] = (), *, is_drug: bool
) -> Story:
    """Choose every figure of the claim.

    *shares* is what each real line says of the member's share, *exchanges* are lines that the plan added in
    place of others that have amounts too; *is_drug* for pharmacy claims. What the header states twice under
    one name are parts where bill, price and share add up with both; of what the member paid no sum tells it.
    """
    story_told = _story(book, shares, exchanges, is_drug=is_drug)
    if not story_told.disagreements or (with_parts := book.with_repeats_added()) is book:
        return story_told
    other, rule = _story(with_parts, shares, exchanges, is_drug=is_drug), Rule.of(len(shares))
    is_whole = all(against.concept == "you_paid" for against in other.disagreements)
    is_told = other.money.bill == story_told.money.bill or rule.tells_bill(other.money)
    if not (is_whole and is_told and rule.adds_up(other.money)):
        return story_told
    are_added = any(getattr(other.money, part) != getattr(story_told.money, part) for part in PARTS)
    is_share = rule.is_sum(other.money.your_share, [getattr(other.money, part) for part in PARTS])
    return story_told if are_added and not is_share else other


def _story(book: Book, shares: Sequence[Figure], exchanges: Sequence[Exchange], *, is_drug: bool) -> Story:
    books = [book]
    if exchanges:
        books.append(book.with_lines(with_exchanged(book.each_line, exchanges)))
    # Most concepts are stated nowhere: only the others are looked at closely.
    stated = set[str]().union(*book.header, *(of_book.lines for of_book in books))
    rule = Rule.of(len(shares))
    of_blood = other_shares.blood_of_header(book) if book.is_cms else NOT_SHARED
    figures = dict.fromkeys(money.CONCEPTS, NOT_SHARED)
    disagreements: list[Disagreement] = []
    for concept in money.CONCEPTS:
        if concept in stated:
            figures[concept], against = _judged(books, concept, rule, of_blood, is_drug=is_drug)
            disagreements += against
    figures["plan_paid"], about_paid = rule.judged("plan_paid", _plan_paid(books, rule, is_drug=is_drug))
    shown = Money(**figures | (_parts_of_lines(book, figures) if book.each_line else {}))
    with_blood = other_shares.also_with_blood(disagreements, of_blood) if of_blood.is_known else disagreements
    others = other_shares.of_parts(shown, with_blood) if disagreements else []
    also_paid = [
        other for against in disagreements if against.concept == "you_paid" for other in against.others
    ]
    parts = other_shares.parts_together(shown, others, disagreements)
    if shares:
        others += other_shares.of_lines_again(book, shares, is_drug=is_drug)
    by_lines = share_of_lines(shares) if shares else NOT_SHARED
    sides = [by_lines, *others], also_paid
    share, about_share = _your_share(books, shown, parts, sides, rule, is_drug=is_drug)
    shown = structs.replace(shown, your_share=share)
    disagreements += (*about_paid, *about_share)
    doubted = {disagreement.concept for disagreement in disagreements}
    if shown.not_covered.amount and not (exchanges or doubted & _OF_BILL):
        disagreements += rule.above_bill(shown)
    if exchanges:
        others_told = [name for name in (*COMPARED, "plan_paid", "your_share") if name not in doubted]
        of_added = of_exchanges(exchanges, shown, others_told, rule)
        shown = without_zeros(shown, of_added)
        disagreements += of_added
    elif (
        disagreements
        or not book.lines.keys().isdisjoint(OFF)
        or (shown.not_covered.amount and is_discount(shown.not_covered, shown))
    ):
        shown, disagreements = of_one_place(book, shown, disagreements, by_lines, rule)
    shown = structs.replace(shown, reduction=reduction(shown))
    more = _details(book, shown, [concept for concept in COMPARED if concept in stated])
    shown, left = _left_over(book, shown, more, disagreements)
    return Story(shown, (*more, *left), tuple(disagreements))


def _details(book: Book, shown: Money, compared: Iterable[str]) -> list[Detail]:
    """Return what the header sends besides: alternatives, amounts in addition, the change of the payment."""
    more = [detail for choices in book.header for detail in money.details(choices)]
    if [choice for choices in book.header for choice in choices.values() if choice.is_extra]:
        more += [extra for concept in compared for extra in _extras(book, concept, getattr(shown, concept))]
    if (source := shown.deductible.source) and " + " in source.path:
        more += other_shares.each_added(book, source)
    if book.adjustment.is_known:
        more.append(Detail("Change of the payment", book.adjustment))
    return more


def _left_over(
    book: Book, shown: Money, details: Iterable[Detail], disagreements: Iterable[Disagreement]
) -> tuple[Money, list[Detail]]:
    """Return the figures with who else states the same, and the header's amounts told nowhere so far."""
    figures_told = [*structs.astuple(shown), *(detail.figure for detail in details)]
    figures_told += [
        figure for disagreement in disagreements for figure in (disagreement.chosen, *disagreement.others)
    ]
    places = paths(figures_told)
    paid = [("plan_paid", book.payment)]
    for choices in book.header:
        paid += [
            ("your_share" if concept == "liability" else concept, choice.figure)
            for concept, choice in choices.items()
        ]
    more = []
    for concept, figure in paid:
        if figure.source is None or figure.source.path in places or places.issuperset(paths([figure])):
            continue
        first: Figure = getattr(shown, concept)
        if first.is_known and same(figure, first):
            shown = structs.replace(shown, **{concept: agreeing(first, [figure])})
        else:
            more.append(Detail(figure.source.label, figure))
    return shown, more


def header(book: Book, concept: str) -> Figure:
    """Return total, else header adjudication, else benefitBalance (Medicare), else the sum of the lines.

    What only comes in addition (the deductible for blood) does not stand for what another place has whole.
    """
    stated = [
        choice for choices in book.header if (choice := choices.get(concept)) and choice.figure.is_known
    ]
    whole = [choice for choice in stated if not choice.is_extra]
    return (whole or stated)[0].figure if stated else book.over_lines(concept)


def _judged(books: Sequence[Book], concept: str, rule: Rule, of_blood: Figure, *, is_drug: bool) -> Judged:
    """Return the figure of a concept, and where places or lines state another amount.

    *books* are the claim with its lines as sent and, where the plan added some in place of
    others, with those; *of_blood* is what the head states of the deductible for blood.
    """
    book = books[0]
    first = header(book, concept)
    if not first.is_known:
        first = books[-1].over_lines(concept)
    if concept not in COMPARED:
        return Judged(first)
    if is_drug and concept == "other_payer" and (of_others := _others_of_drug(book, first)).is_known:
        is_apart = rule.differ(_of_same_kind(of_others, first), first)
        return Judged(of_others, rule.against(concept, of_others, [first]) if is_apart else ())
    # What only comes in addition cannot be compared with other places.
    by_place = [
        choice.figure for choices in book.header if (choice := choices.get(concept)) and not choice.is_extra
    ]
    of_blood = of_blood if concept == "deductible" and by_place else NOT_SHARED
    if of_blood.amount is not None:
        by_place = [other_shares.without_blood(book, figure) for figure in by_place]
        first = other_shares.with_blood(by_place[0], of_blood)
    if concept in book.repeated:
        by_place += other_shares.again_in_header(book, concept, rule)
    by_lines = _by_lines(book, concept, first, rule)
    if len(books) > 1:
        by_lines += _by_added(books, concept, first, rule)
    if of_blood.amount is None:
        return rule.judged(concept, [first, *by_place, *by_lines])
    if not any(rule.differ(figure, by_place[0]) for figure in by_place):
        return rule.judged(concept, [first, *by_lines])
    judged = rule.judged(concept, [*by_place, *by_lines])
    return judged._replace(figure=other_shares.with_blood(judged.figure, of_blood))


def _others_of_drug(book: Book, stated: Figure) -> Figure:
    """Return what several others paid for a drug: the total names one of them, its lines name the rest."""
    by_lines = book.over_lines("other_payer")
    if stated is by_lines or "plro" not in (by_lines.origin.code or ""):
        return NOT_SHARED
    return add([stated, by_lines], "") if book.adds_by_lines("other_payer") else by_lines


def _of_same_kind(of_lines: Figure, stated: Figure) -> Figure:
    """Return what lines, added up under several of Medicare's names, come to under that of a total."""
    name_of_total = stated.origin.code or ""
    names = (of_lines.origin.code or "").split(" + ")
    amounts_by_name = zip(names, of_lines.origin.added, strict=False)
    amounts = (amount for name, amount in amounts_by_name if TOTAL_OF.get(name, name) == name_of_total)
    return structs.replace(of_lines, amount=next(amounts, None))


def _by_added(books: Sequence[Book], concept: str, stated: Figure, rule: Rule) -> list[Figure]:
    """Return the same of the lines with added ones; nothing in place of an amount contradicts it too."""
    sent, added = books[0].over_lines(concept), books[1].over_lines(concept)
    by_lines = _by_lines(books[1], concept, stated, rule)
    return [*by_lines, added] if sent.amount and added.is_known and not added.amount else by_lines


def _by_lines(book: Book, concept: str, stated: Figure, rule: Rule) -> list[Figure]:
    """Return what the lines say where it is not what is stated; where they leave gaps, only what is more.

    Lines that state it in several ways agree with what is stated where one of the ways does. Zeros under a
    head that is none contradict it only where the lines tell who bore the price at all: else the plan did not
    split it.
    """
    whole, is_repeated = book.over_lines(concept), concept in book.repeated
    if is_repeated and (by_reason := other_shares.of_reasons(book.each_line, concept)):
        return [whole, *(book.ways_over_lines(concept) or by_reason)]
    if stated.amount is None:
        return [whole]
    # Less than what was billed a total of lines may be, after a discount.
    is_net = concept == "billed" and book.net is not NOT_SHARED and rule.exceeds(book.net, stated)
    nets = [book.net] if is_net else []
    if stated is whole:
        again = other_shares.of_same_name(book.only_line, concept) if is_repeated else []
        return [*nets, *again]
    ways = book.ways_over_lines(concept) or [whole]
    is_told = whole.is_known and not is_of_some_lines(whole)  # by payees a line may tell all and name one
    is_silent = not is_told and any(concept not in line for line in book.each_line)
    apart = rule.exceeds if is_silent else rule.differ
    if not all(apart(way, stated) for way in ways):
        return nets
    is_split = not stated.amount or _tell_who_bore(book)
    return [*nets, *(way for way in ways if way.amount or is_split)]


def _tell_who_bore(book: Book) -> bool:
    """Return whether any line states an amount, no zero, of what the plan, others or the member bore."""
    return any(
        line[concept].figure.amount for line in book.each_line for concept in _BORNE if concept in line
    )


def _extras(book: Book, concept: str, chosen: Figure) -> list[Detail]:
    """Return amounts that come in addition but stand at another place than the figure shown."""
    others = [
        choice.figure
        for choices in book.header
        if (choice := choices.get(concept)) and choice.is_extra
        if not paths([choice.figure]) <= paths([chosen])
    ]
    return [Detail(figure.source.label, figure) for figure in others if figure.source]


def _plan_paid(books: Sequence[Book], rule: Rule, *, is_drug: bool) -> list[Figure]:
    """Return everything that says what the plan paid, best first (facts 3.5)."""
    book = books[0]
    benefit = next((figure for figure in paid_at(book, "T") if figure.is_known), NOT_SHARED)
    is_of_change = book.adjustment.is_known and is_after_change(benefit, book.payment, book.adjustment)
    payment = [] if book.is_payment_apart or is_of_change else [book.payment]
    candidates = [*paid_at(book, "T"), *payment, *paid_at(book, "A"), *paid_at(book, "B")]
    if book.is_cms and not (is_drug or book.is_payment_apart):
        # Medicare pays fee for service: the payment of the claim itself comes first.
        candidates.insert(0, book.payment)
    stated = head = next((figure for figure in candidates if figure.is_known), NOT_SHARED)
    for of_book in books:
        stated = stated if stated.is_known else of_book.over_lines("plan_paid")
    sent = [paid_out(*[of_book.over_lines(name) for name in PAID_TO]) for of_book in books]
    # A zero of both beside a benefit of the lines is how Medicare fills them.
    is_told = not head.amount or ("plan_paid" not in book.lines and _tell_who_bore(book))
    by_parts = [figure for figure in sent if figure.amount or is_told]
    by_lines = _by_lines(book, "plan_paid", stated, rule)
    if len(books) > 1:
        by_lines += _by_added(books, "plan_paid", stated, rule)
    out = [figure for name in PAID_TO if (figure := header(book, name)).is_known]
    if any(map(is_of_some_lines, out)) and rule.exceeds(add(out, ""), stated):
        by_parts.append(add(out, ""))  # some lines alone are more than all of it
    is_repeated = "plan_paid" in book.repeated
    again = other_shares.of_same_name(book.header, "plan_paid") if is_repeated else []
    return [*candidates, stated, *again, *by_lines, *by_parts]


def paid_at(book: Book, place: Place) -> tuple[Figure, ...]:
    """Return what a place of the header says was paid; whom it does not name beside one, lines that agree
    with it on that one may."""
    if not book.places[place]:
        return ()
    sent = [book.at(place, name) for name in PAID_TO]
    if [figure.is_known for figure in sent].count(True) == 1:
        pairs = [(figure, book.over_lines(name)) for figure, name in zip(sent, PAID_TO, strict=True)]
        if any(figure.is_known and same(figure, by_lines) for figure, by_lines in pairs):
            sent = [figure if figure.is_known else by_lines for figure, by_lines in pairs]
    return book.at(place, "plan_paid"), paid_out(*sent)


def _your_share(
    books: Sequence[Book],
    shown: Money,
    parts: Figure,
    shares_told: tuple[Sequence[Figure], Sequence[Figure]],
    rule: Rule,
    *,
    is_drug: bool,
) -> Judged:
    """Return the member's share: as stated, unless it is a zero that its own parts contradict (facts 3.6).

    *parts* is what its parts come to; *shares_told* is what the lines say of it and what its parts come to at
    other places where one of them is contradicted, then what contradicts the payment at the counter.
    """
    book, ((by_lines, *others), also_paid) = books[0], shares_told
    stated = header(book, "liability")
    also: list[Figure] = []
    if "liability" in book.repeated:
        places = book.header if book.is_in_header("liability") else book.only_line
        also = other_shares.of_same_name(places, "liability")
    if not stated.is_known:
        stated = books[-1].over_lines("liability")
    if is_drug and book.is_cms and shown.you_paid.is_known:
        return rule.judged("your_share", [shown.you_paid, *also_paid, stated])
    if not stated.is_known:
        return _share_of_parts(book, shown, parts, shares_told[0], rule, is_drug=is_drug)
    if any(rule.differ(share, stated) for share in also):
        return rule.judged("your_share", [stated, *also])
    judged = rule.share_stated(stated, parts, shown)
    if judged.figure is parts and parts in others:
        return _with_to_pay(rule.judged("your_share", [parts, *others, stated]), shown, rule)
    liabilities = [of_book.over_lines("liability") for of_book in books]
    lines = by_lines if rule.exceeds(by_lines, stated) else NOT_SHARED
    apart = [*liabilities, lines] if not liabilities[0].is_known else liabilities
    if judged.disagreements or not any(rule.differ(figure, stated) for figure in apart):
        return judged if is_drug else _with_to_pay(judged, shown, rule)
    return rule.judged("your_share", [stated, *apart])


def _share_of_parts(
    book: Book, shown: Money, parts: Figure, shares_told: Sequence[Figure], rule: Rule, *, is_drug: bool
) -> Judged:
    """Return the share of a claim that states none: its parts or Medicare's total of them, else its lines'.

    *shares_told* is what the lines say of it, and what its parts come to where one of them is contradicted.
    """
    by_lines, *others = shares_told
    total = other_shares.total_of_parts(book) if book.is_cms else NOT_SHARED
    if not (parts.amount or total.amount):
        parts, total = (NOT_SHARED if rule.is_open(zero, shown) else zero for zero in (parts, total))
    if "liability" not in book.lines and rule.is_open(by_lines, shown):
        by_lines = NOT_SHARED
    if total.is_known and other_shares.may_hold_more(book, total, parts, rule):
        parts = total
    first = parts if parts.is_known or not is_drug else shown.you_paid
    first = first if first.is_known else by_lines
    judged = rule.judged("your_share", [first, *others, total])
    return _with_to_pay(judged, shown, rule) if judged.disagreements and not is_drug else judged


def _with_to_pay(judged: Judged, shown: Money, rule: Rule) -> Judged:
    """Return a share that others contradict with what is to be paid by Medicare's name beside them."""
    to_pay = shown.you_paid
    is_to_pay = bool(to_pay.amount) and to_pay.origin.code in TO_BE_PAID
    if not is_to_pay or not judged.disagreements or judged.disagreements[0].about == "uncovered":
        return judged
    (against,) = rule.against("your_share", judged.figure, [*judged.disagreements[0].others, to_pay])
    return Judged(judged.figure, (structs.replace(against, about="places"),))


def _parts_of_lines(book: Book, figures: Mapping[str, Figure]) -> dict[str, Figure]:
    """Return those parts of the share that only some lines state, where others are known of the claim.

    A share that left them out would be too low; where no part is known, the lines tell the share as theirs,
    and those with amounts its parts.
    """
    missing = [part for part in PARTS if not figures[part].is_known]
    if len(missing) == len(PARTS):
        if all(book.each_line):  # each has amounts
            return {}
        lines = [of_line(line, is_drug=False) for line in book.each_line]
        totals = {part: over_priced(lines, part, book.sum_at) for part in PARTS if book.is_clean(part)}
        return {part: figure for part, figure in totals.items() if figure.is_known}
    return {part: ways[0] for part in missing if (ways := book.ways_over_lines(part))}
