"""What of a claim contradicts itself, in words: both are named, and where we find one likelier, why."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from apps.kinds.claim import standing
from apps.kinds.claim.reading.also_sent import unread
from apps.kinds.claim.reading.concepts import TO_BE_PAID
from apps.kinds.claim.reading.figures import is_line_totals, is_of_added, paths, stands_on_lines
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Disagreement, Figure
from apps.kinds.claim.wording.sources import concept_words, place_words
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import filled, joined, listed, theirs, translated

AFTER_OTHERS = "clm_cob_ptnt_resp_amt"
"""Medicare's name of a share that is left after another insurer."""

_SEVERAL = said("several figures")
"""What a list shows in place of more figures than two."""

MOST_TOLD = 2
"""Of how many things the first lines tell all figures that disagree; the receipt below has those of more."""


def of(record: ClaimRecord, concept: str) -> Disagreement | None:
    """Return what contradicts the claim's figure of a concept, None where nothing does."""
    return next(
        (
            disagreement
            for disagreement in record.disagreements
            if disagreement.concept == concept and disagreement.about not in ("added", "whole")
        ),
        None,
    )


def alternatives(disagreement: Disagreement) -> tuple[Figure, ...]:
    """Return the other figures for the same thing as the one shown."""
    return () if disagreement.about in ("uncovered", "whole") else disagreement.others


def of_lines(record: ClaimRecord, concepts: Collection[str] = ()) -> list[str]:
    """Return what the page says of lines that others, added in their place, contradict; in *concepts* only,
    where any are given."""
    return [
        lead(disagreement, record)
        for disagreement in record.disagreements
        if disagreement.about == "added" and (not concepts or disagreement.concept in concepts)
    ]


def above_bill(record: ClaimRecord) -> str:
    """Return that what the plan paid and what it did not cover are more than the bill; "" where they fit."""
    return next(
        (
            lead(disagreement, record)
            for disagreement in record.disagreements
            if disagreement.about == "whole"
        ),
        "",
    )


def lead(disagreement: Disagreement, record: ClaimRecord) -> str:
    """Return what the first lines of a page say in place of a figure that others contradict."""
    if is_after_others(disagreement):
        return _(
            "Your plan states {amount} as your part after another insurer. "
            "But the parts it lists as yours come to {others}, and it did not say what makes the difference."
        ).format(amount=priced(disagreement.chosen), others=listed(_amounts(disagreement)))
    if disagreement.about == "whole":
        return _(
            "Your plan also states {uncovered} as not covered: with what it paid, that is more than the bill."
        ).format(uncovered=priced(disagreement.chosen))
    if disagreement.about == "uncovered":
        return f"{_share_and_uncovered(disagreement)} {_('Ask it how these fit together.')}"
    if disagreement.about == "added":
        return " ".join([_of_added(disagreement, record), *_likelier([disagreement])])
    return leads([disagreement], record)


def lead_of(record: ClaimRecord, disagreement: Disagreement) -> str:
    """Return the same of a share; what stands just before it as not covered is not told again."""
    if disagreement.about != "uncovered" or not above_bill(record):
        return lead(disagreement, record)
    share = _("Your plan states a share of {amount}.").format(amount=priced(disagreement.chosen))
    return f"{share} {_('Ask it how these fit together.')}"


def _share_and_uncovered(disagreement: Disagreement) -> str:
    (uncovered,) = map(priced, disagreement.others)
    text = _("Your plan states a share of {amount}, and {uncovered} as not covered.")
    return text.format(amount=priced(disagreement.chosen), uncovered=uncovered)


def _of_added(disagreement: Disagreement, record: ClaimRecord) -> str:
    return _(
        "In a line and in another that it added in its place, your plan's figures disagree on {name}: "
        "{amount}, but also {others}."
    ).format(
        name=subject(disagreement, record),
        amount=priced(disagreement.chosen),
        others=listed(_amounts(disagreement)),
    )


