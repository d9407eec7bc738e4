"""The first line of Care: what is newest, as far as the plan dated it."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.care import wording
from tests.care.given import coded, concept, sent
from tests.care.test_pages import CANARY, GIVEN, a_result, keep
from tests.takeaway.given import sure

LEDE = re.compile(r'data-testid="lede">([^<]*)<')


def test_care_begins_with_what_is_newest_as_far_as_that_day_is_past(
    alice_client: Client, connection: Connection
) -> None:
    """It began with how many records there are. What is not so is not said first, nor what is to come."""
    later = a_result(12, id="later", effectiveDateTime="2027-01-04", code={"text": CANARY})
    refuted = {"verificationStatus": {"coding": [{"code": "refuted"}]}, "recordedDate": "2026-06-01"}
    asthma = GIVEN[6] | refuted | {"id": "c2", "onsetDateTime": "2026-06-01"}
    keep(connection, *GIVEN, later, asthma)
    html = alice_client.get("/care/").content.decode()
    assert LEDE.findall(html) == ["The latest here, May 10, 2026: Hemoglobin A1c and Check-up."]
    assert "Your plans shared" in html
    of_visits = alice_client.get("/care/?kind=visit").content.decode()
    assert LEDE.findall(of_visits) == ["The latest here, May 10, 2026: Check-up."]
    assert LEDE.findall(alice_client.get("/care/?kind=allergy").content.decode())[0].startswith("Your plans")
    assert wording.latest("May 2026", list("abcde")) == "The latest here, May 2026: a, b, c and 2 more."
    assert (
        wording.latest("May 2026", list("abc"), has_more=True)
        == "The latest here, May 2026: a, b, c and more."
    )


DAY = "2026-06-01"
NOT_SO_NEW: dict[str, dict[str, Any]] = {
    "a draft": sent("ServiceRequest", status="draft", intent="order", code=concept("Scan"), authoredOn=DAY),
    "suggested": sent(
        "MedicationRequest",
        status="active",
        intent="proposal",
        medicationCodeableConcept=concept("Warfarin"),
        authoredOn=DAY,
    ),
    "planned": sent("Procedure", status="preparation", code=concept("Bypass"), performedDateTime=DAY),
    "of the family": sent(
        "Condition", status=None, code=concept("Family history of stroke"), onsetDateTime=DAY
    ),
    "noted for one visit": sent(
        "Condition",
        status=None,
        category=[coded("encounter-diagnosis")],
        code=concept("Cancer"),
        onsetDateTime=DAY,
    ),
    "none known": sent(
        "AllergyIntolerance", status=None, code=concept("No known allergies"), onsetDateTime=DAY
    ),
    "folded": sent("Condition", status=None, code=concept("HIV infection"), onsetDateTime=DAY),
}


@pytest.mark.parametrize("tree", NOT_SO_NEW.values(), ids=NOT_SO_NEW)
def test_what_did_not_happen_or_is_not_the_members_is_left_to_the_list(
    alice: Member, alice_client: Client, connection: Connection, tree: dict[str, Any]
) -> None:
    """A draft was told as the latest, as if it had come about."""
    keep(connection, GIVEN[8], tree)
    sure(alice_client, alice).post("/hiding/", {"screen-hiv": "fold"})
    assert LEDE.findall(alice_client.get("/care/").content.decode()) == [
        "The latest here, May 10, 2026: Check-up."
    ]


def test_of_a_day_that_goes_on_behind_the_page_the_rest_is_not_counted(
    alice_client: Client, connection: Connection
) -> None:
    """Of 80 records of one day it said "and 22 more", which were those of its first page."""
    names = [{"id": f"n{n}", "code": {"text": f"Test {n}"}} for n in range(30)]
    keep(connection, *(a_result(1, **name) for name in names))
    (lede,) = LEDE.findall(alice_client.get("/care/").content.decode())
    assert lede.endswith(" and more.")
