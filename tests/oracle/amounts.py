"""The sums a claim states, place by place: its head, its payment and its lines; absent is not zero."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from tests.oracle.answer import CENT, Answer, answer, widened
from tests.oracle.categories import Category, category
from tests.oracle.tree import Node, codes, codings, node, nodes, number, text

type Sums = dict[str, Answer]
type Rows = list[tuple[Category, Decimal]]

# Two ways to say how much coinsurance a line has: the reduced one is what the provider chose to charge.
REDUCED = {"rev_cntr_rdcd_coinsrnc_amt", "clm_line_instnl_rdcd_amt"}
# Paid by others for the member of a drug plan.
DRUG_PAYERS = {"othr_troop_amt", "plro_amt", "clm_line_plro_amt", "clm_line_troop_tot_amt"}
# CARIN BB: what stands for a status or a reason, and not for a sum.
STATUSES = {
    *(
        "benefitpaymentstatus",
        "billingnetworkstatus",
        "renderingnetworkstatus",
        "denialreason",
        "rejectreason",
    ),
    *("billingnetworkcontractingstatus", "adjustmentreason", "innetwork", "outofnetwork", "other", "paid"),
    *("denied", "partiallypaid"),
}
# Facts 2.2: "not money", a share and units.
NO_SUMS = {"eligpercent", "allowedunits"}
# What is added to another concept, never an alternative to it: a second deductible, a second other payer.
ADDED = {"blood deductible": "deductible", "second payer": "other payer"}
# Blood, in addition to the other deductible; of the last one CMS says that it counts toward no other.
APART_FROM_DEDUCTIBLE = {"clm_blood_lblty_amt"}


# CMS, variable NCH_IP_TOT_DDCTN_AMT: "The total of all Part A and blood deductibles and coinsurance amounts".
PART_A_TOTAL = "nch_ip_tot_ddctn_amt"
PART_A = {"nch_bene_ip_ddctbl_amt", "nch_bene_blood_ddctbl_lblty_am", "nch_bene_pta_coinsrnc_lblty_amt"}


@dataclass(frozen=True, slots=True)
class Stated:
    """Every sum a claim states, in dollars: ``head`` by concept, ``payment`` what was paid out, ``lines``."""

    head: Sums
    payment: Decimal | None
    adjustment: Decimal | None
    is_part: bool
    """The payment is called partial: "partial payment of the benefit" (HL7 ex-paymenttype)."""
    lines: tuple[Sums, ...]
    total_line: Sums
    nets: tuple[Decimal, ...]
    drug_payers: tuple[Decimal, ...]
    """What each line says that others paid for the member of a drug plan, by their own names."""
    currencies: frozenset[str]
    elsewhere: dict[str, tuple[Decimal, ...]]
    """Concepts that the head states at another place too, with another amount: both amounts."""
    repeated: frozenset[str]
    """Concepts that some line states by more than one name."""
    exchanges: tuple[tuple[tuple[Sums, ...], tuple[Sums, ...]], ...] = ()
    """Lines that state sums, and those that the plan added in their place."""
    exchanged: tuple[Sums, ...] = ()
    """The lines once more, with those that the plan added in place of others."""
    part_a_total: Decimal | None = None
    """CMS's own total of what the patient bears of a stay."""
    has_all_of_part_a: bool = False
    """Each sum that this total holds is stated too."""
    repeated_in_head: dict[str, tuple[Decimal, ...]] = field(default_factory=dict)
    """Concepts of which one place of the head states different amounts under one name."""
    has_unnamed: bool = False
    """Head or lines state a sum that no list here knows, or that cannot be read: it is one all the same."""

    @property
    def has_any(self) -> bool:
        """Say whether the claim states any sum at all, be it the price of a line."""
        sums = (self.head, self.total_line, *self.lines, self.nets)
        return any(sums) or self.payment is not None or self.has_unnamed

    @property
    def paid_to(self) -> set[str]:
        """Return to whom anything went, by the sums of head and lines: "provider", "member"."""
        whom = {"paid to provider": "provider", "paid to patient": "member"}
        return {
            name
            for concept, name in whom.items()
            if any(concept in row and _is_positive(row[concept]) for row in (self.head, *self.lines))
        }

    @property
    def says_of_all_who_was_paid(self) -> bool:
        """Say whether the claim, or each of its lines, states what went to provider or patient."""
        concepts = {"paid to provider", "paid to patient"}
        return not concepts.isdisjoint(self.head) or all(not concepts.isdisjoint(line) for line in self.lines)

    def head_of(self, concept: str) -> Answer | None:
        """Return what the head states for a concept, if it does."""
        return self.head.get(concept)

    def line_sum(self, concept: str) -> Answer | None:
        """Return the sum over the lines that state a concept; nothing where none does."""
        rows = [line[concept] for line in self.lines if concept in line]
        rows = rows or [line[concept] for line in self.exchanged if concept in line]
        if not rows:
            return None
        return _added(rows)

    def with_added(self, concept: str, *, with_gaps: bool = False) -> list[object]:
        """Return the sum over the lines with those that the plan added, where each of them states it."""
        rows = [line[concept] for line in self.exchanged if concept in line]
        is_told = rows and (with_gaps or len(rows) == len(self.exchanged))
        return list(_added(rows).permitted) if is_told else []

    def is_twice_on_a_line(self, concept: str) -> bool:
        """Say whether a line states a concept by several names: facts 3.3 adds up what stands once a line."""
        return concept in self.repeated

    def takes_back_in_part(self, concept: str) -> bool:
        """Say whether a line takes something back (facts 5.2) and one, it or another, is silent on this."""
        is_less = any(amount < 0 for line in self.lines for amount in _sums_of(line))
        return is_less and not self.no_line_is_silent_on(concept)

    def no_line_is_silent_on(self, concept: str) -> bool:
        """Say whether all lines, also those without any sum, state this one: no line can hold the rest."""
        return all(concept in line for line in self.lines)


