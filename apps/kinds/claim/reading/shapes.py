"""The parts of R4 ExplanationOfBenefit that we read, as msgspec structs; everything may be missing."""

from typing import Any, ClassVar

import msgspec
from msgspec import Raw

from apps.fhir.values import Amount, Coding, Concept, Identifier, Period, Quantity, Reference


class Shape(msgspec.Struct, frozen=True, rename="camel", gc=False):
    """Base: element names are camelCase in JSON; no cycles, so nothing for the garbage collector."""


class Said(Shape, frozen=True):
    """What an extension says: the kinds of value we have a use for."""

    url: str | None = None
    value_coding: Coding | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    value_url: str | None = None
    value_date: str | None = None
    value_date_time: str | None = None
    value_decimal: Any = None
    value_period: Period | None = None
    value_quantity: Quantity | None = None
    value_identifier: Identifier | None = None


class Extension(Said, frozen=True):
    """An extension, with those inside it: never deeper, so that no nesting costs the claim."""

    extension: tuple[Said, ...] = ()


class Supplied(Quantity, frozen=True):
    """The quantity of a line; Blue Button v2 says there for how many days a drug is, and which fill."""

    extension: tuple[Said, ...] = ()


class Adjudication(Shape, frozen=True):
    """Also `total`: a category with an amount, a bare number, or the reason that stands instead of both."""

    category: Concept | None = None
    reason: Concept | None = None
    amount: Amount | None = None
    value: Any = None
    extension: tuple[Extension, ...] = ()


class Financial(Shape, frozen=True):
    """One amount of `benefitBalance`, which Blue Button uses for the claim's own money (facts 1.27)."""

    type: Concept | None = None
    allowed_money: Amount | None = None
    used_money: Amount | None = None
    used_unsigned_int: Any = None


class BenefitBalance(Shape, frozen=True):
    """A group of `Financial`: of all care or some, one person or a family, in or out of the network."""

    category: Concept | None = None
    name: str | None = None
    excluded: Any = None
    network: Concept | None = None
    unit: Concept | None = None
    term: Concept | None = None
    financial: tuple[Financial, ...] = ()


class Payment(Shape, frozen=True):
    """What the plan paid, or only when."""

    ALONE: ClassVar = "amount"
    amount: Amount | None = None
    adjustment: Amount | None = None
    adjustment_reason: Concept | None = None
    date: str | None = None
    type: Concept | None = None
    identifier: Identifier | None = None


class Payee(Shape, frozen=True):
    """Whom the plan pays."""

    type: Concept | None = None
    party: Reference | None = None


class CareTeam(Shape, frozen=True):
    """Who took part."""

    provider: Reference | None = None
    role: Concept | None = None
    qualification: Concept | None = None


class SupportingInfo(Shape, frozen=True):
    """A fact by category; looked up by category, never by sequence."""

    sequence: Any = None
    category: Concept | None = None
    code: Concept | None = None
    timing_date: str | None = None
    timing_period: Period | None = None
    value_quantity: Quantity | None = None
    value_string: str | None = None
    value_boolean: bool | None = None
    value_reference: Reference | None = None
    reason: Coding | None = None


class Diagnosis(Shape, frozen=True):
    """A diagnosis as codes, or as a reference we do not follow."""

    sequence: Any = None
    diagnosis_codeable_concept: Concept | None = None
    diagnosis_reference: Reference | None = None
    on_admission: Concept | None = None
    type: tuple[Concept, ...] = ()
    extension: tuple[Said, ...] = ()


class Procedure(Shape, frozen=True):
    """A procedure as codes, or as a reference we do not follow."""

    date: str | None = None
    procedure_codeable_concept: Concept | None = None
    procedure_reference: Reference | None = None
    type: tuple[Concept, ...] = ()


class ItemDetail(Shape, frozen=True):
    """A part of a line, such as an ingredient of a compound drug, or a part of such a part."""

    product_or_service: Concept | None = None
    quantity: Quantity | None = None
    adjudication: tuple[Adjudication, ...] = ()
    sub_detail: tuple["ItemDetail", ...] = ()


