"""Who took part and who they are: names from references, contained records and displays (facts claims 9)."""

import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from apps.fhir import numbers, placeholders, values
from apps.fhir.values import Reference
from apps.kinds.claim.reading.concepts import CMS
from apps.kinds.claim.reading.facts import Info
from apps.kinds.claim.reading.shapes import Contained, Explanation
from apps.kinds.claim.records import CareMember
from apps.plain_language.language import said

READ_FOR_NAMES = frozenset({"Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson"})
MOST_CALLED = 200
"""Names that one claim gives to others."""
_UNNAMED = frozenset({"", "not-applicable", "unknown"})
UNINSURED = frozenset({"no_insurance", said("no insurance"), said("uninsured"), said("self pay"), "self-pay"})
TELLING_KINDS = UNINSURED | {said("private"), said("commercial"), said("government"), said("dual eligible")}
_KINDS_OF_PAYER = TELLING_KINDS | {"insurance", "insurer", "payer", "other"}
"""What stands where the name of a plan belongs and says only what kind of payer it is."""
_INSURER = re.compile(
    r"insur|assuranc|payer|mutual|health ?plan|blue ?cross|blue ?shield|medicare|medicaid|benefit",
    re.IGNORECASE,
)
"""What those are called that give no care themselves."""
_PLAN = re.compile(
    r"\b(insurance|(health|dental|vision|drug|medical)( care)? plan)( (company|co|inc)\.?)?$", re.I
)
"""What no person is called."""
_PART = re.compile(r"(Part [A-D]) [a-z/ ]*claim record\b")
"""Medicare's name of the file in which a claim is kept, where the coverage belongs."""


class Mentions(msgspec.Struct, frozen=True, gc=False):
    """Whom a claim refers to, found in one walk over it."""

    references: frozenset[str]
    """Records it gets names from, as `Type/id` or absolute URL, without version."""
    named: dict[str, str]
    """What it calls those it refers to, under the keys by which other claims refer to them."""
    unnamed: frozenset[str]
    """Keys of those to whom some place of it refers without a name."""


def mentions(claim: Explanation) -> Mentions:
    """Return whom *claim* refers to."""
    named, unnamed, references = dict[str, str](), set[str](), set[str]()
    team = [member.provider for member in claim.care_team if member.provider]
    others = _others(claim)
    for place, reference in enumerate((*others, *team)):
        target = values.target(reference.reference)
        path = values.path_in(target)
        kind = values.resource_type(reference.reference)
        if target and kind in READ_FOR_NAMES:
            references.add(target)
        name = None if _is_of_plan(reference, claim) else values.name_shown(reference.display)
        for key in _keys(reference, kind, path, is_of_team=place >= len(others)):
            if name:
                named.setdefault(key, name)
            else:
                unnamed.add(key)
    for contained in claim.contained:
        if contained.identifier and contained.resource_type in READ_FOR_NAMES:
            name = values.human_name(contained.name)
            for key in filter(None, map(values.key_of, contained.identifier)):
                if name:
                    named.setdefault(key, name)
                else:
                    unnamed.add(key)
    # The person treated is never asked for by the claim: their name is known, or not for us to read.
    patient = values.target(claim.patient.reference) if claim.patient else None
    if patient and values.resource_type(patient) == "Patient":
        references.add(patient)
    return Mentions(frozenset(references), named, frozenset(unnamed))


def with_own(claim: Explanation, mentioned: Mentions, names: Mapping[str, str]) -> Mapping[str, str]:
    """Return *names* extended by the claim's own: of contained records under `#id`, and what it calls others.

    Whom it names in one place only (a provider by number, the same number with a name in the care team) is
    named by that everywhere in it, whatever other claims say.
    """
    inside = {f"#{contained.id}": contained for contained in claim.contained if contained.id}
    own = {key: mentioned.named[key] for key in mentioned.unnamed if key in mentioned.named}
    all_names = {**names, **own} if own else names
    contained = {
        key: shown
        for key, contained in inside.items()
        if (shown := _contained_name(contained, inside, all_names))
    }
    return {**all_names, **contained} if contained else all_names


def _keys(reference: Reference, kind: str | None, path: str | None, *, is_of_team: bool) -> list[str]:
    """Return the keys of a reference to a *kind*, which leads to *path*. A tax number is an organization's:
    its people share it."""
    keys = [f"{numbers.SAID}{path}"] if path and kind in READ_FOR_NAMES else []
    shares_tax = kind != "Organization" if is_of_team else kind not in (None, "Organization")
    number = values.number_of(reference)
    if number and not (shares_tax and number.startswith(numbers.TAX)):
        keys.append(number)
    return keys


