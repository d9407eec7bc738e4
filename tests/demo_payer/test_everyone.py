"""The invented people, served: the payer a visitor meets first."""

from datetime import UTC, datetime
from typing import Any

from apps.demo_payer import people
from apps.demo_payer.demo_process import Running
from tests.demo_payer.member import Member
from tests.demo_payer.test_folders import exact
from tests.demo_payer.test_search import all_pages


def test_who_signs_in_reads_every_claim_of_theirs(demo_payer: Running) -> None:
    """Each claim of the generator exactly once, digit for digit: of whoever has most, and of a child."""
    claims: dict[str, dict[str, Any]] = {person.patient_id: {} for person in people.everyone()}
    for resource in people.resources(datetime.now(UTC).date()):
        patient = resource.get("patient", {}).get("reference", "").removeprefix("Patient/")
        if resource["resourceType"] == "ExplanationOfBenefit" and patient in claims:
            claims[patient][resource["id"]] = exact(people.to_json(resource))
    by_size = sorted(people.everyone(), key=lambda person: len(claims[person.patient_id]))
    for person in (by_size[-1], by_size[len(by_size) // 2]):
        expected = claims[person.patient_id]
        member = Member(demo_payer, username=person.username)
        token = member.tokens()["access_token"]
        pages = all_pages(member, token, "ExplanationOfBenefit?_count=100")
        served = [entry["resource"]["id"] for page in pages for entry in page.get("entry", [])]
        assert sorted(served) == sorted(expected)
        assert pages[0]["total"] == len(expected) > 20
        for claim_id in sorted(expected)[:3]:
            assert exact(member.get(f"ExplanationOfBenefit/{claim_id}", token).text) == expected[claim_id]
