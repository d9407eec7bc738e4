"""What titles, notices and questions say, as somebody who looked at ten claims of each source found it."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.wording import story
from tests.claims.given import a_connection, an_eob, save
from tests.claims.made import body, claim, line, money, reading, status
from tests.claims.made_traps import why

BESIDE, INSIDE = "Practitioner/7", "#who"
DENIED = {"url": "https://bluebutton.cms.gov/x/CLM-CARR-PMT-DNL-CD", "valueCoding": {"code": "0"}}
REFUSED = {"url": "https://bluebutton.cms.gov/x/CLM-FI-ACTN-CD", "valueCoding": {"code": "8"}}
OUTSIDE = [status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "outofnetwork")]


def by(reference: str, name: str = "Stewart Schmidt", kind: str = "oral") -> dict[str, Any]:
    """Return a claim of whoever a reference leads to, under a name that does not tell what they are."""
    who = {"resourceType": "Practitioner", "id": "who", "name": [{"text": name}]}
    return claim(kind=kind, contained=[who], provider={"reference": reference, "display": name})


@pytest.mark.parametrize(
    ("made", "title"),
    [
        (by(BESIDE), "Dental visit with Stewart Schmidt"),
        (by(INSIDE), "Dental visit with Stewart Schmidt"),
        (
            by(f"https://plan.example/fhir/{BESIDE}/_history/2", kind="vision"),
            "Vision care with Stewart Schmidt",
        ),
        (by("Organization/7"), "Dental visit at Stewart Schmidt"),
        (by(BESIDE, "Schmidt Dental Group"), "Dental visit at Schmidt Dental Group"),
    ],
)
def test_care_by_a_person_is_with_them_where_the_plan_refers_to_a_person(
    made: dict[str, Any], title: str
) -> None:
    """9: it said "at Stewart Schmidt": only "Dr." or "MD" told a person."""
    record = reading(made)
    assert (wording.title(record), wording.row(brief(record)).title) == (title, title)


@pytest.mark.usefixtures("spanish")
def test_care_by_a_person_is_with_them_in_spanish() -> None:
    assert wording.title(reading(by(BESIDE))) == "Visita al dentista con Stewart Schmidt"


@pytest.mark.parametrize("adjustment", [[], OUTSIDE])
@pytest.mark.parametrize("extension", [[], [REFUSED], [DENIED]])
def test_of_what_counts_no_longer_nobody_has_to_ask_which_is_right(
    extension: list[Any], adjustment: list[Any]
) -> None:
    """Beside "Nothing of it counts" it said to ask which of two marks is right, and why it was paid so."""
    made = claim(*money("submitted 300, benefit 160"), extension=extension, adjudication=adjustment)
    asked = " ".join(story(reading(made)).notices)
    closed = " ".join(story(reading(made | {"status": "cancelled"})).notices)
    assert ("Ask" in asked) is bool(extension or adjustment)
    assert "Ask" not in closed
    assert ("all the same." in closed) is bool(extension)


def test_which_of_two_marks_is_right_is_asked_of_the_plan_and_not_of_the_claim() -> None:
    """It said "stands on this claim. It states a payment. Ask it"."""
    made = claim(*money("submitted 300, benefit 160"), extension=[REFUSED])
    assert (
        "By a code of Medicare, benefits were refused for this claim. The claim states a payment of $160.00 "
        "all the same. Ask your plan which of them is right."
    ) in story(reading(made)).notices


@pytest.mark.parametrize(("kind", "who"), [("pharmacy", "the pharmacy"), ("professional", "the provider")])
def test_figures_that_disagree_on_what_a_pharmacy_got_name_the_pharmacy(kind: str, who: str) -> None:
    """It said "what went to the provider" beside "Paid to the pharmacy"."""
    lines = [line(1, *money("submitted 100, paidtoprovider 20"))]
    told = story(reading(claim(*money("submitted 100, paidtoprovider 60"), kind=kind, item=lines)))
    assert any(sentence.startswith(f"For what went to {who}, ") for sentence in told.disagreements)
    assert f"what went to {who}" in " ".join(told.asks)
    sent = [line(1, *money("benefit 45.00, paidtoprovider 40.00")), line(2, *money("submitted 20.00"))]
    added = {"itemSequence": [1], "adjudication": money("benefit 45.00, paidtoprovider 45.00")}
    of_lines = claim(*money("submitted 300, paidtoprovider 50"), kind=kind, item=sent, addItem=[added])
    assert f"your plan's figures disagree on what went to {who}: " in story(reading(of_lines)).answer


@pytest.mark.parametrize("outcome", ["queued", "error"])
@pytest.mark.parametrize("share", ["53.52", None])
def test_a_list_says_of_what_is_not_decided_that_it_is_not(
    outcome: str, share: str | None, alice: Member, alice_client: Client
) -> None:
    """It said "does not count", as of what is cancelled."""
    save(a_connection(alice), an_eob(1, outcome=outcome, share=share))
    html = alice_client.get("/claims/").content.decode()
    assert '<span data-testid="your-share">not decided yet</span>' in html
    assert "does not count" not in html


def test_a_limit_that_a_reason_tells_is_told_by_the_reason_alone() -> None:
    """ "Your plan's reason says that a limit was reached" stood right above the reason."""
    item = [line(1, *money("submitted 207, noncovered 207, memberliability 207"), why("119", "PR"))]
    told = story(reading(claim(*money("submitted 207, benefit 0, memberliability 207"), item=item)))
    assert any("you have reached the most that it pays" in reason for reason in told.reasons)
    assert told.causes == ()


def test_figures_that_exceed_the_price_are_told_in_the_type_of_long_answers(
    alice: Member, alice_client: Client
) -> None:
    """Ten lines in the largest type hid the receipt: the smaller was for figures that contradict alone."""
    amounts = "submitted 40, eligible 30, benefit 10, deductible 10, coinsurance 20, memberliability 30"
    save(a_connection(alice), body(claim(*money(amounts))))
    html = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert 'class="lede claim__long" data-testid="answer"' in html
    assert "come to more than the price" in html
