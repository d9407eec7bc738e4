"""The member's first page."""

import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Remark
from apps.sync.actions import start
from apps.sync.models import LastVisit, SyncStep
from tests.claims.given import NOW, a_connection, all_read, an_eob, save, shown, spoil
from tests.claims.made import body, money
from tests.claims.test_people import about
from tests.coverage.test_pages import a_coverage
from tests.demo_payer.people_on_a_day import claims
from tests.overview.test_year import whole

pytestmark = pytest.mark.usefixtures("november_2026")


def page(client: Client) -> str:
    response = client.get("/home/")
    assert response.status_code == 200
    return response.content.decode()


def said(html: str, testid: str) -> list[str]:
    return re.findall(rf'data-testid="{testid}">([^<]*)<', html)


def test_a_new_member_has_one_clear_step(alice_client: Client) -> None:
    html = page(alice_client)
    assert html.count('class="button"') == 1
    assert 'href="/plans/">Find your plan' in html


def test_claims_that_are_all_marked_as_mistakes_have_come(alice: Member, alice_client: Client) -> None:
    """It said that none have come yet."""
    save(all_read(a_connection(alice)), an_eob(1, on="2026-09-09", status="entered-in-error"))
    html = page(alice_client)
    assert "No claims have come yet." not in html
    assert "Your plan marked 1 claim as a mistake: nothing of it counts." in html


def test_who_is_covered_and_has_no_claims_yet_is_led_to_the_coverage(
    alice: Member, alice_client: Client
) -> None:
    """Today said that no claims have come, and led nowhere."""
    connection = all_read(a_connection(alice))
    save(connection, a_coverage("new"))
    assert '<a class="button button--quiet" href="/coverage/">See your coverage' in page(alice_client)
    save(connection, an_eob(1, on="2026-09-09"))
    assert "See your coverage" not in page(alice_client)


RECENT = "2026-09-09"


def test_the_first_sentence_is_the_answer(alice: Member, alice_client: Client) -> None:
    connection = all_read(a_connection(alice))
    dear = an_eob(2, on="2026-10-01", total=money("submitted 2000, memberliability 1200"))
    save(connection, an_eob(1, on=RECENT, share="53.52"), json.loads(body(dear)))
    save(connection, an_eob(3, on="2025-12-31", share="9.00"))
    html = page(alice_client)
    assert said(html, "lede") == ["Your share of 2 recent claims, $1,253.52, is not noted as paid."]
    assert said(html, "due-amount") == ["$1,200.00", "$53.52", "$9.00"]
    assert "Your share of 1 older claim, $9.00: we do not know whether it was paid." in html
    assert "owe" not in html


def test_an_undated_share_stands_among_the_older_ones_and_may_be_recent(
    alice: Member, alice_client: Client
) -> None:
    """It was called older, without a word."""
    connection = all_read(a_connection(alice))
    save(connection, an_eob(1, on=None, share="9.00"), an_eob(2, on="2025-12-31", share="5.00"))
    told = "Your share of 2 older claims, $14.00: we do not know whether these were paid."
    assert f"{told} 1 of these has no date, so it may be recent." in page(alice_client)


@pytest.mark.parametrize(
    ("who", "line", "caveats"),
    [
        # By hand, from the JSON of November 25, 2026: the share of claims decided since May 29 that are not
        # prescriptions, which the pharmacy was paid for.
        ("70420001", "Your share of 4 recent claims, $230.05, is not noted as paid.", []),
        (
            "70470001",
            "No amount here waits to be noted as paid.",
            ["For 7 recent claims the share is not known for sure."],
        ),
        ("70480001", "Nothing here needs you, as of 7 a.m. EST.", ["No claims have come yet."]),
    ],
)
def test_the_first_line_of_invented_people_is_what_a_reader_of_their_claims_says(
    alice: Member, alice_client: Client, who: str, line: str, caveats: list[str]
) -> None:
    save(all_read(a_connection(alice)), *[json.dumps(eob, default=float).encode() for eob in claims(who)])
    html = page(alice_client)
    assert (said(html, "lede"), said(html, "caveat")) == ([line], caveats)


