"""Whom the claim names, joined by reference and by NPI within the record; a placeholder names nobody."""

from collections.abc import Iterator, Mapping

from tests.oracle.answer import Answer, answer
from tests.oracle.decision import extension_codes
from tests.oracle.tree import Node, codes, codings, node, nodes, text

NPI_DIGITS = 10
PLACEHOLDERS = {
    "",
    "-",
    "--",
    "n/a",
    "na",
    "none",
    "null",
    "unknown",
    "undefined",
    "ignored_field",
    "not found",
    "tbd",
    "test",
    "?",
}

PAYEES = {
    **dict.fromkeys(("provider", "practitioner"), "provider"),
    **dict.fromkeys(("subscriber", "beneficiary"), "member"),
    "other": "other",
}
PARTIES = {
    **dict.fromkeys(("Practitioner", "PractitionerRole", "Organization"), "provider"),
    **dict.fromkeys(("Patient", "RelatedPerson"), "member"),
}
CARRIER_PAID = {"1": "provider", "2": "member", "3": "both", "4": "provider", "5": "both"}
# CLM-CARR-PMT-DNL-CD: physician or supplier, beneficiary, both, hospital, hospital and beneficiary.

KINDS_OF_PAYER = {"private", "insurance", "no_insurance"}


def named(value: str) -> str:
    """Return a name, or "" for what only stands in its place ("N/A", "UNKNOWN", "-", "Not Found-12")."""
    name = " ".join(value.split())
    low = name.lower().strip(" .")
    is_column = (
        "_" in name and name.replace("_", "a").isalnum()
    )  # M-05: the name of a field, "item_quantity_unit"
    if low in PLACEHOLDERS or low.startswith("not found") or is_column or not any(map(str.isalpha, name)):
        return ""
    return name


def provider(eob: Node, known: Mapping[str, str]) -> Answer:
    """Return the provider's name, else its NPI; *known* has names by reference ("Practitioner/1") and NPI."""
    reference = node(eob, "provider")
    permitted = list(_of(reference, eob, known))
    for npi in _npis(reference, eob):
        permitted += [known[npi]] if named(known.get(npi, "")) else []
        permitted += _by_npi(npi, eob, known)
    payers = {named(name).casefold() for name in _of(node(eob, "insurer"), eob, known)}
    told = [name for name in map(named, permitted) if name]
    names = [name for name in told if name.casefold() not in payers]
    if names or told:  # a plan that names itself as the provider says of none who it was
        return answer(*names) if names else answer(None)
    numbers = [npi for npi in sorted(_npis(reference, eob)) if npi.isdigit() and len(set(npi)) > 1]
    in_doubt = any(len(npi) != NPI_DIGITS for npi in numbers)
    return answer(*(f"NPI {npi}" for npi in numbers), *([None] if in_doubt or not numbers else []))


def insurer(eob: Node, known: Mapping[str, str]) -> Answer:
    """Return the name of who paid the claim, or nothing: the agency CMS is Medicare."""
    if text(node(eob, "insurer", "identifier"), "value") == "CMS":
        return answer("Medicare")
    told = map(named, _of(node(eob, "insurer"), eob, known))
    names = [name for name in told if name and name.lower() not in KINDS_OF_PAYER]
    return answer(*names) if names else answer(None)


def facility(eob: Node, known: Mapping[str, str]) -> Answer:
    """Return the name of the place: R4's facility, or CARIN's service facility."""
    places = [node(eob, "facility")]
    places += [
        node(info, "valueReference")
        for info in nodes(eob, "supportingInfo")
        if "servicefacility" in codes(node(info, "category"))
    ]
    names = [name for place in places for name in map(named, _of(place, eob, known)) if name]
    return answer(*names) if names else answer(None)


