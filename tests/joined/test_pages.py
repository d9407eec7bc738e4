"""The page of what was done says what it cost, and the page of the claim says what was done."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.joined import wording
from apps.records.shelf import Library
from apps.vault.boxes import box_for
from tests.care.test_pages import keep, path_of
from tests.claims.given import NOW, all_agreed, an_eob
from tests.claims.made import status
from tests.claims.test_people import about

PATIENT = {"reference": "Patient/1"}
CLINIC = {"display": "Riverside Clinic"}
NDC = {
    "coding": [
        {"system": "http://hl7.org/fhir/sid/ndc", "code": "0093-1048-01", "display": "Metformin 500 mg"}
    ]
}
DENIED = {"adjudication": [status("benefitpaymentstatus", "denied")]}
CPT = "http://www.ama-assn.org/go/cpt"


def a_visit(number: int = 1, **changes: Any) -> dict[str, Any]:
    """Return a visit of March 9 at Riverside Clinic."""
    return {
        "resourceType": "Encounter",
        "id": f"e{number}",
        "subject": PATIENT,
        "status": "finished",
        "class": {"code": "AMB"},
        "type": [{"text": "Check-up"}],
        "period": {"start": "2026-03-09", "end": "2026-03-09"},
        "serviceProvider": CLINIC,
    } | changes


def a_procedure(**changes: Any) -> dict[str, Any]:
    """Return an X-ray of March 9."""
    return {
        "resourceType": "Procedure",
        "id": "p1",
        "subject": PATIENT,
        "status": "completed",
        "code": {"coding": [{"system": CPT, "code": "73110"}], "text": "X-ray of the wrist"},
        "performedDateTime": "2026-03-09",
    } | changes


def a_line(code: str, billed: str, share: str) -> dict[str, Any]:
    """Return a line of a claim."""
    return {
        "sequence": 1,
        "productOrService": {"coding": [{"system": CPT, "code": code}]},
        "adjudication": [
            {"category": {"coding": [{"code": name}]}, "amount": {"value": float(amount), "currency": "USD"}}
            for name, amount in (("submitted", billed), ("memberliability", share))
        ],
    }


def told(client: Client, path: str, what: str) -> list[str]:
    """Return the text of every row of that kind on a page."""
    rows = re.findall(rf'data-testid="{what}">(.*?)</li>', client.get(path).content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def fills_of(client: Client, path: str) -> list[str]:
    """Return the text of every fill on the page of a medicine."""
    rows = re.findall(r'data-testid="fill">(.*?)</tr>', client.get(path).content.decode(), re.S)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def claim_path(connection: Connection, number: int) -> str:
    return path_of(connection, f"ExplanationOfBenefit/eob-{number}").replace("/care/", "/claims/")


def test_a_visit_says_what_its_claim_says_and_the_claim_what_was_done(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1), an_eob(2, on="2026-04-01"), a_visit(identifier=[{"value": "CLM-1"}]))
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Its claim says: billed $480.00 and your share $53.52." in cost
    assert "This record and this claim carry the same number." in cost
    (done,) = told(alice_client, claim_path(connection, 1), "joined-care")
    assert done.startswith("Check-up")
    assert told(alice_client, claim_path(connection, 2), "joined-care") == []


def test_after_a_perhaps_a_claim_of_that_day_says_and_the_member_takes_it_apart_and_back(
    alice_client: Client, bob_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1), a_visit())
    path, claim = path_of(connection, "Encounter/e1"), claim_path(connection, 1)
    (cost,) = told(alice_client, path, "joined-claim")
    assert "A claim of that day says: billed $480.00 and your share $53.52." in cost
    assert "Perhaps: same day, same clinic or doctor." in cost
    apart = f"{path}claims/{claim.split('/')[2]}/"
    assert bob_client.post(apart, {"apart": "yes"}).status_code == 404
    assert alice_client.post(apart, {"apart": "maybe"}).status_code == 404
    assert alice_client.post(apart, {"apart": "yes"})["Location"] == f"{path}#cost"
    for page, row in ((path, "joined-claim"), (claim, "joined-care")):
        (taken,) = told(alice_client, page, row)
        assert "You said that this claim is not for it." in taken
        assert "$" not in taken
    assert alice_client.post(apart, {"apart": "no", "back": "claim"})["Location"] == f"{claim}#done"
    assert "A claim of that day says" in told(alice_client, path, "joined-claim")[0]


def test_a_visit_that_another_years_claim_names_is_no_perhaps_of_a_claim_of_that_day(
    alice_client: Client, connection: Connection
) -> None:
    """Lines may bear other dates than the care: the page of the visit had one claim, that of the other said
    "perhaps"."""
    naming = {"item": [{"sequence": 1, "encounter": [{"reference": "Encounter/e1"}]}]}
    keep(connection, an_eob(1), an_eob(2, on="2024-05-01", **naming), a_visit())
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Your plan's own records name them together." in cost.replace("&#x27;", "'")
    assert told(alice_client, claim_path(connection, 1), "joined-care") == []


def test_a_procedure_is_joined_with_its_line(alice_client: Client, connection: Connection) -> None:
    lines = [a_line("99213", "300.00", "40.00"), a_line("73110", "180.00", "13.52")]
    claim = an_eob(1, item=lines, procedure=[{"procedureReference": {"reference": "Procedure/p1"}}])
    keep(connection, claim, a_procedure())
    (cost,) = told(alice_client, path_of(connection, "Procedure/p1"), "joined-claim")
    assert "Its line of the claim says: billed $180.00 and your share $13.52." in cost
    assert "Your plan's own records name them together." in cost.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        (
            {"item": [{"sequence": 1, "encounter": [{"reference": "Encounter/e1"}]}]},
            "The claim of its visit says, for everything on it: billed $480.00",
        ),
        (
            {"item": [a_line("73110", "180.00", "13.52")], "provider": {"display": "X"}},
            "A line of a claim of that day says: billed $180.00",
        ),
    ],
)
def test_what_a_claim_is_for_besides_is_no_cost_of_what_was_done(
    alice_client: Client, connection: Connection, changes: dict[str, Any], says: str
) -> None:
    keep(connection, an_eob(1, **changes), a_visit(), a_procedure(encounter={"reference": "Encounter/e1"}))
    (cost,) = told(alice_client, path_of(connection, "Procedure/p1"), "joined-claim")
    assert says in cost


def test_no_amount_is_said_where_the_claim_has_none_or_contradicts_itself(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, an_eob(1, share=None), a_visit(identifier=[{"value": "CLM-1"}]))
    (cost,) = told(alice_client, path_of(connection, "Encounter/e1"), "joined-claim")
    assert "Its claim says: your share not shared by your plan." in cost
    assert "$" not in cost


def test_money_is_the_same_with_and_without_joins(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    def sums() -> list[Any]:
        library = Library(alice, box_for(alice))
        return [volume.summary for volume in library.volumes(CLAIM)]

    keep(connection, an_eob(1), an_eob(2))
    before, claims = sums(), alice_client.get("/claims/").content.decode().count("$53.52")
    keep(connection, a_visit(identifier=[{"value": "CLM-1"}]), a_procedure())
    assert sums() == before
    assert alice_client.get("/claims/").content.decode().count("$53.52") == claims


def test_sensitive_care_that_is_folded_stands_on_no_page_of_what_it_is_joined_with(
    alice: Member, alice_client: Client
) -> None:
    """A canary: the visit is folded, and neither its claim nor the visit of its claim says its name."""
    child = about(alice, "One Plan", "p1", "Leo Lopez", "2012-02-03")
    Connection.objects.filter(pk=child.pk).update(connected_at=NOW - timedelta(days=1))
    number = {"identifier": [{"value": "CLM-1"}]}
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}
    keep(child, an_eob(1), a_visit(type=[{"text": "Zebrafish"}], reasonCode=[code], **number))
    assert "Zebrafish" not in alice_client.get(claim_path(child, 1)).content.decode()
    sensitive = {"diagnosis": [{"diagnosisCodeableConcept": code}], "provider": {"display": "Okapi House"}}
    keep(child, an_eob(2, **sensitive), a_visit(2, serviceProvider={}, identifier=[{"value": "CLM-2"}]))
    html = alice_client.get(path_of(child, "Encounter/e2")).content.decode()
    assert "Okapi" not in html
    assert 'data-testid="cost"' not in html


def test_a_record_of_another_person_joins_none_of_the_owners_claims(
    alice: Member, alice_client: Client
) -> None:
    """A child named in words alone, on the connection of the mother."""
    mine = about(alice, "One Plan", "1", "Maria Lopez", "1980-02-03")
    leo = {"subject": {"display": "Leo Lopez"}}
    keep(mine, an_eob(1), a_visit(**leo), a_pharmacy_claim(2, "2026-03-20"), a_fill(1, "2026-03-20", **leo))
    all_agreed(alice)
    assert alice_client.get(path_of(mine, "Encounter/e1")).status_code == 200
    assert told(alice_client, path_of(mine, "Encounter/e1"), "joined-claim") == []
    html = alice_client.get(path_of(mine, "MedicationDispense/f1")).content.decode()
    assert 'data-testid="joined-claim"' not in html and 'data-testid="fill"' not in html
    theirs = a_pharmacy_claim(3, "2026-04-20", "7.50") | {"patient": {"display": "Leo Lopez"}}
    keep(mine, theirs)
    fills = fills_of(alice_client, path_of(mine, "MedicationDispense/f1"))
    assert fills == [
        "April 20, 2026 – your share $7.50 (known from its claim)",
        "March 20, 2026 (this one) 60 tablets no claim for it is known",
    ]
    once = alice_client.get("/care/?kind=medicine").content.decode()
    once = once[once.index('data-testid="medicines"') : once.index("Every record of them")]
    once = re.sub(r"<[^>]*>", "", once)
    assert (
        "Last filled April 20, 2026 · Leo Lopez" in once
        and "Last filled March 20, 2026 · Maria Lopez" in once
    )


@pytest.mark.parametrize(
    ("stands", "handed", "is_fill"),
    [("completed", True, True), ("unknown", True, True), ("unknown", False, False)]
    + [(stands, True, False) for stands in ("preparation", "stopped", "on-hold", "in-progress", "declined")],
)
def test_only_what_was_handed_over_is_a_fill(
    alice_client: Client, connection: Connection, stands: str, handed: bool, is_fill: bool
) -> None:
    when = {} if handed else {"whenHandedOver": None, "whenPrepared": "2026-03-20"}
    keep(connection, a_fill(1, "2026-03-20", status=stands, **when), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert [fill.startswith("March 20") for fill in fills] == ([True, False] if is_fill else [False])


@pytest.mark.parametrize("refused", [{"outcome": "partial"}, {"status": "draft"}, {"item": [DENIED]}])
def test_a_claim_that_says_of_nothing_handed_over_is_no_fill(
    alice_client: Client, connection: Connection, refused: dict[str, Any]
) -> None:
    """Claims 5: denied, a draft, decided in part."""
    claim = a_pharmacy_claim(1, "2026-03-20")
    lines = [claim["item"][0] | line for line in refused.get("item", [{}])]
    keep(connection, claim | refused | {"item": lines}, a_fill(2, "2026-02-01"), a_fill(3, "2026-01-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert [fill[:8] for fill in fills] == ["February", "January "]


def test_several_claims_of_a_fill_each_have_their_link_and_say_that_they_are_several(
    alice_client: Client, connection: Connection
) -> None:
    number = [{"value": "CLM-1"}, {"value": "CLM-2"}]
    two = a_pharmacy_claim(1, "2026-03-20"), a_pharmacy_claim(2, "2026-03-20", "7.50")
    keep(connection, a_fill(1, "2026-03-20"), a_fill(2, "2026-03-19", identifier=number), *two)
    path = path_of(connection, "MedicationDispense/f1")
    perhaps, sure = fills_of(alice_client, path)
    of_that_day = "A claim of that day says: your share"
    assert f"{of_that_day} $7.50. {of_that_day} $5.00." in perhaps
    assert sure.count("A claim for several fills says: your share") == 2
    html = alice_client.get(path).content.decode()
    assert all(html.count(f'href="{claim_path(connection, n)}"') >= 2 for n in (1, 2))
    keep(connection, a_fill(1, "2026-03-20", status="declined"))
    (alone,) = fills_of(alice_client, path_of(connection, "MedicationDispense/f2"))
    assert alone.count("One of its claims says: your share") == 2


def test_a_fill_whose_claim_was_refused_in_part_says_so(alice_client: Client, connection: Connection) -> None:
    """It said "your share $5.00." and no more."""
    claim = a_pharmacy_claim(1, "2026-03-20")
    in_part = {"adjudication": [status("benefitpaymentstatus", "partiallypaid")]}
    claim = claim | {"item": [claim["item"][0] | in_part]}
    keep(connection, claim, a_fill(1, "2026-03-20", identifier=[{"value": "CLM-1"}]), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(connection, "MedicationDispense/f1"))
    assert "your share $5.00, and your plan refused a part" in fills[0]
    assert "refused" not in fills[1]


def test_a_share_that_other_figures_contradict_is_not_said_to_be_missing() -> None:
    entry = ClaimEntry(your_share=Decimal(5), disagrees=True)
    assert wording.share(entry) == "figures that do not agree"


def test_no_claim_is_known_only_where_none_is_folded(alice: Member, alice_client: Client) -> None:
    child = about(alice, "One Plan", "1", "Leo Lopez", "2012-02-03")
    Connection.objects.filter(pk=child.pk).update(connected_at=NOW - timedelta(days=1))
    about(alice, "Two Plan", "2", "Maria Lopez", "1980-02-03")
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}
    claim = a_pharmacy_claim(1, "2026-03-20") | {"diagnosis": [{"diagnosisCodeableConcept": code}]}
    keep(child, claim, a_fill(1, "2026-03-20"), a_fill(2, "2026-02-01"))
    fills = fills_of(alice_client, path_of(child, "MedicationDispense/f1"))
    assert [fill.rpartition("tablets ")[2] for fill in fills] == ["–", "no claim for it is known"]


def test_the_timeline_has_each_event_once(alice_client: Client, connection: Connection) -> None:
    """A visit and its claim are one; a claim alone stands for itself; one that was cancelled does not."""
    visit, fill = a_visit(identifier=[{"value": "CLM-1"}]), a_fill(1, "2026-03-20")
    order = a_fill(9, "2026-03-01", resourceType="MedicationRequest", intent="order", whenHandedOver=None)
    eye = an_eob(4, on="2026-04-02", provider={"display": "Lakeside Optics"})
    void = an_eob(5, on="2026-04-03", status="cancelled", provider={"display": "Okapi House"})
    keep(connection, an_eob(1), a_pharmacy_claim(2, "2026-03-20"), eye, void, visit, fill, order)
    html = re.sub("</?bdi>", "", alice_client.get("/care/").content.decode())
    titles = [" ".join(title.split()) for title in re.findall(r'row__title">(.*?)</span>', html, re.S)]
    assert titles == ["Medical care at Lakeside Optics", "Metformin 500 mg", "Check-up", "Metformin 500 mg"]
    assert "Lakeside" not in alice_client.get("/care/?kind=visit").content.decode()
    apart = f"{path_of(connection, 'Encounter/e1')}claims/{claim_path(connection, 1).split('/')[2]}/"
    alice_client.post(apart, {"apart": "yes"})
    assert "Medical care at <bdi>Riverside Clinic</bdi>" in alice_client.get("/care/").content.decode()


@pytest.mark.parametrize(
    ("record", "stands", "is_told"),
    [("fill", "completed", True)]
    + [("fill", stands, False) for stands in ("preparation", "in-progress", "on-hold", "stopped", "declined")]
    + [("visit", "finished", True), ("visit", "in-progress", True), ("visit", "planned", False)]
    + [("procedure", "stopped", True), ("procedure", "on-hold", False), ("procedure", "preparation", False)],
)
def test_what_is_not_known_to_have_happened_hides_no_claim_in_the_timeline(
    alice_client: Client, connection: Connection, record: str, stands: str, is_told: bool
) -> None:
    """Its claim is then the only word that it did; one that began is the event, whatever came of it."""
    number = {"identifier": [{"value": "CLM-1"}], "status": stands}
    made = {
        "fill": lambda: (a_fill(1, "2026-03-09", **number), a_pharmacy_claim(1, "2026-03-09")),
        "visit": lambda: (a_visit(**number), an_eob(1)),
        "procedure": lambda: (a_procedure(**number), an_eob(1)),
    }
    keep(connection, *made[record]())
    html = alice_client.get("/care/").content.decode()
    assert (f'href="{claim_path(connection, 1)}"' not in html) == is_told


def a_fill(number: int, on: str, **changes: Any) -> dict[str, Any]:
    """Return a fill of metformin."""
    made = {
        "resourceType": "MedicationDispense",
        "id": f"f{number}",
        "subject": PATIENT,
        "status": "completed",
        "medicationCodeableConcept": NDC,
        "whenHandedOver": on,
        "authoredOn": on,
        "quantity": {"value": 60, "unit": "tablets"},
    } | changes
    return {name: value for name, value in made.items() if value is not None}


def a_pharmacy_claim(number: int, on: str, share: str = "5.00") -> dict[str, Any]:
    """Return the claim for a fill of metformin."""
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/ndc", "code": "00093104801"}]}
    line = {"sequence": 1, "productOrService": code, "servicedDate": on}
    return an_eob(number, on=on, share=share, kind="pharmacy", item=[line], provider={"display": "Capstan"})


def test_a_medicine_has_its_fills_once_each_with_what_its_claim_says(
    alice_client: Client, connection: Connection
) -> None:
    """A fill with a claim of that day, one without, and one that is known from its claim alone."""
    order = a_fill(9, "2026-03-01", resourceType="MedicationRequest", intent="order", whenHandedOver=None)
    claims = a_pharmacy_claim(1, "2026-03-20"), a_pharmacy_claim(2, "2026-05-20", "7.50")
    keep(connection, order, a_fill(1, "2026-03-20"), a_fill(2, "2026-04-20"), *claims)
    assert fills_of(alice_client, path_of(connection, "MedicationRequest/f9")) == [
        "May 20, 2026 – your share $7.50 (known from its claim)",
        "April 20, 2026 60 tablets no claim for it is known",
        "March 20, 2026 60 tablets A claim of that day says: your share $5.00.",
    ]
    medicines = alice_client.get("/care/?kind=medicine").content.decode()
    once = medicines[medicines.index('data-testid="medicines"') : medicines.index("Every record of them")]
    assert once.count('data-testid="care-row"') == 1
    assert "Last filled May 20, 2026" in once


def test_a_medicine_that_another_one_took_the_place_of_has_none_of_its_fills(
    alice_client: Client, connection: Connection
) -> None:
    """Of the published examples, vancomycin was shown as filled on the days of azithromycin."""
    order = {"resourceType": "MedicationRequest", "intent": "order", "whenHandedOver": None}
    earlier = a_fill(8, "2026-03-01", medicationCodeableConcept={"text": "Vancomycin"}, **order)
    named = {"priorPrescription": {"reference": "MedicationRequest/f8"}}
    keep(connection, earlier, a_fill(9, "2026-03-05", **order, **named), a_fill(1, "2026-03-06"))
    assert fills_of(alice_client, path_of(connection, "MedicationRequest/f8")) == []
    later = alice_client.get(path_of(connection, "MedicationRequest/f9")).content.decode()
    assert "Instead of an earlier one" in later and path_of(connection, "MedicationRequest/f8") in later


def test_a_fill_that_is_called_otherwise_says_what_it_is_called(
    alice_client: Client, connection: Connection
) -> None:
    """A plan may refer to the order of another medicine; a brand may be handed over for what was ordered."""
    order = {"resourceType": "MedicationRequest", "intent": "order", "whenHandedOver": None}
    by = {"authorizingPrescription": [{"reference": "MedicationRequest/f9"}]}
    other = a_fill(1, "2026-03-06", medicationCodeableConcept={"text": "Glucophage"}, **by)
    keep(connection, a_fill(9, "2026-03-05", **order), other, a_fill(2, "2026-02-06", **by))
    for page in ("MedicationRequest/f9", "MedicationDispense/f2"):
        called, same = fills_of(alice_client, path_of(connection, page))
        assert "Glucophage" in called and "Metformin" not in same
    called, same = fills_of(alice_client, path_of(connection, "MedicationDispense/f1"))
    assert "Glucophage" not in called and "Metformin 500 mg" in same


def test_one_drug_in_four_forms_of_a_stay_is_one_medicine_and_no_count_of_four(
    alice_client: Client, connection: Connection
) -> None:
    """Oddity 37: Medhost sends an order of the stay, one at its end, a statement, and that it was given."""
    forms = {
        "order": {"resourceType": "MedicationRequest", "intent": "order", "status": "active"},
        "at the end": {"resourceType": "MedicationRequest", "intent": "original-order", "status": "active"},
        "said": {"resourceType": "MedicationStatement", "status": "active"},
        "given": {"resourceType": "MedicationAdministration"},
    }
    records = [a_fill(number, "2026-03-10", **form) for number, form in enumerate(forms.values())]
    keep(connection, *records)
    medicines = alice_client.get("/care/?kind=medicine").content.decode()
    once, every = medicines.split("Every record of them")
    assert once[once.index('data-testid="medicines"') :].count('data-testid="care-row"') == 1
    assert every.count('data-testid="care-row"') == 4
    assert "Your plans shared 4 medicine records." in medicines
    page = alice_client.get(path_of(connection, "MedicationRequest/f0")).content.decode()
    for own in ("MedicationRequest/f1", "MedicationStatement/f2", "MedicationAdministration/f3"):
        assert path_of(connection, own) in page
