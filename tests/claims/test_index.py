"""What the index keeps of a claim."""

import datetime as dt
import uuid
from decimal import Decimal

import pytest
from apps.claims.index import Entry

from apps.claims import index
from apps.claims.people import Owner
from apps.claims.records import (
    CareMember,
    ClaimRecord,
    Coded,
    Diagnosis,
    Drug,
    Figure,
    Line,
    Money,
    Procedure,
)
from apps.claims.tallies import Tally


def entry(record: ClaimRecord, *, is_current: bool = True) -> Entry:
    return index.entry_of(
        record,
        claim_id=uuid.UUID(int=1),
        ordered_on=dt.date(2025, 3, 9),
        is_current=is_current,
        is_gone=False,
        person_key="",
        provider_key="",
        twin_key="",
        digest="0123456789abcdef" * 4,
    )


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Niño  CLÍNICA", "nino clinica"),
        ("Straße", "strasse"),
        ("İstanbul", "istanbul"),
        ("e\u0301\nx\ty", "e x y"),
        ("ﬁbroma", "fibroma"),
        ("", ""),
    ],
)
def test_words_are_compared_without_case_and_accents(text: str, folded: str) -> None:
    assert index.fold(text) == folded


def test_a_claim_is_found_by_who_what_why_and_its_number() -> None:
    record = ClaimRecord(
        provider="Clínica Río",
        facility="East Wing",
        claim_number="CLM-77",
        drug=Drug(what=Coded(code="00093-1048", words="Metformin"), parts=(Coded(words="Zinc"),)),
        lines=(Line(what=Coded(code="G0447", words="Counseling")),),
        procedures=(Procedure(what=Coded(code="0DTJ4ZZ", words="Removal of appendix")),),
        diagnoses=(Diagnosis(what=Coded(code="E11.9", words="Type 2 diabetes")),),
        care_team=(CareMember(name="Dr. Ana Lopez"),),
    )
    words = entry(record).words
    what = ("metformin", "00093-1048", "zinc", "g0447", "counseling", "appendix", "e11.9", "e119", "diabetes")
    for word in ("clinica rio", "east wing", "clm-77", "ana lopez", *what):
        assert word in words


def test_the_words_of_an_endless_claim_end() -> None:
    lines = tuple(Line(what=Coded(words=f"service number {n}")) for n in range(2000))
    words = entry(ClaimRecord(lines=lines)).words
    assert len(words) == index.MOST_WORDS
    assert "\n" not in words


def test_an_amount_that_was_not_shared_stays_unknown() -> None:
    money = Money(billed=Figure(Decimal("480.00")), your_share=Figure(Decimal(0)))
    found = entry(ClaimRecord(money=money))
    assert (found.billed, found.your_share, found.plan_paid) == (Decimal("480.00"), Decimal(0), None)


def test_each_amount_is_in_the_sums_of_its_own_currency() -> None:
    money = Money(billed=Figure(Decimal(9), "USD"), your_share=Figure(Decimal(5), "CAD"))
    found = entry(ClaimRecord(money=money))
    assert (found.currency, found.your_share) == ("CAD", Decimal(5))
    assert (found.billed_in, found.billed) == ("USD", Decimal(9))
    tally = Tally()
    tally.add(found)
    assert (tally.shares, tally.billed, tally.paid) == ({"CAD": Decimal(5)}, {"USD": Decimal(9)}, {})


def test_what_a_pharmacy_states_as_the_cost_of_a_drug_is_billed_as_in_the_year() -> None:
    found = entry(ClaimRecord(money=Money(drug_cost=Figure(Decimal(9)))))
    assert found.billed == Decimal(9)


def test_a_replaced_claim_is_closed_and_not_counted() -> None:
    record = ClaimRecord(decision="paid")
    assert (entry(record).group, entry(record).is_counted) == ("paid", True)
    old = entry(record, is_current=False)
    assert (old.group, old.is_counted) == ("closed", False)


def test_entries_survive_being_stored() -> None:
    some = [entry(ClaimRecord(provider="Riverside", money=Money(billed=Figure(Decimal("480.10")))))]
    assert index.entries_from(index.to_bytes(some)) == some


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (ClaimRecord(provider="Riverside Clinic"), ClaimRecord(provider="RIVERSIDE  CLÍNIC."), True),
        (ClaimRecord(provider="Riverside Clinic"), ClaimRecord(provider="Riverside Clinic East"), False),
        (
            ClaimRecord(provider="Riverside", provider_npi="1234567893"),
            ClaimRecord(provider="The Riverside Clinic", provider_npi="1234567893"),
            True,
        ),
        (
            ClaimRecord(provider="Riverside", provider_npi="1234567893"),
            ClaimRecord(provider="Riverside", provider_npi="1999999992"),
            False,
        ),
        (ClaimRecord(provider="NPI 1234567893"), ClaimRecord(provider="X", provider_npi="1234567893"), True),
        (ClaimRecord(facility="East Wing"), ClaimRecord(provider="East Wing"), True),
        (ClaimRecord(provider="!!!"), ClaimRecord(provider="???"), False),
    ],
)
def test_providers_are_one_by_their_number_else_by_their_folded_name(
    one: ClaimRecord, other: ClaimRecord, is_same: bool
) -> None:
    assert (index.provider_identity(one) == index.provider_identity(other)) is is_same


def test_no_provider_is_nobody() -> None:
    assert index.provider_identity(ClaimRecord()) == ""


def test_one_person_of_two_plans_is_one_by_name_and_birth_date() -> None:
    one = Owner("c1", "p1", "Ana  LÓPEZ", "1980-02-03")
    assert one.identity == Owner("c2", "p9", "Ana Lopez", "1980-02-03").identity
    assert one.identity != Owner("c2", "p9", "Ana Lopez", "2011-02-03").identity
    assert Owner("c1", "p1", "Ana Lopez").identity != Owner("c2", "p2", "Ana Lopez").identity
    assert Owner("c1").identity != Owner("c2").identity


def test_a_claim_about_somebody_else_is_not_the_owners() -> None:
    owner = Owner("c1", "p1", "Ana Lopez", "1980-02-03")
    assert owner.other_than(ClaimRecord()) == ""
    assert owner.other_than(ClaimRecord(patient="ana lópez")) == ""
    assert owner.other_than(ClaimRecord(patient="Lopez, Ana", patient_reference="Patient/p1")) == ""
    assert owner.other_than(ClaimRecord(patient="Leo Lopez", patient_reference="Patient/p2")) != ""