def leads(every: Sequence[Disagreement], record: ClaimRecord) -> str:
    """Return it of several figures, in one sentence; of many, only the shares are told before the receipt."""
    disagreements = (
        [disagreement for disagreement in every if disagreement.concept == "your_share"]
        if len(every) > MOST_TOLD
        else every
    )
    named = [subject(disagreement, record) for disagreement in every if disagreement not in disagreements]
    figures = _("; on ").join(
        _("{name}: {amount}, but also {others}").format(
            name=subject(disagreement, record),
            amount=priced(disagreement.chosen),
            others=listed(_told_beside(disagreement)),
        )
        for disagreement in disagreements
    )
    if not named:
        text = _("Your plan's figures disagree on {figures}.")
    elif disagreements:
        text = _("Your plan's figures disagree on {names}, as shown below; and on {figures}.")
    else:
        text = _("Your plan's figures disagree on {names}, as shown below.")
    return " ".join((text.format(figures=figures, names=listed(named)), *_likelier(disagreements or every)))


def _likelier(every: Sequence[Disagreement]) -> list[str]:
    """Return which figures we find likelier: by our rule those that only zeros contradict."""
    likelier = dict.fromkeys(
        priced(disagreement.chosen)
        for disagreement in every
        if (disagreement.chosen.amount or 0) > 0
        and not disagreement.fits_no_better
        and not any(other.amount for other in disagreement.others)
    )
    if len(likelier) < 2:
        return [
            _(
                "We think {amount} is right: a zero often stands where a figure was not filled in. It "
                "is our view, not your plan's."
            ).format(amount=amount)
            for amount in likelier
        ]
    text = _(
        "We think {amounts} are right: zeros often stand where figures were not filled in. It is our view, "
        "not your plan's."
    )
    return [text.format(amounts=listed([*likelier]))]


def has_own_sentence(disagreement: Disagreement) -> bool:
    """Whether it is said by itself, and not together with what other figures disagree on."""
    return disagreement.about in ("uncovered", "added", "whole") or is_after_others(disagreement)


def every(disagreement: Disagreement) -> str:
    """Return all the figures: "$660.00, $0.00 or $380.00"."""
    return one_of((disagreement.chosen, *alternatives(disagreement)))


def one_of(figures: Iterable[Figure]) -> str:
    """Return figures of which nobody knows which holds: "$660.00, $0.00 or $380.00"."""
    *first, last = dict.fromkeys(map(priced, figures))
    if not first:
        return last
    return _("{one} or {other}").format(one=", ".join(first), other=last)


def unreadable(record: ClaimRecord, concept: str, line: str = "") -> str:
    """Return what was sent as no amount: several in the place of one with each; "" where nothing was.

    Of a *line* by its path, else of the claim.
    """
    sent = unread(record.also_sent, concept, line)
    if several := [element.figure for element in sent if element.figure]:
        return one_of(several)
    if sent and line:
        return filled(_("“{sent}”, not readable"), sent=theirs(sent[0].value))
    return _("not readable") if sent else ""


def short(disagreement: Disagreement) -> str:
    """Return the figures as a list shows them: "$713.98 or $0.00"."""
    return _either(disagreement.chosen, alternatives(disagreement))


def _either(figure: Figure, others: Iterable[Figure]) -> str:
    amounts = list(dict.fromkeys(priced(other) for other in others))
    if len(amounts) > 1:
        return _(_SEVERAL)
    if not amounts:
        return priced(figure)
    return _("{one} or {other}").format(one=priced(figure), other=amounts[0])


def shown(record: ClaimRecord, concept: str, stated: Figure = NOT_SHARED) -> str:
    """Return an amount of the claim where it stands alone: all that contradict each other are named.

    *stated* is what another place says for the same thing, where that is shown first: no surer for that, but
    what we added up stands beside it as what it is.
    """
    figure: Figure = stated if stated.is_known else getattr(record.money, concept)
    if not figure.is_known and (sent := unreadable(record, concept)):
        return sent
    contradicted = of(record, concept)
    every = (contradicted.chosen, *alternatives(contradicted)) if contradicted else ()
    others = [other for other in every if (other.amount, other.unit) != (figure.amount, figure.unit)]
    sums = [other for other in others if stated.is_known and _is_ours(other)]
    others = [other for other in others if other not in sums]
    shown_first = one_of((figure, *others))
    return f"{shown_first} ({'; '.join(also(sums))})" if sums else shown_first