@pytest.mark.parametrize(
    ("mark", "status", "line"),
    [
        (None, "active", "1 claim so far from Harborlight Health."),
        ({"known_since": None}, "active", "1 claim so far from Harborlight Health."),
        ({"complete_at": None}, "active", "We could not read everything from Harborlight Health."),
        ({"is_doubtful": True}, "active", "We could not read everything from Harborlight Health."),
        (
            {"updated_at": NOW - timedelta(days=8)},
            "active",
            "Harborlight Health was last read on November 17, 2026, so newer claims may be missing.",
        ),
        ({}, "needs_sign_in", "Access to Harborlight Health has ended, so no newer claims come."),
        ({}, "kept", "Harborlight Health is disconnected, so no newer claims come."),
    ],
)
def test_nothing_needs_you_is_never_said_of_what_was_not_read(
    alice: Member, alice_client: Client, mark: dict[str, Any] | None, status: str, line: str
) -> None:
    connection = a_connection(alice, is_read=False)
    if mark is not None:
        all_read(connection, **mark)
    save(connection, an_eob(1, on=RECENT, share="0.00"))
    Connection.objects.update(status=status)
    html = page(alice_client)
    assert "Nothing here needs you" not in html
    assert line in [*said(html, "lede"), *said(html, "caveat")]


def test_of_several_plans_that_arrive_the_whole_is_told_first_then_each(
    alice: Member, alice_client: Client
) -> None:
    """On Money they are folded, so that the year stands where it is looked for."""
    for place, plan in enumerate(("Harborlight Health", "Cinderpoint Mutual")):
        connection = a_connection(alice, plan=plan, is_read=False)
        save(connection, *[an_eob(10 * place + n, on=RECENT) for n in range(place + 1)])
    html = page(alice_client)
    assert said(html, "lede") == ["3 claims so far from 2 plans."]
    assert sorted(said(html, "caveat")) == [
        "1 claim so far from Harborlight Health.",
        "2 claims so far from Cinderpoint Mutual.",
        "Amounts are added up when all claims have come.",
    ]
    year = alice_client.get("/money/2026/").content.decode()
    assert "<summary>3 claims so far from 2 plans.</summary>" in year


def test_what_is_missing_at_two_connections_to_one_plan_is_said_once(
    alice: Member, alice_client: Client
) -> None:
    """While one is of an adult who did not agree, nothing tells them apart, and it stood there twice."""
    for patient, name in (("1", "Ana Lopez"), ("2", "Theo Lopez")):
        connection = about(alice, "Harborlight Health", patient, name, "1980-02-03")
        all_read(connection, complete_at=None)
        save(connection, an_eob(int(patient), on=RECENT, share="0.00"))
    gap = "We could not read everything from Harborlight Health."
    assert [*said(page(alice_client), "lede"), *said(page(alice_client), "caveat")].count(gap) == 1


def test_no_sum_stands_before_the_first_pass_is_complete(alice: Member, alice_client: Client) -> None:
    """The plan's total is said only where it sent one."""
    connection = a_connection(alice, is_read=False)
    save(connection, *[an_eob(n, on=RECENT) for n in range(3)])
    assert "The first reading stopped before everything came." in page(alice_client), "nobody is reading"
    run = start(connection=connection, now=NOW)
    html = page(alice_client)
    assert said(html, "lede") == ["3 claims so far from Harborlight Health."]
    assert "The first reading stopped" not in html
    step = SyncStep(run=run, member=alice, position=3, resource_type="ExplanationOfBenefit", total=133)
    step.save(force_insert=True)
    html = page(alice_client)
    assert said(html, "lede") == ["3 claims so far, of about 133, from Harborlight Health."]
    assert said(html, "due-amount") == []