def _contained_name(
    contained: Contained, inside: Mapping[str, Contained], names: Mapping[str, str]
) -> str | None:
    """Return the name of a contained record; a role is named by its practitioner, else its organization."""
    own = values.human_name(contained.name) or _numbered(contained, names)
    if own or contained.resource_type != "PractitionerRole":
        return own
    for reference in (contained.practitioner, contained.organization):
        target = values.target(reference.reference) if reference else None
        within = inside.get(target or "")
        name = (values.human_name(within.name) if within else None) or values.known_name(reference, names)
        if name:
            return name
    return None


def _numbered(contained: Contained, names: Mapping[str, str]) -> str | None:
    """Return what others call the number of a contained record, else its NPI."""
    keys = (key for number in contained.identifier if (key := values.key_of(number)))
    named = next((name for key in keys if (name := names.get(key))), None)
    shown = (values.known_name(Reference(identifier=number), {}) for number in contained.identifier)
    return named or next((text for text in shown if text and text.startswith("NPI ")), None)


def is_by_person(claim: Explanation) -> bool:
    """Return whether the provider is a person by the plan's reference: to an R4 Practitioner."""
    where = claim.provider.reference if claim.provider else None
    inside = (contained.resource_type for contained in claim.contained if f"#{contained.id}" == where)
    return "Practitioner" in (values.resource_type(where), *inside)


def provider_npi(claim: Explanation) -> str | None:
    """Return the provider's NPI, where the reference or the contained record has it: ten digits."""
    if claim.provider is None:
        return None
    stated = values.identifier_of(claim.provider)
    identifiers = [stated] if stated else []
    inside = (
        contained
        for contained in claim.contained
        if contained.id and claim.provider.reference == f"#{contained.id}"
    )
    identifiers += [identifier for contained in inside for identifier in contained.identifier]
    keys = (key for numbered in identifiers if (key := values.key_of(numbered)))
    return next((key.removeprefix(numbers.NPI) for key in keys if key.startswith(numbers.NPI)), None)


def patient_number(claim: Explanation) -> str | None:
    """Return the number of the person treated, where no record is referred to."""
    identifier = values.identifier_of(claim.patient)
    return values.clean(identifier.value, 100) if identifier else None


def care_team(claim: Explanation, names: Mapping[str, str]) -> tuple[CareMember, ...]:
    """Return each participant once: Blue Button repeats them for every line."""
    team: dict[tuple[str | None, str | None], CareMember] = {}
    for member in claim.care_team:
        role = next(
            (code.lower() for code in values.codes(member.role) if "carin" in _systems(member.role, code)),
            None,
        )
        role = role or next((code.lower() for code in values.codes(member.role)), None)
        name = care_giver(member.provider, claim, names)
        skill = _skill(member.qualification)
        if name or skill:
            named_member = CareMember(role, name, None if (skill or "").lower() in _UNNAMED else skill)
            team.setdefault((role, name), named_member)
    return tuple(team.values())


def _skill(qualification: values.Concept | None) -> str | None:
    """Return what a participant is skilled in: by Medicare's own list before the taxonomy beside it."""
    codings = qualification.coding if qualification else ()
    medicares = (values.stated(coding.display) for coding in codings if CMS in (coding.system or ""))
    return next((words for words in medicares if words), None) or values.words(qualification)


def _systems(concept: values.Concept | None, code: str) -> str:
    systems = [coding.system or "" for coding in concept.coding if coding.code == code] if concept else []
    return " ".join(systems).lower()


