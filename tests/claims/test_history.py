"""What the page of a claim says of its versions (facts claims 5.2)."""

import json
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.kinds.claim.records import ClaimRecord, Disagreement, Figure, Line, Money
from apps.kinds.claim.wording.history import Sent, alone, differences, history
from tests.claims.given import a_connection, an_eob, held, path_of, row_of, save
from tests.claims.made import body, concept, money
from tests.claims.systems import C4BB
from tests.claims.test_chains import PRIOR, REPLACED_BY, related, void
from tests.conftest import page


def with_money(share: str | None = None, paid: str | None = None, **changes: Any) -> ClaimRecord:
    money = Money(
        your_share=Figure(Decimal(share)) if share else Figure(),
        plan_paid=Figure(Decimal(paid)) if paid else Figure(),
    )
    return ClaimRecord(kind="professional", money=money, **changes)


def change(before: ClaimRecord, after: ClaimRecord) -> str:
    sent = [Sent(after, "/new/", is_current=True, is_this=True), Sent(before, "/old/", False, False)]
    return history(sent).rows[0].change


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        (with_money("80"), with_money("53.52"), "Your share went from $80.00 to $53.52."),
        (with_money(), with_money("53.52"), "Your share was not shared before. Now it is $53.52."),
        (with_money("80"), with_money(), "Your share was $80.00. This version does not say it."),
        (with_money("5", "80"), with_money("5", "90"), "What your plan paid went from $80.00 to $90.00."),
        (
            with_money(decision="denied"),
            with_money(decision="paid"),
            "It was “Denied” before. Now it is “Paid by your plan”.",
        ),
        (with_money("5"), with_money("5"), "No amount changed."),
        (with_money("5"), with_money("5", adjustment="void"), "Your plan took the earlier version back."),
        (
            with_money("5"),
            with_money("9", status="entered-in-error"),
            "Your plan says that this version was a mistake.",
        ),
    ],
)
def test_one_sentence_says_what_changed(before: ClaimRecord, after: ClaimRecord, sentence: str) -> None:
    assert change(before, after) == sentence


def test_a_correction_is_compared_with_the_last_version_that_said_something() -> None:
    sent = [
        Sent(with_money("53.52"), "/3/", is_current=True, is_this=True),
        Sent(with_money("80", adjustment="void"), "/2/", is_current=False, is_this=False),
        Sent(with_money("80"), "/1/", is_current=False, is_this=False),
    ]
    shown = history(sent)
    assert shown.rows[0].change == "Your share went from $80.00 to $53.52."
    assert [row.mark for row in shown.rows] == ["this version counts", "", ""]
    assert [row.state for row in shown.rows] == ["", "Voided", "Earlier version"]
    assert shown.rows[2].change == ""


def test_a_correction_is_compared_with_the_cancelled_claim_it_replaces() -> None:
    assert change(with_money("80", status="cancelled"), with_money("53.52")) == (
        "Your share went from $80.00 to $53.52."
    )


def test_one_version_has_no_history() -> None:
    assert history([Sent(with_money("5"), "/1/", is_current=True, is_this=True)]).rows == ()
    assert history([]).current_url == ""


def test_a_form_without_amounts_leads_to_the_one_with_them() -> None:
    """Facts 7: one payer may send both."""
    bare = with_money(shares_money=False)
    forms = history([Sent(with_money("5"), "/2/", True, False), Sent(bare, "/1/", False, True)])
    assert forms.leads_on == "Another version of this claim has amounts"


def test_amounts_are_struck_through_only_where_other_ones_count() -> None:
    """Facts 7: the Basis form leaves out those of lines, and has the same of the whole."""
    current = Sent(with_money("5", "80"), "/2/", True, True)
    older = [with_money("5", "80", is_basis=True), with_money("6", "80", is_basis=True)]
    sent = [current, *(Sent(record, "/1/", False, False, is_known_older=False) for record in older)]
    assert [row.is_struck for row in history(sent).rows] == [False, False, True]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"shares_money": False}, "Your plan sent this claim in two forms, one without amounts."),
        ({"is_basis": True}, "Your plan sent this claim in two forms, one without all its amounts."),
    ],
)
def test_two_forms_of_one_moment_are_told_as_forms(changes: dict[str, Any], told: str) -> None:
    """It said that the plan does not say of all of these which is newer."""
    form = Sent(with_money("5", "80", **changes), "/1/", False, False, is_known_older=False)
    assert history([Sent(with_money("5", "80"), "/2/", True, True), form]).note == told