class Item(Shape, frozen=True):
    """One line."""

    sequence: Any = None
    item_sequence: tuple[Any, ...] = ()
    """Of a line that the plan added: those it stands for."""
    detail_sequence: tuple[Any, ...] = ()
    """Of such a line: the parts of those that it stands for, where it does not stand for the whole."""
    product_or_service: Concept | None = None
    modifier: tuple[Concept, ...] = ()
    revenue: Concept | None = None
    category: Concept | None = None
    serviced_date: str | None = None
    serviced_period: Period | None = None
    location_codeable_concept: Concept | None = None
    location_reference: Reference | None = None
    quantity: Supplied | None = None
    net: Amount | None = None
    body_site: Concept | None = None
    sub_site: tuple[Concept, ...] = ()
    note_number: tuple[Any, ...] = ()
    diagnosis_sequence: tuple[Any, ...] = ()
    information_sequence: tuple[Any, ...] = ()
    adjudication: tuple[Adjudication, ...] = ()
    extension: tuple[Extension, ...] = ()
    detail: tuple[ItemDetail, ...] = ()
    encounter: tuple[Reference, ...] = ()


class Insurance(Shape, frozen=True):
    """The coverage the claim was made under."""

    focal: Any = None
    coverage: Reference | None = None


class RelatedClaim(Shape, frozen=True):
    """Another claim: `reference` is an Identifier by R4, a Reference by some payers; we read both."""

    claim: Reference | None = None
    relationship: Concept | None = None
    reference: Any = None


class ProcessNote(Shape, frozen=True):
    """A remark of the plan in its own words."""

    number: Any = None
    text: str | None = None


class DatedPeriod(Period, frozen=True):
    """The period of a bill, on which Medicare says what kind of bill it is."""

    extension: tuple[Extension, ...] = ()


class Contained(Shape, frozen=True):
    """A record inside the claim, kept for its name, or for its code where it is a condition, a procedure or a
    test, with the result."""

    resource_type: str | None = None
    id: str | None = None
    name: Any = None
    code: Concept | None = None
    value_quantity: Quantity | None = None
    value_codeable_concept: Concept | None = None
    value_string: str | None = None
    practitioner: Reference | None = None
    organization: Reference | None = None
    identifier: tuple[Identifier, ...] = ()


class Meta(Shape, frozen=True):
    """Profiles, tags and labels of security."""

    profile: tuple[str, ...] = ()
    tag: tuple[Coding, ...] = ()
    security: tuple[Coding, ...] = ()


class Accident(Shape, frozen=True):
    """When and how the member was hurt."""

    date: str | None = None
    type: Concept | None = None


class Explanation(Shape, frozen=True):
    """The claim as the plan sent it."""

    resource_type: str | None = None
    id: str | None = None
    meta: Meta = Meta()
    contained: tuple[Contained, ...] = ()
    extension: tuple[Extension, ...] = ()
    identifier: tuple[Identifier, ...] = ()
    status: str | None = None
    type: Concept | None = None
    sub_type: Concept | None = None
    precedence: Any = None
    priority: Concept | None = None
    accident: Accident = Accident()
    pre_auth_ref: tuple[str, ...] = ()
    pre_auth_ref_period: tuple[Period, ...] = ()
    use: str | None = None
    patient: Reference | None = None
    billable_period: DatedPeriod = DatedPeriod()
    created: str | None = None
    insurer: Reference | None = None
    provider: Reference | None = None
    facility: Reference | None = None
    related: tuple[RelatedClaim, ...] = ()
    prescription: Reference | None = None
    outcome: str | None = None
    disposition: str | None = None
    care_team: tuple[CareTeam, ...] = ()
    supporting_info: tuple[SupportingInfo, ...] = ()
    diagnosis: tuple[Diagnosis, ...] = ()
    procedure: tuple[Procedure, ...] = ()
    insurance: tuple[Insurance, ...] = ()
    item: tuple[Item, ...] = ()
    add_item: tuple[Item, ...] = ()
    adjudication: tuple[Adjudication, ...] = ()
    total: tuple[Adjudication, ...] = ()
    payment: Payment = Payment()
    payee: Payee | None = None
    process_note: tuple[ProcessNote, ...] = ()
    benefit_balance: tuple[BenefitBalance, ...] = ()


class Complete(Explanation, frozen=True, forbid_unknown_fields=True):
    """The claim with every element that R4 has: what decodes as this has no element that R4 does not know.

    The elements named here are not read, so they stay the bytes they are, at no cost.
    """

    implicit_rules: Raw = Raw()
    language: Raw = Raw()
    text: Raw = Raw()
    modifier_extension: Raw = Raw()
    enterer: Raw = Raw()
    funds_reserve_requested: Raw = Raw()
    funds_reserve: Raw = Raw()
    original_prescription: Raw = Raw()
    referral: Raw = Raw()
    claim: Raw = Raw()
    claim_response: Raw = Raw()
    form_code: Raw = Raw()
    form: Raw = Raw()
    benefit_period: Raw = Raw()
