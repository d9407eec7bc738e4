"""Reading Coverage as payers send it."""

import datetime as dt
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.fhir.names import Named
from apps.fhir.tolerant import Unreadable
from apps.kinds.coverage import kinds, reading, wording
from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import Cost, CoverageClass, CoverageRecord
from apps.records.entries import raw


def read(names: dict[str, str] | None = None, **coverage: Any) -> CoverageRecord:
    body = json.dumps({"resourceType": "Coverage", "id": "c1"} | coverage).encode()
    return COVERAGE.read(body, names or {})


def on_a_card(text: str) -> dict[str, Any]:
    """Return an amount of an insurance card (HL7's C4DIC, Blue Button's too): its text, and no number."""
    url = "http://hl7.org/fhir/us/insurance-card/StructureDefinition/C4DIC-BeneficiaryCostString-extension"
    return {"extension": [{"url": url, "valueString": text}]}


def coverages(tree: object) -> Iterator[dict[str, Any]]:
    """Every Coverage in a JSON tree: resources of bundles, contained ones, parameters."""
    if isinstance(tree, dict):
        if tree.get("resourceType") == "Coverage":
            yield tree
        for value in tree.values():
            yield from coverages(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from coverages(value)


def test_the_published_carin_example_is_read_whole(shared: Path) -> None:
    body = (shared / "fhir/carin-bb-2.2.0/Coverage-Coverage3.json").read_bytes()
    record = COVERAGE.read(body, {"Organization/Payer1": "UPMC Health Plan"})
    assert record.member_number == "1234-234-1243-12345678901"
    assert record.subscriber_number == "12345678901"
    assert (record.starts, record.ends) == ("2019-01-01", "2019-10-31")
    assert record.payers == ("UPMC Health Plan",)
    assert (record.relationship, record.dependent, record.type_code) == ("self", "01", "HIP")
    assert [(each.kind, each.name) for each in record.classes] == [
        ("group", "Acme Corporation"),
        ("plan", "XYZ123-UPMC CONSUMER ADVA"),
    ]
    assert record.network == "XYZ123-UPMC CONSUMER ADVA"
    assert reading.references_of(reading.opened(body)) == {"Organization/Payer1"}


def test_every_published_coverage_makes_a_card(shared: Path) -> None:
    found = 0
    for file in sorted((shared / "fhir").glob("*/*.json")):
        for coverage in coverages(json.loads(file.read_bytes())):
            found += 1
            record = COVERAGE.read(json.dumps(coverage).encode(), {})
            card = wording.card(record, on=dt.date(2026, 11, 25), shared_by="My plan")
            assert card.title, file.name
            assert card.sentence.endswith("."), file.name
            assert COVERAGE.open_brief(raw(record)) == record
            if record.member_number and len(record.member_number) > 4:
                assert record.member_number not in repr(card), file.name
    assert found > 100


def test_blue_button_parts_are_called_as_a_member_calls_them(shared: Path) -> None:
    bundle = json.loads((shared / "fhir/cms-bfd-v2/coverageSearchByPatientId.json").read_bytes())
    found = [COVERAGE.read(json.dumps(each).encode(), {}) for each in coverages(bundle)]
    assert [wording.title_of(each) for each in found] == [f"Medicare Part {part}" for part in "ABCD"]
    assert found[0].payers == ("Centers for Medicare and Medicaid Services",)


def test_the_hl7_example_keeps_its_copay_and_when_it_does_not_apply(shared: Path) -> None:
    record = COVERAGE.read((shared / "fhir/hl7-r4-core-examples/Coverage-7546D.json").read_bytes(), {})
    [cost] = record.costs
    assert (cost.kind, cost.amount, cost.currency) == ("gpvisit", Decimal("20.0"), "USD")
    assert cost.exceptions[0].reason == "retired"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"valueMoney": {"value": 10, "currency": "USD"}}, Cost(amount=Decimal(10), currency="USD")),
        ({"valueMoney": {"value": 10}}, Cost(amount=Decimal(10))),
        ({"valueQuantity": {"value": 0.15}}, Cost(share=Decimal("0.15"))),
        ({"valueQuantity": {"value": 20, "unit": "%"}}, Cost(share=Decimal("0.2"))),
        ({"valueQuantity": {"value": 20, "unit": "dollars", "code": "USD"}},
         Cost(amount=Decimal(20), currency="USD")),
        ({"type": {"coding": [{"code": "copaypct"}]}, "valueQuantity": {"value": 20}},
         Cost(kind="copaypct", share=Decimal("0.2"))),
        ({"valueQuantity": {"value": 20, "code": "USD"}}, Cost(amount=Decimal(20), currency="USD")),
        ({"valueQuantity": {"value": 30, "unit": "visits"}}, Cost(quantity=Decimal(30), unit="visits")),
        ({"valueQuantity": {"value": 30}}, Cost(quantity=Decimal(30))),
        ({"valueQuantity": {"value": 1}}, Cost(quantity=Decimal(1))),
        ({"valueQuantity": {"value": 0}}, Cost(quantity=Decimal(0))),
        ({"valueQuantity": {"value": 250, "unit": "Dollars"}}, Cost(amount=Decimal(250), currency="USD")),
        ({"valueMoney": {"value": "free"}}, Cost(unread="free")),
        ({"valueMoney": "$25"}, Cost(unread="$25")),
        ({"valueMoney": {"value": [20.5]}}, Cost(unread='["20.5"]')),
        ({"valueMoney": {"value": {}}}, Cost()),
        ({"valueMoney": 25}, Cost(amount=Decimal(25))),
        ({"type": {"coding": [{"code": "copaypct"}]}, "valueQuantity": 20},
         Cost(kind="copaypct", share=Decimal("0.2"))),
        ({"valueMoney": {"currency": "USD"}}, Cost()),
        ({"type": {"coding": [{"code": "rx"}]}, "valueMoney": on_a_card("DED THEN $10/$40/25%")},
         Cost(kind="rx", unread="DED THEN $10/$40/25%")),
        ({"valueMoney": {"value": 10} | on_a_card("$10 a visit")}, Cost(amount=Decimal(10))),
        ({"valueMoney": {"value": 0} | on_a_card("$10/$40")}, Cost(unread="$10/$40")),
        ({"valueMoney": {"value": 1500} | on_a_card("$1,500 a year")}, Cost(amount=Decimal(1500))),
        ({"valueMoney": {"value": 10, "currency": "USD"} | on_a_card("10%")}, Cost(unread="10%")),
        ({"valueMoney": {"extension": [{"url": "http://x/note", "valueString": "since 2024"}]}}, Cost()),
        ({}, Cost()),
    ],
)  # fmt: skip
def test_a_cost_is_an_amount_a_share_a_number_or_not_shared(sent: dict[str, Any], expected: Cost) -> None:
    assert read(costToBeneficiary=[sent]).costs == (expected,)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"type": {"text": "group"}, "value": "G1"}, ("group", "G1")),
        ({"type": {"coding": [{"code": "RX-ID"}]}, "value": "X1"}, ("rxid", "X1")),
        ({"type": {"coding": [{"code": "7", "display": "Rx BIN"}]}, "value": "B1"}, ("rxbin", "B1")),
        ({"type": {"text": "Pharmacy ID"}, "value": "X1"}, ("rxid", "X1")),
        ({"type": {"text": "Plan 1"}, "value": "P1"}, ("Plan 1", "P1")),
        ({"type": {"text": "group"}, "value": [{"system": "x"}, {"value": "G1"}]}, ("group", "G1")),
        ({"type": {"text": "group"}, "value": True}, ("group", None)),
        ({"type": {"text": "Metal level"}, "value": "Gold"}, ("Metal level", "Gold")),
        ({"type": {"coding": [{"code": "group"}]}, "value": {"value": "G1"}}, ("group", "G1")),
        ({"type": {"coding": [{"code": "group"}]}, "value": {"value": {"a": 1}}}, ("group", None)),
    ],
)
def test_a_class_is_known_however_it_is_spelled(
    sent: dict[str, Any], expected: tuple[str, str | None]
) -> None:
    """In words alone a pharmacy's number for a member was not masked, and a group was a "Class"."""
    (entry,) = read(**{"class": [sent]}).classes
    assert (entry.kind, entry.value) == expected