def payee(eob: Node, paid_to: set[str], *, is_of_all: bool) -> Answer:
    """Return who was paid: "provider", "member", "both", "other", or nothing.

    R4 calls the payee the party to be reimbursed, CARIN what went to provider or patient: where all went to
    the other one (*paid_to*), both may be told, and neither as a fact. Without the type of a payee the party
    tells it, the amounts, unless some lines state none (not *is_of_all*), or Medicare's code.
    """
    codes_told = [code.lower() for code in codes(node(eob, "payee", "type"))]
    word = next((PAYEES[code] for code in codes_told if code in PAYEES), None)
    path = text(node(eob, "payee", "party"), "reference").split("/_history/", 1)[0]
    party = PARTIES.get(path.split("/")[-2]) if "/" in path else None
    if word and party and word != party:
        word = party = None  # it names two, and says of neither that it was paid
    if word:
        is_denied = {word, *paid_to} == {"provider", "member"} and word not in paid_to
        return answer(word, *paid_to) if is_denied else answer(word)
    if paid_to:
        whom = "both" if len(paid_to) > 1 else next(iter(paid_to))
        return answer(whom, *filter(None, [party]), *([] if is_of_all else [None]))
    carrier = sorted(
        {CARRIER_PAID[code] for code in extension_codes(eob, "carr_clm_pmt_dnl_cd") if code in CARRIER_PAID}
    )
    # A type of no list of HL7's may say something else than the party.
    return answer(party, *([None] if codes_told else [])) if party else answer(*carrier or [None])


def prescription(eob: Node) -> Answer:
    """Return the number of the prescription; the code of a drug (NDC) in its place is none (M-10)."""
    identifier = node(eob, "prescription", "identifier")
    is_drug = "ndc" in text(identifier, "system").lower().rsplit("/", 1)[-1]
    return answer(None if is_drug else text(identifier, "value") or None)


def _of(reference: Node, eob: Node, known: Mapping[str, str]) -> Iterator[str]:
    yield text(reference, "display")
    target = text(reference, "reference")
    if target.startswith("#"):
        for inner in nodes(eob, "contained"):
            if text(inner, "id") == target[1:]:
                yield from _resource_names(inner)
    elif target:
        current = target.split("/_history/", 1)[0]
        yield known.get(target, "")
        yield known.get(current, "")
        yield known.get("/".join(current.rsplit("/", 2)[-2:]), "")


def _resource_names(resource: Node) -> Iterator[str]:
    yield text(resource, "name")
    for name in nodes(resource, "name"):
        given = [part for part in name.get("given") or [] if isinstance(part, str)]
        parts = [*_strings(name, "prefix"), *given, text(name, "family"), *_strings(name, "suffix")]
        yield text(name, "text")
        yield " ".join(part for part in parts if part)
        yield " ".join(part for part in (*given, text(name, "family")) if part)


def _strings(parent: Node, key: str) -> list[str]:
    value = parent.get(key)
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []


def _npis(reference: Node, eob: Node) -> set[str]:
    identifiers = [node(reference, "identifier")]
    target = text(reference, "reference")
    for inner in nodes(eob, "contained"):
        if target == f"#{text(inner, 'id')}":
            identifiers += nodes(inner, "identifier")
    return {text(number, "value") for number in identifiers if _is_npi(number)} - {""}


def _is_npi(identifier: Node) -> bool:
    system = text(identifier, "system").lower().rsplit("/", 1)[-1]  # also CMS's carr_clm_blg_npi_num
    return "npi" in system.replace("-", "_").split("_") or "npi" in [
        code.lower() for _s, code in codings(node(identifier, "type"))
    ]


def _by_npi(npi: str, eob: Node, known: Mapping[str, str]) -> Iterator[str]:
    """Give the names that other parts of the same record have for a number, also its facility (M-04)."""
    for reference in (
        *(node(member, "provider") for member in nodes(eob, "careTeam")),
        node(eob, "facility"),
    ):
        if npi in _npis(reference, eob):
            yield from _of(reference, eob, known)
    for inner in nodes(eob, "contained"):
        if npi in {text(number, "value") for number in nodes(inner, "identifier") if _is_npi(number)}:
            yield from _resource_names(inner)
