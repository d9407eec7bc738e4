"""What a line of a claim states beside its columns: more figures, how it was counted, where it was done."""

from collections.abc import Iterator, Sequence

from msgspec import structs

from apps.kinds.claim import standing
from apps.kinds.claim.reading.codes import PLACE
from apps.kinds.claim.reading.concepts import TO_BE_PAID, cms_names
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import come_to, paid_out
from apps.kinds.claim.reading.lines import parts_of_share
from apps.kinds.claim.records import ClaimRecord, Coded, Detail, Figure, Kind, Line, Money
from apps.kinds.claim.wording import codes, vocabulary
from apps.kinds.claim.wording.sources import numbered
from apps.kinds.claim.wording.to_pay import label_of_sent
from apps.plain_language.language import _, said
from apps.plain_language.money import in_cents, money, priced
from apps.plain_language.theirs import an_amount, filled, joined, listed, theirs, translated

_RULE = Rule.of(1)
_IN_NO_COLUMN = ("paid_to_provider", "paid_to_you", "you_paid", "tax")


def in_no_column(line: Line) -> Iterator[Figure]:
    """Yield the amounts of a line that stand in none of its columns, but for those that a column says."""
    shown = {line.money.plan_paid.amount, line.money.your_share.amount}
    for concept in _IN_NO_COLUMN:
        figure: Figure = getattr(line.money, concept)
        if figure.amount and (concept in ("paid_to_you", "tax") or figure.amount not in shown):
            yield figure


def others(line: Line, concept: str, *, is_drug: bool) -> tuple[Figure, ...]:
    """Return what a line states for a field of its money beside the figure shown, each amount once.

    *is_drug* where a pharmacy sent it: what was paid at the counter is then the share.
    """
    shown: Figure = getattr(line.money, concept)
    if concept == "your_share":
        stated = [] if is_drug else list(_shares(line))
    elif concept == "plan_paid":
        stated = [*_named_alike(line, concept), *_payments(line.money)]
    else:
        stated = list(_named_alike(line, concept))
        stated += [net for net in _nets(line) if concept == "billed" and _RULE.exceeds(net, shown)]
    apart = [figure for figure in stated if figure.amount and _RULE.differ(figure, shown)]
    return tuple({(figure.amount, figure.unit): figure for figure in apart}.values())


def _named_alike(line: Line, concept: str) -> Iterator[Figure]:
    """Yield further amounts under the same name, or under another of Medicare's for the same thing."""
    source = getattr(line.money, concept).source
    for detail in line.details:
        code = detail.figure.origin.code
        name = cms_names().get(code or "")
        is_same_thing = name is not None and name.concept == concept and not name.adds
        if source and code and (code == source.code or is_same_thing):
            yield detail.figure


def _nets(line: Line) -> Iterator[Figure]:
    """Yield the total of a line (R4 `net`, quantity by unit price): more than was billed it cannot be."""
    for detail in line.details:
        if detail.figure.origin.path == f"{line.path}.net":
            yield detail.figure


def is_share_above(line: Line) -> bool:
    """Return whether the share is more than all that the line may come to, by its charge and by its total."""
    prices = [figure for figure in (line.money.billed, line.money.drug_cost, *_nets(line)) if figure.is_known]
    share, whole = line.money.your_share, max((price.amount or 0 for price in prices), default=0)
    return whole > 0 and all(_RULE.exceeds(share, price) for price in prices)


def _payments(money: Money) -> Iterator[Figure]:
    """Yield what went to provider and member together; one of them alone says only that it was no less."""
    both = (money.paid_to_provider, money.paid_to_you)
    paid = paid_out(*both)
    if all(figure.is_known for figure in both) or _RULE.exceeds(paid, money.plan_paid):
        yield paid


def _shares(line: Line) -> Iterator[Figure]:
    """Yield the shares that the line's own parts make, or state, beside the one shown."""
    share, parts = line.money.your_share, parts_of_share(line.money)
    shares = []
    if share.source and parts.source and share.source.path == parts.source.path:
        for name in PARTS:
            others = _named_alike(line, name)
            shares += [parts_of_share(structs.replace(line.money, **{name: other})) for other in others]
    else:
        judged = _RULE.share_stated(share, parts, line.money)
        against = [other for other in judged.disagreements if other.about != "uncovered"]
        shares = [figure for other in against for figure in (other.chosen, *other.others)]
    yield from shares
    to_pay = line.money.you_paid
    if any(figure.amount for figure in shares) and to_pay.origin.code in TO_BE_PAID:
        yield to_pay


