"""Which money a code means: CMS names first, then CARIN, HL7, Humana and bare names (facts claims 2, 3)."""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import structs

from apps.fhir.values import Concept, clean, last_part
from apps.plain_language.language import said

DATA = Path(__file__).parent / "data"
CMS = "bluebutton.cms.gov"


class Meaning(msgspec.Struct, frozen=True, gc=False):
    """What one category means: a field of `Money`, `liability`, `detail`, or one of `NO_MONEY`.

    `rank` orders names of one concept (lower wins), `adds` says that the amount comes in addition to others,
    `name` is the same for equal names, of a status the name of the sum that it is told of by network;
    `is_cms` says it came from Medicare's own vocabulary.
    """

    concept: str
    rank: int
    adds: bool
    name: str
    label: str
    is_cms: bool


PLAIN_CODES = {
    "submitted": "billed",
    "eligible": "allowed",
    "allowed": "allowed",
    "benefit": "plan_paid",
    "payment": "plan_paid",
    "paid": "plan_paid",
    "paidtoprovider": "paid_to_provider",
    "paidtopatient": "paid_to_you",
    "memberliability": "liability",
    "deductible": "deductible",
    "unallocdeduct": "deductible",
    "copay": "copay",
    "copayment": "copay",
    "coinsurance": "coinsurance",
    "coins": "coinsurance",
    "noncovered": "not_covered",
    "disallowed": "not_covered",
    "discount": "discount",
    "drugcost": "drug_cost",
    "paidbypatient": "you_paid",
    "patientpay": "you_paid",
    "paidbypatientcash": "you_paid",
    "paidbypatientother": "you_paid",
    "paidbypatienthealthaccount": "you_paid",
    "priorpayerpaid": "other_payer",
    "cob": "other_payer",
    "tax": "tax",
    "eligpercent": "ignore",
    "allowedunits": "ignore",
    # What plans call amounts in lists of their own.
    **dict.fromkeys(("billed", "billedcharge", "charge", "charged", "submittedcharge"), "billed"),
    **dict.fromkeys(("allowable", "allowance", "planallowance", "planallowed"), "allowed"),
    **dict.fromkeys(("planpaid", "paidbyplan", "yourplanpaid", "paidbyyourplan", "benefitpaid"), "plan_paid"),
    **dict.fromkeys(("planpayment", "healthplanpaid", "paidbyhealthplan"), "plan_paid"),
    # What stands on the papers that plans send: "Member rate", "Plan's share", "Your share".
    **dict.fromkeys(("memberrate", "negotiatedrate", "contractedrate"), "allowed"),
    **dict.fromkeys(("planshare", "plansshare"), "plan_paid"),
    **dict.fromkeys(("yourshare", "membershare", "patientshare", "yourresponsibility"), "liability"),
    **dict.fromkeys(("networksaving", "plansaving", "negotiateddiscount"), "discount"),
    "notpayable": "not_covered",
    **dict.fromkeys(("appliedtodeductible", "deductibleapplied"), "deductible"),
    **dict.fromkeys(("paidtomember", "paidtosubscriber"), "paid_to_you"),
    **dict.fromkeys(("memberresponsibility", "patientresponsibility", "patientliability"), "liability"),
    **dict.fromkeys(("plandiscount", "providerdiscount", "networkdiscount"), "discount"),
    **dict.fromkeys(("notcovered", "notallowed"), "not_covered"),
    **dict.fromkeys(("paidbymember", "memberpaid", "patientpaid"), "you_paid"),
    **dict.fromkeys(("otherinsurancepaid", "othercarrierpaid", "otherpayerpaid"), "other_payer"),
}
"""Normalised code or words (see `normal`) -> concept; order ranks codes of one concept."""

TO_BE_PAID = frozenset(
    {"rev_cntr_ptnt_rspnsblty_pmt", "clm_bene_pmt_amt", "clm_line_bene_pmt_amt", "patientpay"}
)
"""Names of payments by the patient under which plans state what is to be paid, outside of pharmacies:
Medicare's pricer works it out. Blue Button v2 and v3 show it as "Patient Responsibility Payment Amount", v3
defines it as paid by the beneficiary."""
TO_PAY = said("Listed as your payment")
HEALTH_ACCOUNT = "paidbypatienthealthaccount"
PAID_IN_PARTS = {
    "paidbypatientcash": said("Paid by you in cash, by check or from your own account"),
    HEALTH_ACCOUNT: said("Paid from your health account"),
    "paidbypatientother": said("Paid by you in another way"),
}
"""What the member paid, by where from (CARIN BB 2.2): together the whole, where that is not stated."""
_PLAIN_RANKS = {code: 1000 + place for place, code in enumerate(PLAIN_CODES)}
_SAY_TOO_LITTLE = frozenset({"payment", "paid", "benefit", "tax", "cob"})
"""Codes that are no words for people: "Payment" does not say whose."""
OF_WORDS = 5000
"""Rank of what is known by its words alone: a code of the same concept goes before."""

