"""The first line of Care: what is newest, as far as the plan dated it."""

import re

from django.test import Client

from apps.connections.models import Connection
from apps.kinds.care import wording
from tests.care.test_pages import CANARY, GIVEN, a_result, keep


def test_care_begins_with_what_is_newest_as_far_as_that_day_is_past(
    alice_client: Client, connection: Connection
) -> None:
    """It began with how many records there are. What is not so is not said first, nor what is to come."""
    later = a_result(12, id="later", effectiveDateTime="2027-01-04", code={"text": CANARY})
    refuted = {"verificationStatus": {"coding": [{"code": "refuted"}]}, "recordedDate": "2026-06-01"}
    asthma = GIVEN[6] | refuted | {"id": "c2", "onsetDateTime": "2026-06-01"}
    keep(connection, *GIVEN, later, asthma)
    lede = re.compile(r'data-testid="lede">([^<]*)<')
    html = alice_client.get("/care/").content.decode()
    assert lede.findall(html) == ["The latest here, May 10, 2026: Hemoglobin A1c and Check-up."]
    assert "Your plans shared" in html
    of_visits = alice_client.get("/care/?kind=visit").content.decode()
    assert lede.findall(of_visits) == ["The latest here, May 10, 2026: Check-up."]
    assert lede.findall(alice_client.get("/care/?kind=allergy").content.decode())[0].startswith("Your plans")
    assert wording.latest("May 2026", list("abcde")) == "The latest here, May 2026: a, b, c and 2 more."
