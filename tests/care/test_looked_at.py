"""What was seen when published sets were looked at page by page, and how it reads since."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.care.given import SNOMED, coded, concept, lab, page, sent
from tests.care.test_pages import PATIENT, keep, path_of
from tests.claims.given import a_connection

DIV = (
    "<div><strong>Assessment</strong><ol><li>Bleeding</li><li>Anemia &amp; fatigue</li></ol>"
    "<script>alert(1)</script><table><tr><td>Colonoscopy</td><td>April 21, 2000</td></tr></table></div>"
)
SEEN: dict[str, tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]] = {
    "a plan of care that says everything on its own page": (
        sent("CarePlan", status="active", intent="plan", text={"status": "additional", "div": DIV}),
        ("In your plan's words: Assessment Bleeding Anemia & fatigue Colonoscopy April 21, 2000",),
        ("alert", "<", "sent no details"),
    ),
    "a plan of care that says nothing at all": (
        sent("CarePlan", status="active", intent="plan", text={"status": "empty", "div": "<div></div>"}),
        ("Your plan sent no details.",),
        (),
    ),
    "what is done about it, in words": (
        sent(
            "CarePlan",
            status="active",
            intent="plan",
            activity=[{"detail": {"status": "in-progress", "description": "Walk"}}],
        ),
        ("Walk | under way",),
        ("in-progress",),
    ),
    "a device whose kind is a bare code": (
        sent(
            "Device",
            status="active",
            type=concept("", (SNOMED, "23366006", "")),
            deviceName=[{"name": "MotorChairPro"}],
        ),
        ("MotorChairPro. Your plan",),
        ("Code 23366006 (SNOMED CT).",),
    ),
    "a question and its answer": (
        lab(code=concept("How often do you drink?"), valueString="Never"),
        ("How often do you drink? Never. Your plan",),
        ("?:",),
    ),
    "a category that came without words": (
        sent("Condition", category=[coded("problem-list-item")], code=concept("Asthma")),
        ("Kind: List of health problems",),
        ("problem-list-item",),
    ),
    "a code that is a phrase": (
        lab(code=concept("", ("", "History and Physical", ""))),
        ("History and Physical",),
        ("Code ",),
    ),
}


@pytest.mark.parametrize(("tree", "told", "never"), SEEN.values(), ids=SEEN)
def test_a_page_says_what_was_sent_in_words(
    tree: dict[str, Any], told: tuple[str, ...], never: tuple[str, ...]
) -> None:
    text = page(tree)
    assert [words for words in told if words not in text] == [], text
    assert [words for words in never if words in text] == [], text


def test_parts_without_ranges_have_no_column_for_them(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    team = {"resourceType": "CareTeam", "id": "t1", "status": "active", "subject": PATIENT}
    keep(connection, team | {"participant": [{"role": [{"text": "Nurse"}], "member": {"display": "Kim"}}]})
    html = alice_client.get(path_of(connection, "CareTeam/t1")).content.decode()
    assert "Nurse" in html and "none sent" not in html and ">Range<" not in html