def test_what_is_noted_as_paid_leaves_the_line_and_comes_back_undone(
    alice: Member, alice_client: Client
) -> None:
    save(all_read(a_connection(alice)), an_eob(1, on=RECENT), an_eob(2, on=RECENT, share="10.00"))
    first = next(one for one in shown(alice) if one.entry.your_share == Decimal("53.52"))
    answer = alice_client.post(f"/claims/{first.id}/paid/", {"back": "home"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/home/#today")
    html = page(alice_client)
    assert said(html, "lede") == ["Your share of 1 recent claim, $10.00, is not noted as paid."]
    [said_at] = re.findall(r'name="said_at" value="([^"]+)"', html)
    alice_client.post(f"/claims/{first.id}/undo/", {"said_at": said_at})
    assert said(page(alice_client), "lede") == [
        "Your share of 2 recent claims, $63.52, is not noted as paid."
    ]


def test_shares_in_books_that_stay_closed_are_told_and_settled_as_if_all_were_open(
    alice: Member, alice_client: Client
) -> None:
    recent = [an_eob(number, on=RECENT) for number in range(12)]
    save(all_read(a_connection(alice)), *recent, *[an_eob(n, on=f"202{n - 20}-05-05") for n in (20, 21, 22)])
    html = page(alice_client)
    assert "3 older claims, $160.56" in html
    older = html.partition('id="older"')[2].partition("</details>")[0]
    assert ('href="?rows=all#older"' in older, older.count("/claims/")) == (True, 0), (
        "their books are not opened"
    )
    whole = alice_client.get("/home/", {"rows": "all"}).content.decode()
    older = whole.partition('id="older"')[2].partition("</details>")[0]
    assert older.startswith(' tabindex="-1" data-testid="older">') and "<details open>" in older
    assert (older.count(">$53.52<"), "more of these" in older) == (3, False), "each is one press away"
    assert "These 3 older shares are settled" in older
    settle_what_shows(alice_client, rows="all")
    assert "You noted 3 older shares as settled." in page(alice_client)


def settle_what_shows(client: Client, **query: str) -> None:
    """Press the button of the older shares as a browser would: with what stands on the page."""
    html = client.get("/home/", query).content.decode()
    client.post("/home/settled/", {"share": re.findall(r'name="share" value="([^"]+)"', html)})


def test_one_press_settles_the_shares_that_were_shown_and_no_others(
    alice: Member, alice_client: Client
) -> None:
    """A press settled every older claim, of which five stood on the page."""
    save(all_read(a_connection(alice)), *[an_eob(n, on=f"2025-0{n}-01") for n in range(1, 9)])
    html = page(alice_client)
    assert "8 older claims, $428.16" in html
    assert "These 5 older shares are settled" in html
    alice_client.post("/home/settled/")
    assert "8 older claims, $428.16" in page(alice_client), "what shows nothing settles nothing"
    seen = re.findall(r'name="share" value="([^"]+)"', html)
    save(alice.connections.get(), an_eob(8, on="2025-08-01", share="99.00"))
    alice_client.post("/home/settled/", {"share": seen})
    html = page(alice_client)
    assert "You noted 4 older shares as settled." in html
    assert "4 older claims, $259.56" in html, "a share that changed meanwhile was not seen"


APART = ("100.00", "0.00", "0.00", "40.00", "0.00", "60.00", "0.00", "0.00")


def test_older_claims_that_are_in_no_sum_are_said_and_nothing_says_its_time(
    alice: Member, alice_client: Client
) -> None:
    """Of books that stay closed too: those of 2025 are past what Today opens."""
    recent = [an_eob(number, on=RECENT, share="0.00") for number in range(12)]
    apart = [
        whole(n, *APART, on="2025-05-05", outcome=outcome)
        for n, outcome in ((20, "complete"), (21, "partial"))
    ]
    save(all_read(a_connection(alice)), *recent, *apart)
    save(alice.connections.get(), an_eob(22, on="2025-06-05", share=None), an_eob(23, on="2024-06-05"))
    html = page(alice_client)
    assert said(html, "lede") == ["Nothing of the last 6 months needs you, as of 7 a.m. EST."]
    assert said(html, "older-apart") == [
        "The figures of 2 older claims do not agree, so they are in no sum here.",
        "1 older claim is not final, or its share is not known in full, so it is in no sum here.",
    ]


def test_a_claim_that_the_plan_marked_as_a_mistake_is_said_and_one_beside_a_right_form_is_not(
    alice: Member, alice_client: Client
) -> None:
    """No list of Today had it, and nothing said why a claim that was there yesterday is gone."""
    wrong = {"status": "entered-in-error", "on": RECENT}
    number = [{"value": "CLM-7"}]
    forms = an_eob(7, on=RECENT), an_eob(8, identifier=number, **wrong)
    save(all_read(a_connection(alice)), *forms, an_eob(9, **wrong | {"on": "2020-01-01"}))
    assert "as a mistake" not in page(alice_client)
    save(alice.connections.get(), an_eob(10, **wrong), an_eob(11, **wrong))
    assert "<li>Your plan marked 2 claims as mistakes: nothing of them counts.</li>" in page(alice_client)


def test_older_shares_are_settled_by_one_press_and_back_by_another(
    alice: Member, alice_client: Client
) -> None:
    save(all_read(a_connection(alice)), *[an_eob(n, on=f"2025-0{n}-01") for n in range(1, 4)])
    fold = page(alice_client).partition("3 older claims, $160.56")[2].partition("</details>")[0]
    assert "These 3 older shares are settled" in fold, "who settles them has them in view"
    settle_what_shows(alice_client)
    html = page(alice_client)
    assert "You noted 3 older shares as settled." in html
    assert "we do not know" not in html
    [pressed] = re.findall(r'name="undo" value="([^"]+)"', html)
    alice_client.post("/home/settled/", {"undo": pressed})
    assert "3 older claims, $160.56" in page(alice_client)


def test_another_members_claim_is_neither_noted_nor_settled_nor_compared(
    alice: Member, alice_client: Client, bob_client: Client
) -> None:
    save(all_read(a_connection(alice)), an_eob(1, on=RECENT))
    path = f"/claims/{shown(alice)[0].id}/"
    for verb, form in (("paid", {}), ("undo", {}), ("checks", {"box": "date"}), ("bill", {"amount": "1"})):
        assert bob_client.post(f"{path}{verb}/", form).status_code in (303, 404)
    assert not Remark.objects.exists()
    assert said(page(alice_client), "lede") == ["Your share of 1 recent claim, $53.52, is not noted as paid."]


def test_the_five_newest_claims_are_shown_newest_first(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), *[an_eob(n, on=f"2026-0{n}-01", share=f"{n}.00") for n in range(1, 8)])
    assert said(page(alice_client), "your-share") == ["$7.00", "$6.00", "$5.00", "$4.00", "$3.00"]


def test_a_broken_seal_is_never_said_to_need_nothing(alice: Member, alice_client: Client) -> None:
    connection = all_read(a_connection(alice))
    save(connection, an_eob(1, on=RECENT, share="0.00"), an_eob(2, on=RECENT, share="0.00"))
    spoil(shown(alice)[0].id)
    html = page(alice_client)
    assert said(html, "lede") == ["No amount here waits to be noted as paid."]
    assert said(html, "caveat") == ["1 of your claims could not be opened and is not counted."]
    assert "This claim could not be opened" in html


def test_the_page_takes_the_same_queries_for_one_claim_and_for_many(
    alice: Member, alice_client: Client, django_assert_num_queries: Any
) -> None:
    connection = all_read(a_connection(alice))
    save(connection, an_eob(0))
    page(alice_client)
    LastVisit.objects.update(news_at=None)
    # session, member, curtain, connections, key, heads, a book, two runs, last visit, name,
    # what the member said of claims, limits and people, what the menu asks of plans
    with django_assert_num_queries(14):
        page(alice_client)
    save(connection, *[an_eob(n) for n in range(40)])
    with django_assert_num_queries(14):
        page(alice_client)


def test_figures_are_said_to_be_unfinished_while_records_arrive(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    theirs = a_connection(Member.objects.create_user("bob@example.com", "-"))
    start(connection=theirs, now=NOW)
    assert not said(page(alice_client), "still-arriving"), "an update of somebody else"
    run = start(connection=connection, now=NOW)
    assert said(page(alice_client), "still-arriving")
    type(run).objects.filter(pk=run.pk).update(state="finished", finished_at=NOW)
    assert not said(page(alice_client), "still-arriving")


def test_an_update_that_sleeps_until_another_try_is_not_called_arriving(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    run = start(connection=connection, now=NOW)
    later = NOW + timedelta(hours=1)
    type(run).objects.update(state="waiting", problem="unreachable", next_try_at=later)
    html = page(alice_client)
    assert not said(html, "still-arriving")
    assert "An update did not come through yet." in said(html, "asleep")[0]
    assert run.get_absolute_url() in html