def test_forms_of_a_claim_that_differ_on_the_network_say_so() -> None:
    """2.3: one said "In your plan's network", the other that it is outside, and no page a word of both."""

    def noted(form: str | None, *, is_known_older: bool = False) -> str:
        bare = with_money(shares_money=False, network=form)
        sent = Sent(with_money("5", network="in"), "/2/", True, True)
        return history([sent, Sent(bare, "/1/", False, False, is_known_older)]).note

    told = (
        "On the network they differ: “In your plan's network” and “Outside your plan's network”. "
        "Ask your plan which is right."
    )
    assert noted("out").endswith(f"one without amounts. {told}")
    assert not any("network" in note for note in (noted("in"), noted(None)))
    assert "network" not in noted("out", is_known_older=True)


def test_a_version_whose_figures_disagree_is_shown_and_is_in_no_sum() -> None:
    amount = Figure(Decimal(5))
    apart = (Disagreement("billed", "places", amount, (Figure(Decimal(6)),)),)
    sent = [
        Sent(with_money("5", disagreements=apart), "/2/", True, True),
        Sent(with_money("5"), "/1/", False, False),
    ]
    shown = history(sent)
    assert (shown.rows[0].mark, shown.rows[1].mark) == ("this is the version we show", "")
    assert "counts" not in shown.note
    assert history([Sent(with_money("5"), "/2/", True, True), sent[1]]).rows[0].mark == "this version counts"


STRUCK = re.compile(r"(<s[ >][^\n]*?</s>)(?:<span class=\"visually-hidden\"> does not count</span>)")


def struck(html: str, amount: str) -> bool:
    """Whether the amount is struck through, and every amount so struck says that it does not count."""
    said = STRUCK.findall(html)
    assert len(said) == html.count("</s>"), "a line through an amount is silent to a screen reader"
    return amount in said


def test_a_replaced_claim_leads_to_the_current_one_which_tells_the_history(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="80.00", **related(REPLACED_BY, to="2")), an_eob(2, share="53.52"))
    current, old = row_of(connection, 2), row_of(connection, 1)
    listed = page(alice_client, "/claims/")
    assert str(current.pk) in listed
    assert str(old.pk) not in listed
    html = page(alice_client, f"/claims/{old.pk}/")
    link = html.index(f'<a href="/claims/{current.pk}/">A newer version replaces this claim</a>')
    assert link < html.index("$80.00")
    assert struck(html, '<s data-testid="your-share">$80.00</s>')
    html = page(alice_client, f"/claims/{current.pk}/")
    assert "A newer version replaces" not in html
    assert "Your share went from $80.00 to $53.52." in html
    assert html.count('data-testid="version"') == 2
    assert f'<a href="/claims/{old.pk}/">' in html


def test_a_claim_whose_newer_version_has_not_come_says_so_and_still_counts(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="80.00", **related(REPLACED_BY, number="2")))
    html = page(alice_client, path_of(connection))
    assert "newer version" in html
    assert "receipt--closed" not in html
    save(connection, an_eob(2))
    assert "A newer version replaces this claim" in page(alice_client, path_of(connection))


