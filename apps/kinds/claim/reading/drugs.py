"""What a pharmacy dispensed: the drug of a claim and of its lines, with supply and refills."""

from collections.abc import Sequence
from decimal import Decimal

from apps.fhir import placeholders, values
from apps.fhir.values import Concept, Reference, last_part
from apps.kinds.claim.reading.codes import coded, is_zero
from apps.kinds.claim.reading.concepts import Known
from apps.kinds.claim.reading.facts import IN_DRUG, Info, unit
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import Coded, Drug

_ON_QUANTITY = {"days_suply_num": "dayssupply", "fill_num": "refillnum"}
NDC = "/ndc"
_SERVICE_LISTS = frozenset({"CPT", "CDT", "HIPPS", "revenue code"})
_OF_SERVICES = 5
"""Characters of codes of services, at most (CPT, HCPCS); lists of revenue have four."""
_FEWEST_DIGITS = 9
"""An NDC has ten or eleven; without its package, or its leading zero, nine."""
_COMPOUND = frozenset({"compoundcode", "2"})
"""Category and code (NCPDP) by which a plan says that the pharmacy mixed several ingredients."""
_DRUG_LISTS = ("ndc", "2.16.840.1.113883.6.69", "rxnorm")


def drug(claim: Explanation, infos: Sequence[Info]) -> Drug | None:
    """Return what the pharmacy dispensed: the first line's product, with supply and refills.

    A pharmacy gives vaccines and sells services too: what is no drug stands among the lines alone.
    """
    line = next((item for item in (*claim.item, *claim.add_item) if item.product_or_service), None)
    if line is None or line.product_or_service is None:
        return None
    numbers = _on_quantity(line)
    numbers |= {kind: _quantity(info) for info in infos for kind in info.category.codes if kind in IN_DRUG}
    is_named_so = any("compound" in code.lower() for code in values.codes(line.product_or_service))
    is_compound = is_named_so or any(map(_is_of_compound, infos))
    what, quantity = dispensed(line), line.quantity
    if not is_compound and _is_service(line.product_or_service, what):
        what, quantity = Coded(), None
    drug_read = Drug(
        what=what,
        quantity=values.number(quantity.value) if quantity else None,
        unit=unit(quantity) if quantity else None,
        supply_days=numbers.get("dayssupply"),
        refill=numbers.get("refillnum"),
        refills_allowed=numbers.get("refillsauthorized"),
        prescription=_prescription(claim.prescription),
        is_compound=is_compound,
        parts=_ingredients(line) if is_compound else (),
    )
    return drug_read if drug_read != Drug() else None


def _on_quantity(line: Item) -> dict[str, Decimal | None]:
    """Return what Blue Button v2 says of a drug beside its quantity, by the categories of others."""
    quantity_extensions = line.quantity.extension if line.quantity else ()
    named = (
        (_ON_QUANTITY.get(last_part(extension.url or "").lower()), extension.value_quantity)
        for extension in quantity_extensions
    )
    return {kind: values.number(quantity.value) for kind, quantity in named if kind and quantity}


def _is_of_compound(info: Info) -> bool:
    """Return whether it is that code; not where the plan's own word beside it says "Not a compound"."""
    is_denied = (info.value or "").casefold().startswith("not ")
    return {*info.category.codes, *info.codes} >= _COMPOUND and not is_denied


def _is_service(product: Concept, what: Coded) -> bool:
    """Return whether a code is of a list of services, or of none and too short for the number of a drug."""
    if what.system:
        return what.system in _SERVICE_LISTS
    if any(coding.system for coding in product.coding) or what.code is None:
        return False
    is_short = len(what.code) <= _OF_SERVICES if what.words else True
    return is_short and sum(map(str.isdigit, what.code)) < _FEWEST_DIGITS


def _prescription(reference: Reference | None) -> str | None:
    """Return the number of the prescription; the number of the drug, which stands there too, is none."""
    identifier = reference.identifier if reference else None
    if identifier is None or identifier.value is None or placeholders.is_no_number(identifier.value):
        return None
    kinds = (identifier.system or "", *values.codes(identifier.type))
    is_drug = any(sign in kind.lower() for kind in kinds for sign in _DRUG_LISTS)
    return None if is_drug else values.clean(identifier.value, 60)


def _product(concept: Concept | None) -> Coded:
    """Return the drug of a line: the NDC where one is given, with any words that came."""
    what = coded(concept)
    ndc = next((code for code in values.codes(concept, NDC) if not is_zero(code)), None)
    return Coded(ndc, "NDC", what.words) if ndc else what


products = Known(_product)


def dispensed(line: Item) -> Coded:
    """Return what a pharmacy's line is for: its only part, where the line itself names nothing."""
    what, parts = products[line.product_or_service], _ingredients(line)
    return parts[0] if what == Coded() and len(parts) == 1 else what


def _ingredients(line: Item) -> tuple[Coded, ...]:
    return tuple(products[part.product_or_service] for part in line.detail if part.product_or_service)


def _quantity(info: Info) -> Decimal | None:
    """Return a number, which one payer wrote as a code: `{"code": "14"}` days."""
    quantity = info.sent.value_quantity
    stated = values.number(quantity.value) if quantity else None
    in_codes = (values.number(code) for code in info.codes)
    return next((number for number in in_codes if number is not None), None) if stated is None else stated