_RATES = frozenset({"rev_cntr_rate_amt", "clm_line_instnl_rate_amt"})
"""Medicare's names of a price for one unit, by which its pricer counts."""
_COST_RULES = {
    "0": said("Deductible and coinsurance apply"),
    "1": said("The deductible does not apply"),
    "2": said("Coinsurance does not apply"),
    "3": said("Neither deductible nor coinsurance applies"),
    "4": said("Without a charge of its own"),
    "M": said("An employer's plan is involved"),
    "N": said("Another payer than an employer's plan is involved"),
}
"""CLM_DDCTBL_COINSRNC_CD of Medicare's data; its other values are for its offices, in words that tell nobody
anything ("voluntary agreement"), and stand as codes."""
_THRESHOLD = frozenset({"gdc_blw_oopt_amt", "gdc_abv_oopt_amt"})
"""Medicare's names of what a drug cost below and above the out-of-pocket threshold: together all of it."""
_NOT_APPLIED = {
    "1": ("deductible",),
    "2": ("coinsurance",),
    "3": ("deductible", "coinsurance"),
    "4": ("billed",),
}
"""Value of the same -> what then is not to be on the line."""
_OF_AN_ERROR = frozenset({"PA", "PB", "PC"})
"""Medicare's modifiers of surgery on a wrong part of the body, on a wrong patient, or of a wrong one."""
_IN_MOUTH = frozenset({"tooth", "tooth surface", "area of the mouth"})
_SURFACES = {
    "M": said("side toward the front"),
    "D": said("side toward the back"),
    "O": said("biting side"),
    "I": said("biting edge"),
    "B": said("side at the cheek"),
    "V": said("side at the cheek"),
    "F": said("side at the lips"),
    "L": said("side at the tongue"),
}
"""Letter of a tooth's surface -> where that is, in our own words; several may stand together: MOD."""


def _cost_rule(rule: Coded, line: Line) -> str:
    """Return whether deductible and coinsurance apply, in our words where the code is one we know.

    Both are told where the line lists all the same what does not apply.
    """
    if own := _COST_RULES.get((rule.code or "").upper()):
        if any(getattr(line.money, part).amount for part in _NOT_APPLIED.get(rule.code or "", ())):
            return _("{rule}: your plan says so, and lists some all the same").format(rule=_(own))
        return _(own)
    if not rule.words:
        return _("Deductible and coinsurance: code {code}").format(code=rule.code)
    return filled(
        _("Deductible and coinsurance: {words} ({code})"), words=theirs(rule.words), code=rule.code or ""
    )


def details(line: Line, record: ClaimRecord, said_above: frozenset[str]) -> list[str]:
    """Return the details of a line, without the plan's sentences that were said above the lines."""
    # Whatever list its code is of, a place stands there.
    place = Coded(line.place.code, PLACE, line.place.words) if line.place else None
    counts = (
        (_("Quantity {number}"), line.quantity, line.unit),
        (_("Amount of the drug: {number}"), line.drug_quantity, line.drug_unit),
        *((_("By another count: {number}"), *other) for other in line.other_counts),
    )
    revenue = codes.told_words(line.revenue) if line.revenue else ""
    shown = (
        translated(place.words or codes.code_words(place)) if place else "",
        *(filled(text, number=vocabulary.counted(count, unit)) for text, count, unit in counts if count),
        *(_modifier(modifier, record.kind) for modifier in line.modifiers),
        _where(line.teeth, is_dental=record.kind == "oral"),
        "" if revenue == line.what.words else revenue,
        _cost_rule(line.cost_rule, line) if line.cost_rule else "",
        _(vocabulary.NETWORKS[line.network])
        if line.network and not standing.tells_network(record, line.network)
        else "",
        *_beside(line, label_of_sent(record)),
        *_threshold(line, record),
        *(theirs(note) for note in line.notes if note not in said_above),
    )
    return [words for words in shown if words]