def test_a_voided_claim_is_struck_out_in_the_list_and_said_not_to_count(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    voiding = an_eob(2, share="80.00", **void(), **related(PRIOR, to="1"))
    save(connection, an_eob(1, share="80.00"), voiding)
    html = page(alice_client, "/claims/")
    assert re.search(r'<s><span data-testid="your-share">\$80.00</span></s>.*does not count', html)
    taken = row_of(connection, 1)
    assert ">A newer version takes this claim back</a>" in page(alice_client, f"/claims/{taken.pk}/")
    void_page = page(alice_client, path_of(connection, 2))
    assert "Your plan took the earlier version back." in void_page
    # The list, the history and the page of the old version call it the same.
    assert "Earlier version" in void_page
    assert "Earlier version</span>" in page(alice_client, "/claims/?all=1")
    old_page = page(alice_client, f"/claims/{taken.pk}/")
    assert old_page.count("Earlier version") == 2
    assert not any(word in old_page for word in ("Taken back", "Replaced"))


def test_a_reversal_of_the_same_number_is_in_no_sum_and_its_page_says_what_it_does(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    amounts = {
        name: money(f"submitted {sign}150, benefit {sign}80, memberliability {sign}20")
        for name, sign in (("first", ""), ("reversal", "-"))
    }
    save(
        connection,
        json.loads(body(an_eob(1, total=amounts["first"]))),
        json.loads(body(an_eob(1, id="reversal", created="2026-05-01", total=amounts["reversal"]))),
    )
    reversal = next(claim.id for claim in held(alice) if claim.entry.billed == -150)
    html = page(alice_client, f"/claims/{reversal}/")
    assert "With this your plan takes an earlier claim back. Its amounts do not count." in html
    assert "None of these versions counts" in html
    assert "20.00" not in page(alice_client, "/money/2026/")


def test_what_takes_back_a_claim_that_is_not_here_says_why_no_sum_takes_it(
    alice: Member, alice_client: Client
) -> None:
    """1.7, 5.2: with its minus alone a year would be too low by what was never in it; others keep theirs."""
    connection = a_connection(alice)
    share = {"total": money("submitted 100, benefit 60, memberliability -20")}
    lone = {"total": money("submitted -150, benefit -80, memberliability -70")}
    some = [an_eob(1), an_eob(2, **share), an_eob(3, provider={"display": "Hill Clinic"}, **lone)]
    save(connection, *(json.loads(body(claim)) for claim in some))
    html = page(alice_client, f"/claims/{row_of(connection, 3).pk}/")
    assert "We did not find the claim that this takes back, so no sum takes this one" in html
    assert "takes-back" not in page(alice_client, f"/claims/{row_of(connection, 2).pk}/")
    year = page(alice_client, "/money/2026/")
    assert "your share is $33.52." in year, "53.52 less 20.00"
    assert "1 claim is in no sum: taken back." in year


@pytest.mark.parametrize(("amounts", "is_found"), [("-480, memberliability -53.52", True), ("-9", False)])
def test_what_takes_back_a_claim_of_another_connection_says_where_that_is(
    alice: Member, alice_client: Client, amounts: str, *, is_found: bool
) -> None:
    """5.2: "we did not find the claim", which stood in the year through the other connection."""
    first, other = a_connection(alice), a_connection(alice, plan="Hill Health", days=1)
    save(first, an_eob(1))
    back = an_eob(2, share=None, total=money(f"submitted {amounts}"), **related(PRIOR, to="1"))
    save(other, json.loads(body(back)))
    html = page(alice_client, path_of(other, 2))
    assert ("came through another of your connections" in html) is is_found
    assert (f'<a href="{path_of(first, 1)}">See this claim</a>' in html) is is_found
    assert ("We did not find" in html) is not is_found
    [answer] = re.findall(r'data-testid="answer">([^<]*)', page(alice_client, "/money/2026/"))
    assert answer.endswith(" is $53.52."), "in the sum once"


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("credit", "We did not find the claim that this takes back, so no sum takes this one. Ask your plan"),
        ("void", "We found no other version of this claim. Ask your plan what counts now."),
    ],
)
def test_what_is_marked_as_taking_back_says_what_it_is_alone(marked: str, words: str) -> None:
    """1.7: with amounts above nothing no sum would come out too low."""
    told = alone(with_money("20", "80", adjustment=marked))
    assert told.startswith(words)
    assert "too low" not in told


def test_a_mistake_is_in_the_history_and_leads_to_what_holds(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1), an_eob(2, status="entered-in-error", share="99.00", **related(PRIOR, to="1")))
    good, mistake = row_of(connection, 1), row_of(connection, 2)
    assert "Entered in error" in page(alice_client, f"/claims/{good.pk}/")
    html = page(alice_client, f"/claims/{mistake.pk}/")
    assert f'<a href="/claims/{good.pk}/">Go to the version that counts</a>' in html
    assert "$99.00" not in html.split('data-testid="answer"')[1].split("</p>")[0]