def stated(eob: Node) -> Stated:
    """Return every sum of a claim, without the pseudo line that repeats the total of the charges."""
    every, exchanges = _in_place(nodes(eob, "item"), nodes(eob, "addItem"))
    lines = [line for line in every if not is_total_line(line)]
    replaced = [line for sent, _put in exchanges for line in sent]
    put = [line for _sent, put in exchanges for line in put]
    exchanged = [line for line in lines if line not in replaced] + put if put else []
    named = [(kind.name, amount) for place in _places(eob) for kind, amount in place]
    return Stated(
        head=_head(eob),
        payment=money(node(eob, "payment", "amount")),
        adjustment=money(node(eob, "payment", "adjustment")),
        is_part="partial" in codes(node(eob, "payment", "type")),
        lines=tuple(_line(line) for line in lines),
        total_line=next((_line(line) for line in every if is_total_line(line)), {}),
        nets=tuple(net for line in lines if (net := money(node(line, "net"))) is not None),
        drug_payers=tuple(
            amount
            for line in lines
            for kind, amount in _rows(nodes(line, "adjudication"))
            if kind.name in DRUG_PAYERS
        ),
        currencies=frozenset(_currencies(eob)),
        elsewhere=_elsewhere(eob),
        repeated=frozenset(concept for line in lines for concept in _repeated(nodes(line, "adjudication"))),
        exchanges=tuple((tuple(map(_line, sent)), tuple(map(_line, put))) for sent, put in exchanges),
        exchanged=tuple(map(_line, exchanged)),
        part_a_total=next((amount for name, amount in named if name == PART_A_TOTAL), None),
        has_all_of_part_a={name for name, _amount in named} >= PART_A,
        repeated_in_head=_repeated_in_head(eob),
        has_unnamed=any(map(_is_unnamed, _entries(eob))),
    )


def _entries(eob: Node) -> list[Node]:
    lines = [line for key in ("item", "addItem") for line in nodes(eob, key)]
    return [*nodes(eob, "total"), *(row for part in (eob, *lines) for row in nodes(part, "adjudication"))]


def _is_unnamed(entry: Node) -> bool:
    """R4: `amount` is a sum whatever its category; CARIN fills it in beside a status, which is none."""
    sent, kind = node(entry, "amount"), node(entry, "category")
    is_read = money(sent) is not None
    is_status = bool({code.lower() for code in codes(kind)} & (STATUSES | NO_SUMS))
    return sent.get("value") is not None and not (is_read and category(kind).name) and not is_status


