"""What the plan decided, said only where the claim holds a decision or a reason; never read from amounts."""

from tests.oracle.amounts import is_total_line
from tests.oracle.answer import Answer, answer, widened
from tests.oracle.tree import Node, codes, codings, node, nodes, text

REFUSED, PARTLY, PAID = "refused", "partly refused", "paid"
STATUS = {"denied": REFUSED, "partiallypaid": PARTLY, "paid": PAID}
# CLM-CARR-PMT-DNL-CD: 0 denied; letters why it was denied. Digits else say who was paid.
CARRIER_REFUSALS = set("0BCDLMNP")
# CLM-PRCSG-IND-CD: exhausted, non-covered, denied, invalid, CLIA, duplicate, unnecessary, ownership.
LINE_REFUSALS = set("BCDILMNP")
LINE_PAID = {"A", "R"}
# Adjustment reasons that only say who bears a part of the price: deductible, coinsurance, copay, the contract
# with the plan, what was paid before, sequestration, and payment as another payer's share.
PRICE_REASONS = {
    "1",
    "2",
    "3",
    "23",
    "45",
    "59",
    "66",
    "94",
    "97",
    "131",
    "142",
    "187",
    "253",
    "223",
    "22",
    "24",
}
GROUPS = ("CO", "PR", "OA", "PI", "CR")
REASON_CATEGORIES = {"denialreason", "adjustmentreason", "rejectreason"}


def decision(eob: Node, paid: bool) -> Answer:
    """Return the plan's decision on the claim, or nothing; *paid* says whether it paid a sum above zero."""
    lines = [line for line in nodes(eob, "item") if not is_total_line(line)]
    head = _head(eob)
    if head:  # that a payment was made is no word against a reason for a part of it
        may_be_partly = PAID in head.permitted and PARTLY in _by_reasons(eob, lines, paid).permitted
        may_be_partly = may_be_partly or (paid and REFUSED in head.permitted)  # nor a refusal against it
        return widened(head, [PARTLY]) if may_be_partly else head
    told = [_line(line) for line in lines]
    refusals = told.count(REFUSED)
    if refusals and refusals == len(lines):
        return answer(REFUSED, PARTLY) if paid else answer(REFUSED)
    if refusals:
        return answer(PARTLY)
    if PARTLY in told:
        return answer(PARTLY, None)
    return _by_reasons(eob, lines, paid)


def holds_a_refusal(eob: Node) -> bool:
    """Say whether anything in the claim, besides its amounts, may be read as a refusal."""
    return any(word in {REFUSED, PARTLY} for word in decision(eob, paid=False).permitted)


def _head(eob: Node) -> Answer | None:
    for row in (*nodes(eob, "adjudication"), *nodes(eob, "total")):
        if "benefitpaymentstatus" in codes(node(row, "category")):
            for code in codes(node(row, "reason")):
                if code in STATUS:
                    return answer(STATUS[code])
    carrier = extension_codes(eob, "carr_clm_pmt_dnl_cd")
    if carrier & CARRIER_REFUSALS:
        return answer(REFUSED)
    reasons = extension_codes(eob, "clm_mdcr_non_pmt_rsn_cd") | extension_codes(eob, "clm_mdcr_npmt_rsn_cd")
    if reasons - {
        "P",
        "~",
    }:  # it says why Medicare did not pay, not that a decision was made against the member
        return answer(None, REFUSED, PARTLY)
    status = [code for code in codes(node(eob, "payment", "type")) if code in STATUS]
    return answer(STATUS[status[0]], None) if status else None


def _line(line: Node) -> str | None:
    for row in nodes(line, "adjudication"):
        if "benefitpaymentstatus" in codes(node(row, "category")):
            for code in codes(node(row, "reason")):
                if code in STATUS:
                    return STATUS[code]
    indicators = extension_codes(line, "line_prcsg_ind_cd") | extension_codes(line, "clm_prcsg_ind_cd")
    for row in nodes(line, "adjudication"):
        if "line_prcsg_ind_cd" in codes(node(row, "category")):
            indicators |= set(codes(node(row, "reason")))
    if indicators & LINE_REFUSALS:
        return REFUSED
    return PAID if indicators & LINE_PAID else None


def _by_reasons(eob: Node, lines: list[Node], paid: bool) -> Answer:
    rows = [row for part in (eob, *lines) for row in nodes(part, "adjudication")]
    reasons = [pair for row in rows if _gives_reasons(row) for pair in codings(node(row, "reason"))]
    weighty = [code for system, code in reasons if _may_refuse(system, code)]
    if weighty:
        return answer(None, PARTLY) if paid else answer(None, PARTLY, REFUSED)
    return answer(None, PAID) if paid else answer(None)


def _gives_reasons(row: Node) -> bool:
    return bool(REASON_CATEGORIES & set(codes(node(row, "category"))))


def _may_refuse(system: str, code: str) -> bool:
    """Say whether a reason may mean a refusal: "0" of the physician assistant list means "N/A"."""
    if system.endswith("carr_line_rdcd_pmt_phys_astn_c") or code.upper() in GROUPS:
        return False
    number = code.upper()
    for group in GROUPS:
        number = number.removeprefix(group)
    return number.lstrip("0") not in PRICE_REASONS


def extension_codes(parent: Node, name: str) -> set[str]:
    """Return the codes of an extension, by the last part of its address (v2 and v3 spell it differently)."""
    values = set()
    for extension in nodes(parent, "extension"):
        end = text(extension, "url").rsplit("/", 1)[-1].lower().replace("-", "_")
        if end in (name, f"clm_{name}") or end.replace("clm_carr", "carr_clm") == name:
            values |= {text(node(extension, "valueCoding"), "code")}
    return values - {""}