def test_a_lone_mistake_is_nowhere_listed_and_its_page_says_so(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, status="entered-in-error"))
    assert "claim-row" not in page(alice_client, "/claims/")
    assert "entered by mistake" in page(alice_client, path_of(connection))


def test_the_page_of_a_claim_takes_the_same_queries_however_many_there_are(
    alice: Member, alice_client: Client, django_assert_num_queries: Any
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(0))
    page(alice_client, path_of(connection, 0))
    with CaptureQueriesContext(database) as few:
        page(alice_client, path_of(connection, 0))
    asked = len(few)
    save(connection, *[an_eob(number) for number in range(30)])
    page(alice_client, path_of(connection, 0))
    with django_assert_num_queries(asked):
        page(alice_client, path_of(connection, 0))


def test_the_sums_stand_directly_under_the_receipt_and_the_versions_after(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob("1", share="480.00"), an_eob("2", share="480.00", **related(PRIOR, to="1")))
    html = page(alice_client, path_of(connection, 2))
    places = [html.index(f'data-testid="{name}"') for name in ("receipt", "sums", "history")]
    assert places == sorted(places)


def with_line(**amounts: str) -> ClaimRecord:
    money = Money(**{name: Figure(Decimal(amount)) for name, amount in amounts.items()})
    return ClaimRecord(kind="professional", lines=(Line(money=money),))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (with_money("5", "80"), with_money("5")),
        (with_line(deductible="50"), with_line(copay="50")),
        (with_line(plan_paid="80"), with_line(plan_paid="90")),
    ],
)
def test_that_no_amount_changed_is_said_only_where_none_did(before: ClaimRecord, after: ClaimRecord) -> None:
    other = ("Other amounts or decisions changed, such as those of single lines.",)
    assert differences(before, after) == other
    assert differences(after, after) == ("No amount, date or decision changed, only details.",)


def test_of_two_versions_of_one_moment_nobody_says_which_is_newer(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    number = {"identifier": [{"value": "N-1"}], "created": "2026-03-20"}
    save(connection, an_eob(1, share="80.00", **number), an_eob(2, share="53.52", **number))
    other, counting = row_of(connection, 1), row_of(connection, 2)
    html = page(alice_client, f"/claims/{other.pk}/")
    leads_on = "Another version of this claim counts here; your plan does not say which is newer"
    assert f'<a href="/claims/{counting.pk}/">{leads_on}</a>' in html
    assert "Another version stands for this claim; your plan does not say which is newer." in html
    for told in (html, page(alice_client, f"/claims/{counting.pk}/"), page(alice_client, "/claims/?all=1")):
        assert "Another version" in told
        for word in (
            "Earlier version<",
            "· Earlier version",
            "an earlier version",
            "ewer version",
            "newest stands",
            "old figures",
        ):
            assert word not in told
        assert "went from" not in told


def test_a_version_in_no_sum_by_its_entry_is_not_said_to_count() -> None:
    """The brief that history reads has no networks of lines, by which the whole claim is judged."""
    current = Sent(with_money("5", "80"), "/2/", True, True, disagrees=True)
    told = history([current, Sent(with_money("9", "80"), "/1/", False, False)])
    assert "counts" not in told.note
    assert "this is the version we show" in str(told.rows)


def test_a_claim_sent_with_and_without_amounts_was_not_corrected(alice: Member, alice_client: Client) -> None:
    """Facts claims 7: the form without amounts is no earlier version with other amounts."""
    connection = a_connection(alice)
    number = [{"value": "CLM-7", "type": concept((C4BB, "uc"))}]
    save(connection, an_eob(1, share=None, identifier=number), an_eob(2, identifier=number))
    for form in (1, 2):
        html = alice_client.get(path_of(connection, form)).content.decode()
        assert "Without amounts" in html
        for words in (
            "Earlier version",
            "earlier version",
            "not shared before",
            "Your plan paid: not shared by your plan. Your share: not",
        ):
            assert words not in html
    bare = alice_client.get(path_of(connection, 1)).content.decode()
    assert "This is the claim as your plan sent it without amounts. Another version stands for it." in bare