def _in_place(sent: list[Node], added: list[Node]) -> tuple[list[Node], list[tuple[list[Node], list[Node]]]]:
    """R4 addItem.itemSequence: the lines that an added one is intended to replace.

    Return the lines that count, and what stands twice: lines with sums, and those added in their place. Where
    one of the lines has none, or a number is not of one line, there is nothing to hold against each other.
    """
    kept, exchanges, lines = list(sent), [], list(sent)
    groups: list[tuple[set[str], list[Node]]] = []
    for line in added:
        keys = {str(key) for key in line.get("itemSequence") or []}
        priced = any(str(one.get("sequence")) in keys and _line(one) for one in sent)
        lines = lines if priced else [*lines, line]
        if not priced:
            kept = [one for one in kept if str(one.get("sequence")) not in keys]
            lines = [one for one in lines if one in kept or one not in sent]
        together = [line]
        for group in [group for group in groups if keys & group[0]]:
            groups.remove(group)
            keys, together = keys | group[0], group[1] + together
        groups.append((keys, together))
    for keys, together in groups:
        replaced = [one for one in sent if str(one.get("sequence")) in keys]
        whole = len(replaced) == len(keys) > 0 and not any(one.get("detailSequence") for one in together)
        if (
            whole
            and all(_line(one) for one in [*replaced, *together])
            and not any(map(is_total_line, replaced))
        ):
            exchanges.append((replaced, together))
    return lines, exchanges


def _repeated(entries: list[Node]) -> set[str]:
    names: dict[str, set[str]] = {}
    for kind, _amount in _rows(entries):
        names.setdefault(kind.concept, set()).add(kind.name)
    return {concept for concept, known in names.items() if concept and len(known) > 1}


def money(value: Node) -> Decimal | None:
    """Return the amount of a Money value; an extension in its place is none."""
    return number(value, "value")


def is_total_line(line: Node) -> bool:
    """Say whether a line is revenue code 0001 ("total charge"), which repeats the others.

    CMS writes it as "1" too, and lists a deductible indicator among the revenue codings: a bare "1" under
    any other system is that indicator.
    """
    for system, code in codings(node(line, "revenue")):
        short = system.rsplit("/", 1)[-1].lower().replace("-", "_") in {"rev_cntr", "clm_rev_cntr_cd"}
        if code.zfill(4) == "0001" and (short or len(code) > 2):
            return True
    return False


def _sums_of(line: Sums) -> list[Decimal]:
    return [value for told in line.values() for value in told.permitted if isinstance(value, Decimal)]


def _is_positive(told: Answer) -> bool:
    return any(isinstance(value, Decimal) and value > 0 for value in told.permitted)


def _places(eob: Node) -> list[Rows]:
    return [_rows(nodes(eob, "total")), _rows(nodes(eob, "adjudication")), _balance(eob)]


def _elsewhere(eob: Node) -> dict[str, tuple[Decimal, ...]]:
    """Facts 3.3 says which place is taken; what another one says beside it may well be told as a doubt."""
    first: dict[str, Decimal] = {}
    found: dict[str, tuple[Decimal, ...]] = {}
    for kind, amount in (row for place in _places(eob) for row in place):
        if kind.concept and first.setdefault(kind.concept, amount) != amount:
            found[kind.concept] = (first[kind.concept], amount)
    return found


def _repeated_in_head(eob: Node) -> dict[str, tuple[Decimal, ...]]:
    amounts: dict[str, list[Decimal]] = {}
    for place in _places(eob):
        by_name: dict[tuple[str, str], list[Decimal]] = {}
        for kind, amount in place:
            by_name.setdefault((kind.concept, kind.name), []).append(amount)
        for (concept, _name), stated in by_name.items():
            if concept and len(set(stated)) > 1 and all(stated):
                amounts.setdefault(concept, list(dict.fromkeys(stated)))
    return {concept: tuple(stated) for concept, stated in amounts.items()}


def _head(eob: Node) -> Sums:
    places = _places(eob)
    concepts = {kind.concept for place in places for kind, _amount in place if kind.concept}
    sums = {}
    for concept in concepts:
        for place in places:
            if values := _values(concept, place):
                sums[concept] = answer(*values)
                break
    return _with_additions(sums, [row for place in places for row in place])