@pytest.mark.parametrize("sent", ["M7", [{"value": "M7"}], {"value": "M7"}, ["M7"]])
def test_numbers_and_insurers_are_read_as_r5_has_them(sent: Any) -> None:
    """Some servers fill R4 with R5's elements: number and payer were "not shared by your plan"."""
    record = read(subscriberId=sent, insurer={"display": "Harborlight"})
    assert (record.member_number, record.payers) == ("M7", ("Harborlight",))
    assert read(payor=[{"display": "First"}], insurer={"display": "Second"}).payers == ("First",)
    assert read(payor=[], kind="self-pay").is_self_pay


@pytest.mark.parametrize(
    ("payor", "expected"),
    [
        ({"reference": "Organization/1"}, ("Known Payer",)),
        ({"reference": "Organization/1/_history/3"}, ("Known Payer",)),
        ({"reference": "Organization/2", "display": "Shown Payer"}, ("Shown Payer",)),
        ({"reference": "#in"}, ("Contained Payer",)),
        ({"identifier": {"value": "Centers for Medicare and Medicaid Services"}},
         ("Centers for Medicare and Medicaid Services",)),
        ({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567893"}},
         ("NPI 1234567893",)),
        ({"display": "Not Found-123"}, ()),
        ({"extension": [{"url": "x"}]}, ()),
        ({"reference": "Patient/5"}, ()),
    ],
)  # fmt: skip
def test_a_payer_is_named_by_the_best_that_came(payor: dict[str, Any], expected: tuple[str, ...]) -> None:
    record = read(
        {"Organization/1": "Known Payer"},
        payor=[payor],
        contained=[{"resourceType": "Organization", "id": "in", "name": "Contained Payer"}],
    )
    assert record.payers == expected
    assert record.is_self_pay == ("Patient" in payor.get("reference", ""))


@pytest.mark.parametrize(
    ("code", "is_self_pay"), [(None, True), ("pay", True), ("PUBLICPOL", False), ("HIP", False)]
)
@pytest.mark.parametrize("reference", ["urn:uuid:5", "#me", "Patient/5", "Patient?identifier=x|5"])
def test_who_is_covered_pays_themselves_but_is_no_plan(
    reference: str, code: str | None, is_self_pay: bool
) -> None:
    """One program writes who is covered as payer of each coverage, public insurance too: nobody is told."""
    person = {"reference": reference, "display": "Ed Lang"}
    inside = [{"resourceType": "Patient", "id": "me", "name": [{"text": "Ed Lang"}]}]
    record = read(
        payor=[person],
        beneficiary=person,
        contained=inside,
        type={"coding": [{"code": code}]} if code else {},
    )
    assert (record.payers, record.is_self_pay) == ((), is_self_pay)


def test_a_payers_telephone_and_address_come_from_its_own_record() -> None:
    payer = {
        "resourceType": "Organization",
        "name": "Known",
        "telecom": [
            {"system": "phone", "use": "old", "value": "1"},
            {"system": "phone", "value": "555-555-0100"},
        ],
        "address": [
            {"use": "old", "city": "Oldtown"},
            {"line": "1 Main St", "city": "Gullhaven", "state": "OR"},
        ],
    }
    known = Named(json.dumps(payer).encode()).contacts("Organization/1")
    record = read(known, payor=[{"reference": "https://x.example/fhir/Organization/1"}])
    assert (record.payer_phone, record.payer_address) == ("555-555-0100", "1 Main St, Gullhaven, OR")
    assert (
        Named(b'{"resourceType": "Patient", "telecom": [{"system": "phone", "value": "1"}]}').contacts("x")
        == {}
    )
    inside = read(payor=[{"reference": "#in"}], contained=[payer | {"id": "in"}])
    assert (inside.payer_phone, inside.payers) == ("555-555-0100", ("Known",))


def test_the_person_covered_is_named_where_the_coverage_tells_it() -> None:
    contained = [{"resourceType": "Patient", "id": "p", "name": [{"given": ["Ada"], "family": "Moss"}]}]
    assert read(beneficiary={"reference": "#p"}, contained=contained).person == "Ada Moss"
    assert read({"Patient/1": "Bo Moss"}, beneficiary={"reference": "Patient/1"}).person == "Bo Moss"
    assert read(beneficiary={"reference": "Patient/1"}).person is None


@pytest.mark.parametrize(
    ("sent", "order"),
    [(2, 2), ("2", 2), (0, None), (-1, None), (1.5, None), (True, None), ({}, None), (10**30, None)],
)
def test_the_order_is_a_positive_number_or_unknown(sent: Any, order: int | None) -> None:
    """Facts 10."""
    assert read(order=sent).order == order


def test_all_codes_of_the_type_are_read_never_the_first_alone(shared: Path) -> None:
    """Facts 10: US Core sends a code of nahdo.org/sopt before the one of HL7."""
    file = next((shared / "fhir/us-core-7.0.0").glob("*overage*.json"))
    record = COVERAGE.read(file.read_bytes(), {})
    assert (record.type_code, record.more_type_codes) == ("3712", ("PPO",))
    assert kinds.kind_of(record) == "medical"
    assert kinds.type_words(record) == "PPO (preferred provider organization)"


@pytest.mark.parametrize(
    ("record", "kind"),
    [
        (CoverageRecord(type_code="DENTAL"), "dental"),
        (CoverageRecord(type_code="VISPOL"), "vision"),
        (CoverageRecord(type_code="DRUGPOL"), "drug"),
        (CoverageRecord(type_code="122"), "drug"),
        (CoverageRecord(type_code="x", more_type_codes=("SUBSIDIZ",)), "medical"),
        (CoverageRecord(type_words="POS"), "medical"),
        (CoverageRecord(type_words="Dental PPO"), "dental"),
        (CoverageRecord(classes=(CoverageClass("rxbin", "610014"),)), "drug"),
        (CoverageRecord(type_words="private"), "other"),
        (CoverageRecord(), "other"),
    ],
)
def test_the_kind_is_known_by_codes_then_by_the_plans_words(record: CoverageRecord, kind: str) -> None:
    """Facts 10."""
    assert kinds.kind_of(record) == kind


def test_several_payers_are_all_named() -> None:
    record = read(payor=[{"display": "First"}, {"display": "Second"}, {"display": "First"}])
    assert record.payers == ("First", "Second")


@pytest.mark.parametrize(
    ("identifier", "subscriber", "expected"),
    [
        ([{"type": {"coding": [{"code": "MB"}]}, "value": "M1"}], "S1", "M1"),
        (
            [{"type": {"text": "MemberIdBase"}, "value": "M2"}, {"type": {"text": "GroupId"}, "value": "G"}],
            None,
            "M2",
        ),
        ([{"type": {"text": "coverageID"}, "value": "C"}], "S1", "S1"),
        ([{"value": "only"}], None, "only"),
        ([{"value": "a"}, {"value": "b"}], None, None),
        ([], None, None),
    ],
)
def test_the_member_number_is_the_one_on_the_card(
    identifier: list[Any], subscriber: str | None, expected: str | None
) -> None:
    extra = {"subscriberId": subscriber} if subscriber else {}
    assert read(identifier=identifier, **extra).member_number == expected


@pytest.mark.parametrize(
    ("sent", "starts", "unreadable"),
    [
        ("2020", "2020", ()),
        ("2020-03", "2020-03", ()),
        ("2020-03-01T00:00:00Z", "2020-03-01", ()),
        ("IGNORED_FIELD", None, ()),
        ("2020-02-30", None, ("2020-02-30",)),
        (20200101, None, ()),
        (None, None, ()),
    ],
)
def test_dates_are_taken_as_written(sent: Any, starts: str | None, unreadable: tuple[str, ...]) -> None:
    record = read(period={"start": sent})
    assert (record.starts, record.unreadable_dates) == (starts, unreadable)


@pytest.mark.parametrize(
    "body", [b"", b"null", b"[]", b"<html>", b'{"resourceType":"Patient"}', b"\xff", b"[" * 99_999]
)
def test_what_is_no_coverage_is_unreadable_and_says_why(body: bytes) -> None:
    with pytest.raises(Unreadable) as caught:
        COVERAGE.read(body, {})
    assert str(caught.value)


@pytest.mark.parametrize("wrong", [None, 7, "text", [], {}, [None], [[]], [7], {"coding": 7}, True])
def test_any_element_of_a_wrong_type_costs_only_itself(wrong: Any) -> None:
    for element in (
        *("identifier", "type", "period", "payor", "class", "network", "costToBeneficiary"),
        *("relationship", "subscriberId", "dependent", "contained"),
    ):
        record = read(**{element: wrong, "status": "active"})
        assert record.status == "active"
        assert wording.card(record, on=dt.date(2026, 1, 1), shared_by="My plan").title
