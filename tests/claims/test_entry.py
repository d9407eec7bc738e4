"""What lists, filters, searches and sums keep of a claim."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from msgspec import structs

from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import MOST_WORDS, ClaimEntry, entry_of, provider_identity, twin_key_of
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import (
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
from apps.kinds.claim.rows import months
from apps.kinds.claim.tallies import Tally
from apps.plain_language.capitals import fold
from apps.records.entries import NOTHING, UNDATED, raw, to_bytes
from apps.records.owners import Owner
from apps.records.volumes import Held
from tests.claims.made import claim, line, reading


def entry(record: ClaimRecord, *, is_current: bool = True) -> ClaimEntry:
    made = entry_of(record, person_key="", provider_key="", brief=NOTHING)
    return structs.replace(made, is_current=is_current)


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
    assert fold(text) == folded


def test_a_claim_is_found_by_who_what_why_and_its_number() -> None:
    record = ClaimRecord(
        provider="Clínica Río",
        facility="East Wing",
        claim_number="CLM-77",
        drug=Drug(what=Coded(code="00093-1048", words="Metformin")),
        lines=(Line(what=Coded(code="G0447", words="Counseling"), parts=(Line(what=Coded(words="Zinc")),)),),
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
    assert len(words) == MOST_WORDS
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
    assert CLAIM.codec.read(to_bytes(some)) == some


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
    assert (provider_identity(one) == provider_identity(other)) is is_same


def test_no_provider_is_nobody() -> None:
    assert provider_identity(ClaimRecord()) == ""


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


def test_a_claim_is_listed_under_its_service_else_the_day_it_was_made_else_last() -> None:
    service, made = date(2026, 3, 9), date(2025, 5, 6)
    assert entry(ClaimRecord(service_on=service, created_on=made)).on == service
    assert entry(ClaimRecord(created_on=made)).on == made
    assert entry(ClaimRecord()).on == UNDATED


def test_a_claim_whose_date_cannot_be_read_stands_under_no_month() -> None:
    """8: "date not readable" stood under the month in which the plan made its record."""
    unread = claim(billablePeriod={"start": "IGNORED_FIELD"}, item=[line(1, servicedDate="soon")])
    record = reading(unread)
    read = structs.replace(entry(record), brief=raw(brief(record)))
    assert (read.on, read.told_on) == (UNDATED, date(2026, 3, 20))
    [month] = months([Held(read, UUID(int=1))])
    assert (month.heading, month.rows[0].meta) == ("Date not known", "date not readable")


def test_of_one_day_the_claim_the_plan_made_last_stands_first_then_by_number() -> None:
    made = (("a", "2026-04-03"), ("b", "2026-04-09"), ("c", "2026-04-03"), ("d", None))
    some = [entry(ClaimRecord(claim_number=number, created=created)) for number, created in made]
    orders = [one.order.split(" ")[-1] for one in sorted(some, key=lambda one: one.sort_key, reverse=True)]
    assert orders == ["b", "c", "a", "d"]


@pytest.mark.parametrize("amount", ["1e16", "Infinity", "NaN"])
def test_an_amount_that_is_no_money_is_in_no_sum(amount: str) -> None:
    assert entry(ClaimRecord(money=Money(your_share=Figure(Decimal(amount))))).your_share is None


def test_what_has_no_number_or_no_payer_is_nobodys_twin() -> None:
    whole = ClaimRecord(claim_number="N", payer="P", money=Money(your_share=Figure(Decimal("5.0"))))
    again = ClaimRecord(claim_number="N", payer="p", money=Money(your_share=Figure(Decimal("5.00"))))
    assert twin_key_of(whole, "paid") == twin_key_of(again, "paid") != ""
    assert twin_key_of(whole, "denied") != twin_key_of(whole, "paid")
    assert twin_key_of(ClaimRecord(claim_number="N"), "paid") == ""
    assert twin_key_of(ClaimRecord(payer="P"), "paid") == ""