LABELS = {
    "billed": said("Billed amount"),
    "allowed": said("Amount your plan allows"),
    "plan_paid": said("Paid by your plan"),
    "paid_to_provider": said("Paid to the provider"),
    "paid_to_you": said("Paid to you"),
    "liability": said("Your share, as your plan states it"),
    "deductible": said("Deductible"),
    "copay": said("Copay"),
    "coinsurance": said("Coinsurance"),
    "not_covered": said("Not covered"),
    "discount": said("Plan discount"),
    "drug_cost": said("Cost of the drug"),
    "you_paid": said("What you paid"),
    "other_payer": said("Paid by another payer"),
    "tax": said("Tax"),
}

_PARTS_BY_NUMBER = {
    **dict.fromkeys(("1", "247"), "deductible"),
    **dict.fromkeys(("2", "248"), "coinsurance"),
    "3": "copay",
}
BY_REASON = {
    number: Meaning(concept, OF_WORDS - 1, False, f"PR {number}", LABELS[concept], False)
    for number, concept in _PARTS_BY_NUMBER.items()
}
"""X12's reasons of the member's part (PR) -> what an amount is that stands under that reason alone."""

DISCRIMINATORS = frozenset(
    (
        *("benefitpaymentstatus", "billingnetworkstatus", "renderingnetworkstatus"),
        *("billingnetworkcontractingstatus", "denialreason", "adjustmentreason", "rejectreason"),
        *("innetwork", "outofnetwork", "other", "paid", "denied", "partiallypaid"),
    )
)
"""Categories that carry a status or a reason, whatever amount stands beside them (facts 1.5 and 2.3)."""
_NETWORKS = frozenset({"innetwork", "outofnetwork"})


_GROUP = re.compile(r"(?:co|pr|oa|pi|cr)(?:[- ]?[a-z]{0,2}\d{1,3})?", re.ASCII)
"""X12's groups of adjustments: each stands once for every reason, so none of its amounts is the whole."""
_BORDERS = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z0-9]+")
_NOT_TELLING = frozenset({"amount", "amt", "total", "the", "in"})
NO_MONEY = frozenset({"status", "ignore", "unknown"})
TOTAL_OF = {"clm_line_othr_tp_pd_amt": "clm_othr_tp_pd_amt"}
"""Medicare's name of a line for what others paid -> its name of a total of that kind, where that differs."""


@cache
def rows(file_name: str, folder: Path = DATA) -> tuple[tuple[str, ...], ...]:
    """Return the rows of one of our data files, without comments, each padded to four cells."""
    text = (folder / file_name).read_text(encoding="utf-8")
    lines = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(tuple([*line, "", "", "", ""][:4]) for line in lines)


@cache
def cms_names() -> dict[str, Meaning]:
    """Return what Medicare's names mean, in lower case; no two differ only in case and meaning."""
    table = enumerate(rows("cms_amounts.tsv"))
    return {
        name: Meaning(concept, rank, rule == "add", name, label, is_cms=True)
        for rank, (name, concept, rule, label) in table
    }


def meaning(category: Concept | None) -> Meaning:
    """Return what a category means; an `unknown` one keeps its own label and is never guessed."""
    if category is None or not (category.coding or category.text):
        return Meaning("unknown", 0, False, "", "", False)
    halves = {(coding.code or "").strip().lower() for coding in category.coding}
    for coding in category.coding:
        name = last_part(coding.code or "")
        if cms_meaning := cms_names().get(name.lower()):
            # Carrier and equipment totals: labelled as another payer's money, always zero (facts 2.4).
            ignored = name == "clm_tot_chrg_amt" and "priorpayerpaid" in halves
            concept = "ignore" if ignored else cms_meaning.concept
            return structs.replace(cms_meaning, concept=concept, label=cms_meaning.label or name)
    return _plain(category, halves)


