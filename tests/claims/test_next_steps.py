"""What to do about what a plan did not pay."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_connection, an_eob, row_of, save
from tests.claims.made import DENIED, body, claim, line, money, reading, why
from tests.claims.telling import steps_of


def test_a_part_above_a_limit_is_not_called_refused_and_each_step_is_something_to_do() -> None:
    """Step 4 was "Your plan counts this part as yours."; what to do with its bill was not said."""
    figures = money("submitted 627, eligible 484, noncovered 143, copay 25, benefit 459, memberliability 168")
    lines = [line(1, *money("submitted 627, noncovered 143"), why("PR 119"))]
    steps = steps_of(reading(claim(*figures, item=lines)))
    assert steps.heading == "Your plan did not cover a part"
    assert steps.steps[0] == "Ask your plan how it counted, and which claims used the limit up."
    assert steps.steps[-1].endswith("Ask the provider to wait with the bill until your plan has answered.")
    paid = steps_of(reading(claim(*figures, *money("paidbypatient 168"), item=lines)))
    assert paid.steps[-1] == "Your plan counts this part as yours."


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("PR 16", "Call the provider: if something was missing or wrong, they can send the claim again."),
        ("PR 119", "Ask your plan how it counted, and which claims used the limit up."),
        ("PR 22", "Ask your plan in writing to look again (an appeal), and keep a copy of everything."),
        ("PR 29", "Ask your plan in writing to look again (an appeal), and keep a copy of everything."),
    ],
)
def test_a_claim_is_sent_again_only_where_papers_or_mistakes_may_be_why(code: str, first: str) -> None:
    figures = money("submitted 627, noncovered 627, benefit 0, memberliability 627")
    steps = steps_of(reading(claim(*figures, item=[line(1, why(code), DENIED)])))
    assert steps.steps[0] == first


def test_the_words_explained_are_those_that_the_page_says(alice: Member, alice_client: Client) -> None:
    """ "Denied" was explained on a page without a denial."""
    connection = a_connection(alice)
    figures = "submitted 627, eligible 484, noncovered 143, copay 25, benefit 459, memberliability 168"
    part = {"total": money(figures)}
    made = ([line(1, DENIED)], [line(1, *money("submitted 627, noncovered 143"), why("PR 119"))])
    save(connection, an_eob(1, item=made[0]), body(an_eob(2, item=made[1], **part)))
    denied, limited = (alice_client.get(f"/claims/{row_of(connection, n).pk}/").text for n in (1, 2))
    for html, words in ((denied, ["denied", "appeal"]), (limited, ["appeal"])):
        end = html.partition("steps__end")[2].partition("</p>")[0]
        assert re.findall(r"#(\w+)", end) == words