def sentence(disagreement: Disagreement, record: ClaimRecord) -> str:
    """Return what disagrees in one sentence: where each figure stands, and which one we find likelier."""
    if disagreement.about == "uncovered":
        return f"{_share_and_uncovered(disagreement)} {_('It does not say how these fit together.')}"
    text = _sentence(disagreement, record)
    return joined(" ", [text, *_likelier([disagreement])])


def subject(disagreement: Disagreement, record: ClaimRecord) -> str:
    """Return what it is about; a patient's responsibility by Medicare's name is not said to be paid, and
    that lines add up several kinds of what others paid, of which the claim tells one, is said."""
    source = disagreement.chosen.origin
    is_of_several = bool(source.added) and stands_on_lines(disagreement.chosen)
    is_by_total = not any(map(is_of_added, disagreement.others))
    if disagreement.concept == "other_payer" and is_of_several and is_by_total:
        return _("what others paid (of several kinds by its lines, of one by its total)")
    is_to_be_paid = disagreement.concept == "you_paid" and source.code in TO_BE_PAID
    if is_to_be_paid:
        return _("what is listed as your payment")
    return called(record.kind, concept_words(disagreement.concept))


def _sentence(disagreement: Disagreement, record: ClaimRecord) -> str:
    chosen, name, others = (
        priced(disagreement.chosen),
        subject(disagreement, record),
        listed(_amounts(disagreement)),
    )
    if disagreement.about == "whole":
        paid, bill = map(priced, disagreement.others)
        text = _("Your plan states {paid} as paid and {amount} as not covered, of a bill of {bill}.")
        return text.format(paid=paid, amount=chosen, bill=bill)
    if disagreement.about == "lines" and stands_on_lines(disagreement.chosen):
        return _("For {name}, the lines add up to {amount}. But the claim says {others}.").format(
            name=name, amount=chosen, others=others
        )
    if disagreement.about == "lines":
        text = (
            _("For {name}, the figures of the claim come to {amount}.")
            if _is_ours(disagreement.chosen)
            else _("For {name}, the claim says {amount}.")
        )
        return " ".join([text.format(name=name, amount=chosen), *_of_its_lines(disagreement.others)])
    if disagreement.about == "parts":
        text = _("Your plan states a share of {stated}. But the parts it lists as yours come to {amount}.")
        return text.format(stated=others, amount=chosen)
    if disagreement.about == "stated":
        return filled(
            _("Your plan states a share of {amount}. But it also lists {others}."),
            amount=chosen,
            others=listed([_named(other) for other in disagreement.others]),
        )
    every = (disagreement.chosen, *disagreement.others)
    text = (
        _("For {name}, your plan's figures give {amount}, and also {others}.")
        if any(map(_is_ours, every))
        else _("For {name}, your plan states {amount}, and also {others}.")
    )
    return text.format(
        name=name,
        amount=_placed(disagreement.chosen, record) if disagreement.about == "added" else chosen,
        others=listed([_placed(other, record) for other in disagreement.others]),
    )


def _of_its_lines(figures: Sequence[Figure]) -> Iterator[str]:
    """Yield what the lines add up to, and what their totals come to, which need not be what was billed."""
    totals = [figure for figure in figures if is_line_totals(figure)]
    if of_lines := [figure for figure in figures if figure not in totals]:
        yield _("Its lines add up to {others}.").format(others=one_of(of_lines))
    if totals:
        yield _("Its line totals come to {others}.").format(others=one_of(totals))


def is_after_others(disagreement: Disagreement) -> bool:
    """Whether the chosen figure is what another insurer leaves, which has a sentence of its own."""
    return disagreement.about == "stated" and disagreement.chosen.origin.code == AFTER_OTHERS