def _plain(category: Concept, halves: set[str]) -> Meaning:
    texts = [coding.code for coding in category.coding if coding.code] or [category.text or ""]
    code = next((code for code in map(normal, texts) if code in PLAIN_CODES), "")
    statuses = halves & DISCRIMINATORS
    own = [coding for coding in category.coding if normal(coding.code or "") == "paid"]
    if code and not any("status" in (coding.system or "").lower() for coding in own):
        statuses -= {"paid"}
    if code == "paid":
        # Words alone, or of another payment, do not say that the plan paid.
        words = {normal(text) for text in (*(coding.display for coding in own), category.text) if text}
        is_its_own = all(word in _SAY_TOO_LITTLE or PLAIN_CODES.get(word) == "plan_paid" for word in words)
        code = code if own and is_its_own else ""
    if statuses:
        name = code if statuses <= _NETWORKS else ""
        return Meaning("status", 0, False, name, own_label(category) or "", False)
    if code:
        return of_code(code, own_label(category) or code)
    name = last_part(texts[0]).lower()
    is_cms = any(CMS in (coding.system or "") for coding in category.coding)
    if not is_cms and not any(map(_GROUP.fullmatch, halves)) and (concept := _told_by_words(category)):
        said_so = normal(own_label(category) or "")
        is_to_pay = said_so in TO_BE_PAID
        label = TO_PAY if is_to_pay else LABELS[concept]
        return Meaning(concept, OF_WORDS, False, said_so if is_to_pay else name, label, False)
    return Meaning("unknown", 0, False, name, own_label(category) or clean(texts[0], 120) or "", is_cms)


def may_be_status(category: Concept | None) -> bool:
    """Return whether a code is "paid" itself, beside which a zero may only fill the place of an amount."""
    listed = category.coding if category else ()
    return any((coding.code or "").strip().lower() == "paid" for coding in listed)


def of_code(code: str, label: str) -> Meaning:
    """Return what one of `PLAIN_CODES` means; *label* where we have no words for it."""
    concept = PLAIN_CODES[code]
    label = TO_PAY if code in TO_BE_PAID else LABELS.get(concept) or label
    return Meaning(concept, _PLAIN_RANKS[code], False, code, label, False)


def _told_by_words(category: Concept) -> str:
    """Return the one concept that the words of a code name which nobody knows; "" where they differ."""
    shown = [coding.display for coding in category.coding if coding.display] or [category.text or ""]
    words = {normal(text) for text in shown}
    concepts_named = {"" if word in _SAY_TOO_LITTLE else PLAIN_CODES.get(word, "") for word in words}
    return (
        concepts_named.pop() if len(concepts_named) == 1 and not concepts_named & (NO_MONEY | {"tax"}) else ""
    )


def label_of(meaning: Meaning) -> str:
    """Return what an amount is called that stands beside others: what was paid in parts, by where from."""
    return PAID_IN_PARTS.get(meaning.name) or meaning.label or meaning.name


def normal(code: str) -> str:
    """Return a code or its words as letters alone, without "amount": "Co-pay Amount" is "copay"."""
    words = _BORDERS.sub(" ", code).lower().split()
    letters = "".join(word for word in words if word not in _NOT_TELLING)
    return letters.removesuffix("amount").removesuffix("s") if letters not in PLAIN_CODES else letters


def own_label(category: Concept) -> str | None:
    """Return the plan's own words for a category, text first."""
    displays = (clean(coding.display, 120) for coding in category.coding)
    return clean(category.text, 120) or next((display for display in displays if display), None)


Place = Literal["T", "A", "B", "P", "I"]


MOST = 2048
"""Concepts remembered for one question; when more come, all are forgotten and learned again."""

LONGEST = 500
"""Characters of a concept worth remembering: a longer one is worked out anew each time."""


class Known[Answer](dict[Concept | None, Answer]):
    """`known[concept]` is `work_out(concept)`, remembered for all claims of all members: 10 times as fast.

    Only for vocabulary (categories, products, roles): it holds codes and their words, never whose they were,
    and nothing of what is free text, a reference, a name or an amount. A plain dict underneath: threads may
    share it, at worst two of them work out the same answer.
    """

    __slots__ = ("_work_out",)

    def __init__(self, work_out: Callable[[Concept | None], Answer]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, concept: Concept | None) -> Answer:
        answer = self._work_out(concept)
        if concept is None or _length(concept) <= LONGEST:
            if len(self) >= MOST:
                self.clear()
            self[concept] = answer
        return answer


def _length(concept: Concept) -> int:
    length = len(concept.text or "")
    for coding in concept.coding:
        length += len(coding.system or "") + len(coding.code or "") + len(coding.display or "")
    return length