def rates(record: ClaimRecord) -> tuple[tuple[str, str], ...]:
    """Return what a unit of each line costs by lists of offices: it need not make what was billed."""
    text = _("{amount} in line {line}")
    rates_told = [
        (translated(detail.label), filled(text, amount=an_amount(priced(detail.figure)), line=number))
        for number, line in numbered(record)
        for detail in line.details
        if detail.figure.amount and _is_rate(detail)
    ]
    labels = dict.fromkeys(label for label, _rate in rates_told)
    return tuple((label, listed([rate for of, rate in rates_told if of == label])) for label in labels)


def _is_rate(detail: Detail) -> bool:
    return detail.figure.origin.code in _RATES


def _threshold(line: Line, record: ClaimRecord) -> list[str]:
    """Return that the cost below and above Medicare's threshold is not that of the drug, where it is not."""
    both = [detail.figure for detail in line.details if detail.figure.origin.code in _THRESHOLD]
    cost = record.money.drug_cost
    together = come_to(both)
    if len(both) < len(_THRESHOLD) or cost.amount is None or in_cents(together) == in_cents(cost.amount):
        return []
    text = _("Both together come to {together}, not to the {cost} that the drug cost")
    amount = an_amount(money(together, cost.unit))
    return [filled(text, together=amount, cost=an_amount(priced(cost)))]


def _modifier(modifier: Coded, kind: Kind) -> str:
    """Return a modifier with its words; of an error, which is grave and may be a slip, whom to ask."""
    words = codes.modifier_words(modifier)
    text = _("Modifier {code}: {words}") if words else _("Modifier {code}")
    if words and modifier.code in _OF_AN_ERROR:
        text = _("A code on the bill (modifier {code}) says: “{words}”. Ask the provider what it means here")
    return filled(vocabulary.called(kind, text), code=modifier.code, words=words)


def _beside(line: Line, of_sent: str) -> Iterator[str]:
    """Yield the amounts of a line that stand in no column, and what it states besides.

    *of_sent* is what an amount sent to the member is called where another person got it, else "".
    """
    figures = list(in_no_column(line))
    for figure in figures:
        label = translated(figure.source.label) if figure.source else ""
        if of_sent and figure is line.money.paid_to_you:
            label = of_sent
        yield filled(_("{label}: {amount}"), label=label, amount=an_amount(priced(figure)))
    amounts = {figure.source.label: figure.amount for figure in figures if figure.source}
    for detail in line.details:
        is_sum = detail.figure.origin.summed > 1  # told beside its amount
        # Nothing of something told apart only fills a page.
        if detail.figure.amount and not (is_sum or _is_rate(detail)):
            label = translated(detail.label)
            if amounts.get(detail.label, detail.figure.amount) != detail.figure.amount:
                label = filled(_("{label}, also stated"), label=label)
            yield filled(_("{label}: {amount}"), label=label, amount=an_amount(priced(detail.figure)))


def _where(sites: Sequence[Coded], *, is_dental: bool) -> str:
    """Return what a line was done to: "In the mouth: tooth 14, biting side (O)"; "" where it is not said."""
    if not sites:
        return ""
    is_in_mouth = is_dental or any(site.system in _IN_MOUTH for site in sites)
    sentence = _("In the mouth: {area}") if is_in_mouth else _("Part of the body: {area}")
    return filled(sentence, area=joined(", ", [_area(site) for site in sites]))


def _area(site: Coded) -> str:
    area = codes.official_words(site)
    is_area = site.system == "area of the mouth"
    dentists, ours = vocabulary.MOUTH.get(site.code or "", ("", "")) if is_area else ("", "")
    if ours and area.casefold() in ("", dentists):
        return filled(_("{words} ({code})"), words=_(ours), code=site.code or "")
    if area:
        return area
    letters = (site.code or "").upper()
    sides = [_(_SURFACES[letter]) for letter in letters if letter in _SURFACES]
    if site.system == "tooth surface" and len(sides) == len(letters) > 0:
        return filled(_("{words} ({code})"), words=", ".join(dict.fromkeys(sides)), code=letters)
    return codes.bare(site)