def is_of_lines(disagreement: Disagreement) -> bool:
    """Whether figures of lines contradict others of the claim."""
    figures = (disagreement.chosen, *disagreement.others)
    return disagreement.about != "added" and any(map(stands_on_lines, figures))


def _is_ours(figure: Figure) -> bool:
    """Whether we added it up: the plan states no such amount."""
    return figure.origin.summed > 1


def _amounts(disagreement: Disagreement) -> list[str]:
    return list(dict.fromkeys(priced(other) for other in alternatives(disagreement)))


def _told_beside(disagreement: Disagreement) -> list[str]:
    """Return the other figures; sums of ours, which the plan nowhere states, as what they are."""
    others = alternatives(disagreement)
    totals = [_by_totals(other) for other in others if is_line_totals(other)]
    others = tuple(other for other in others if not is_line_totals(other))
    sums = [other for other in others if _is_our_sum(other)]
    stated = [*dict.fromkeys(priced(other) for other in others if not _is_our_sum(other)), *totals]
    if not sums:
        return stated
    return [*stated, _("{amount} as the sum of its lines").format(amount=one_of(sums))]


def _by_totals(figure: Figure) -> str:
    return _("{amount} by the line totals").format(amount=priced(figure))


_BESIDE = (
    ("stated", said("also stated: {amounts}")),
    ("lines", said("its lines add up to {amounts}")),
    ("totals", said("its line totals come to {amounts}")),
    ("ours", said("added up by us: {amounts}")),
)


def also(figures: Sequence[Figure]) -> tuple[str, ...]:
    """Return what stands under an amount that *figures* contradict: what is stated, or comes to by sums."""
    amounts: dict[str, list[str]] = {}
    for figure in figures:
        of = "ours" if _is_ours(figure) else "stated"
        of = "totals" if is_line_totals(figure) else "lines" if _is_of_several(figure) else of
        amounts.setdefault(of, []).append(priced(figure))
    return tuple(
        _(text).format(amounts=", ".join(dict.fromkeys(amounts[of]))) for of, text in _BESIDE if of in amounts
    )


def _is_our_sum(figure: Figure) -> bool:
    return _is_ours(figure) and stands_on_lines(figure)


def _is_of_several(figure: Figure) -> bool:
    """Whether we added lines up, and not amounts of one line."""
    lines = {path.partition(".")[0] for path in paths([figure])}
    return _is_our_sum(figure) and (len(lines) > 1 or "item" in lines)


def _named(figure: Figure) -> str:
    if figure.source is None:
        return priced(figure)
    return filled(_("{amount} ({label})"), amount=priced(figure), label=translated(figure.source.label))


def _placed(figure: Figure, record: ClaimRecord) -> str:
    if figure.source is None:
        return priced(figure)
    if is_line_totals(figure):
        return _by_totals(figure)
    text = _("{amount}, worked out by us from {place}") if _is_ours(figure) else _("{amount} in {place}")
    return text.format(amount=priced(figure), place=place_words(figure.source.path, record))


def of_dates(record: ClaimRecord, *, is_asked: bool = True) -> str:
    """Return that the times of a claim do not meet, and whom to ask; "" where they do."""
    if not record.dates_apart:
        return ""
    sentence = _("The dates of this claim disagree.")
    if not is_asked:
        return sentence
    if not standing.is_uninsured(record):
        return f"{sentence} {_('Ask your plan which is right.')}"
    return called(record.kind, f"{sentence} {_('Ask the provider which is right.')}")


def asks_of_both(record: ClaimRecord) -> bool:
    """Whether it is asked in one breath which figures are right and which dates hold."""
    return bool(record.disagreements and record.dates_apart) and not standing.is_uninsured(record)


def which(record: ClaimRecord, *, is_named: bool) -> str:
    """Return what to ask about figures that disagree: those of `{names}`, or, as they stand above, of all."""
    if asks_of_both(record):
        if is_named:
            return _("Ask your plan which figures are right for {names}, and which dates.")
        return _("Ask your plan which of the figures and dates that do not agree are right.")
    if is_named:
        return _("Ask your plan which figures are right for {names}.")
    return _("Ask your plan which of the figures that do not agree are right.")