def _balance(eob: Node) -> Rows:
    rows = [row for balance in nodes(eob, "benefitBalance") for row in nodes(balance, "financial")]
    sums = [(category(node(row, "type")), money(node(row, "usedMoney"))) for row in rows]
    return [(kind, amount) for kind, amount in sums if amount is not None and kind.is_cms]


def _added(rows: Iterable[Answer]) -> Answer:
    """Return the sum of answers: that of the first permitted values, and that of the last ones."""
    permitted = [row.permitted for row in rows]
    return answer(*(sum((Decimal(str(row[at])) for row in permitted), Decimal()) for at in (0, -1)))


def _rows(entries: list[Node]) -> Rows:
    sums = [(category(node(entry, "category")), money(node(entry, "amount"))) for entry in entries]
    return [(kind, amount) for kind, amount in sums if amount is not None]


def _line(line: Node) -> Sums:
    """R4: the sums of a line that is a group are the summary of its details; without any, theirs.

    Facts 3.7: where a detail is silent on one, there is no sum of it.
    """
    own = _line_sums(_rows(nodes(line, "adjudication")))
    details = [_line(detail) for key in ("detail", "subDetail") for detail in nodes(line, key)]
    if own or not details:
        return own
    concepts = {concept for concept in details[0] if all(concept in detail for detail in details)}
    return {concept: _added(detail[concept] for detail in details) for concept in concepts}


def _line_sums(rows: Rows) -> Sums:
    concepts = {kind.concept for kind, _amount in rows if kind.concept}
    sums = {concept: answer(*_values(concept, rows)) for concept in concepts}
    return _with_additions(sums | _copays_together(sums, rows), rows)


def _copays_together(sums: Sums, rows: Rows) -> Sums:
    """CARIN: a copay is a set amount for a service. Different ones of a line are each for a part of it.

    Not where one alone is the share that the line states, or closes its price or a bill without one.
    """
    told = [(kind.name, amount) for kind, amount in rows if kind.concept == "copay"]
    copays = list(dict.fromkeys(amount for _name, amount in told))
    if len(copays) < 2 or not all(copays) or len({name for name, _amount in told}) > 1:
        return {}
    of = {concept: Decimal(str(known.permitted[0])) for concept, known in sums.items()}
    more = sum((of.get(concept, Decimal()) for concept in ("deductible", "coinsurance")), Decimal())
    paid = of.get("benefit", sum(of.get(f"paid to {who}", Decimal()) for who in ("provider", "patient")))
    wholes = [("liability", more), ("allowed", more + paid + of.get("other payer", Decimal()))]
    if "allowed" not in of:
        wholes.append(("billed", wholes[1][1] + of.get("not covered", Decimal())))
    for concept, beside in wholes:
        if concept in of and any(abs(of[concept] - copay - beside) <= CENT for copay in copays):
            return {}
    return {"copay": answer(sum(copays, Decimal()))}


def _values(concept: str, rows: Rows) -> list[Decimal]:
    """Return the permitted values of a concept at one place: equal names once, then the table's first."""
    mine = sorted((row for row in rows if row[0].concept == concept), key=lambda row: row[0].rank)
    if not mine:
        return []
    best = mine[0][0]
    values = [amount for kind, amount in mine if kind.name == best.name]
    if not best.is_cms:  # two common words for one concept: neither is said to come first
        values = [amount for _kind, amount in mine]
    others = [amount for kind, amount in mine if kind.name in DRUG_PAYERS]
    if len(others) > 1:  # the table lists both as paid by others for the member, and not whether they overlap
        values = [*values, *others, sum(others, Decimal())]
    return values + [amount for kind, amount in mine if kind.name in REDUCED and amount]


def _with_additions(sums: Sums, rows: Rows) -> Sums:
    for addition, concept in ADDED.items():
        more = sums.pop(addition, None)
        if more is None:
            continue
        name = next(kind.name for kind, _amount in rows if kind.concept == addition)
        base = sums.get(concept, answer(Decimal()))
        apart = base.permitted if name in APART_FROM_DEDUCTIBLE else ()
        sums[concept] = widened(_added([base, more]), apart)
    return sums


def _currencies(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        if "value" in value and (currency := text(value, "currency")):
            yield currency
        for child in value.values():
            yield from _currencies(child)
    elif isinstance(value, list):
        for child in value:
            yield from _currencies(child)