def payer(claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return the plan's name; None when the claim only says "Medicare" where a reference belongs."""
    name = values.known_name(claim.insurer, names)
    if is_patient(claim.insurer, claim) or (name and name.casefold() in _KINDS_OF_PAYER):
        return None
    identifier = values.identifier_of(claim.insurer)
    if name is None and identifier and identifier.value == "CMS":
        return "Medicare"
    return name


def care_giver(reference: Reference | None, claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return the name of who is to have given care; None for the payer itself, and for who was treated.

    Where a plan is displayed, others may name whom the reference means.
    """
    return None if is_patient(reference, claim) else named(reference, claim, names)


def named(reference: Reference | None, claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return the name of who gave care or was paid for it, as `care_giver` does: of the patient, too."""
    is_shown = reference is not None and not _is_of_plan(reference, claim)
    meant = reference if is_shown or reference is None else msgspec.structs.replace(reference, display=None)
    name = values.known_name(meant, names)
    return None if name and _is_payer(name, claim, names) else name


def why_unnamed(claim: Explanation, names: Mapping[str, str]) -> Literal["", "payer", "reference"]:
    """Return why `care_giver` names no provider, "" where it does, or where the plan sent nothing of it."""
    if care_giver(claim.provider, claim, names):
        return ""
    provider = claim.provider or Reference()
    name = values.known_name(provider, names)
    target = values.target(provider.reference)
    if is_patient(provider, claim):
        return ""
    is_insurer = claim.insurer is not None and target == values.target(claim.insurer.reference)
    if (name and _is_payer(name, claim, names)) or (target and is_insurer):
        return "payer"
    identifier = values.identifier_of(provider)
    number = values.clean(identifier.value, 80) if identifier else None
    # One digit repeated stands where the number is not known.
    is_numbered = number is not None and len(set(number)) > 1 and not placeholders.is_no_number(number)
    return "reference" if target or is_numbered else ""


def is_patient(reference: Reference | None, claim: Explanation) -> bool:
    """Whether the person treated stands in the place of another, as programs write who know nobody."""
    of_patient = values.target(claim.patient.reference) if claim.patient else None
    return bool(of_patient and reference and values.target(reference.reference) == of_patient)


def _is_of_plan(reference: Reference, claim: Explanation) -> bool:
    """Whether a plan is displayed where who gave care belongs: the payer, or for a person any."""
    shown = reference.display
    if not shown or reference is claim.insurer:
        return False
    is_plan = _PLAN.search(shown) and values.resource_type(reference.reference) == "Practitioner"
    return bool(is_plan) or _is_payer(shown, claim, {})


def _is_payer(name: str, claim: Explanation, names: Mapping[str, str]) -> bool:
    """Whether an insurer stands in a provider's place; some that insure give care too, under one name."""
    return bool(_INSURER.search(name)) and name.casefold() == (payer(claim, names) or "").casefold()


def payer_kind(claim: Explanation) -> str | None:
    """Return what kind of payer stands where no plan is named, an insurer before none at all."""
    sent = (claim.insurer, *(insurance.coverage for insurance in claim.insurance))
    displays = [(reference.display or "").strip() for reference in sent if reference]
    kinds = [name for name in displays if name.casefold() in TELLING_KINDS]
    return min(kinds, key=lambda name: name.casefold() in UNINSURED, default=None)


def coverage(claim: Explanation, names: Mapping[str, str]) -> str | None:
    """Return how the claim names the coverage it is for: "Part B"; another insurer's stands beside it."""
    focal_first = sorted(claim.insurance, key=lambda insurance: insurance.focal is not True)
    shown = (values.known_name(insurance.coverage, names) for insurance in focal_first)
    name = next((name for name in shown if name and name.casefold() not in _KINDS_OF_PAYER), None)
    part = _PART.match(name or "")
    return part[1] if part else name


def other_plans(claim: Explanation, names: Mapping[str, str]) -> tuple[str, ...]:
    """Return what other insurance a claim names beside its own; () where none is marked as its own."""
    if not any(insurance.focal is True for insurance in claim.insurance):
        return ()
    others = [insurance.coverage for insurance in claim.insurance[:20] if insurance.focal is False]
    own = {name.casefold() for name in (payer(claim, names), coverage(claim, names)) if name}
    names_told = (values.known_name(other, names) for other in others)
    return tuple(dict.fromkeys(name for name in names_told if name and name.casefold() not in own))


def _others(claim: Explanation) -> list[Reference]:
    """Return whom the claim refers to, but for the patient and the care team."""
    others = [claim.provider, claim.insurer, claim.facility, claim.payee.party if claim.payee else None]
    others += [line.location_reference for line in (*claim.item, *claim.add_item)]
    others += [info.value_reference for info in claim.supporting_info]
    for contained in claim.contained:
        others += (contained.practitioner, contained.organization)
    return [reference for reference in others if reference is not None]


def facility(claim: Explanation, infos: Iterable[Info], names: Mapping[str, str]) -> str | None:
    """Return the name of the place of care, else of one that supporting information names."""
    served = [info.sent.value_reference for info in infos if "servicefacility" in info.category.codes]
    named = (care_giver(reference, claim, names) for reference in (claim.facility, *served))
    return next(filter(None, named), None)
