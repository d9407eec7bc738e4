"""The claim list and the page of a claim."""

import re
import uuid
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.records import projection
from apps.records.models import Record, Remark
from apps.sync.models import LastVisit
from tests.claims.given import NOW, a_claim, a_connection, an_eob, damage, row_of, save
from tests.claims.made import body, claim, line, money, priced, why


def rows_of(html: str) -> list[str]:
    """Return the text of each claim row."""
    found = re.findall(r'data-testid="claim-row".*?</a>', html, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", row.partition(">")[2]).split()) for row in found]


def title_of(html: str) -> str:
    return "".join(re.findall("<title>(.*)</title>", html))


def shares_of(html: str) -> list[str]:
    return re.findall(r'data-testid="your-share">([^<]*)<', html)


def page(client: Client, url: str = "/claims/", **query: Any) -> str:
    response = client.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def test_each_row_says_what_when_where_and_how_much(alice: Member, alice_client: Client) -> None:
    a_claim(alice, on="2026-03-09", share="53.52")
    html = page(alice_client)
    [row] = rows_of(html)
    assert "March 9, 2026" in row
    assert "Riverside Clinic" in row
    assert shares_of(html) == ["$53.52"]
    assert "March 2026" in html


def test_a_choice_without_claims_offers_all_of_them(alice: Member, alice_client: Client) -> None:
    a_claim(alice)
    html = page(alice_client, kind="vision")
    assert "No claims match" in html
    assert "Show all claims" in html


def test_an_empty_list_says_how_to_fill_it(alice: Member, alice_client: Client) -> None:
    html = page(alice_client)
    assert "/plans/" in html
    assert "Find your plan" in html
    a_connection(alice)
    assert "has not shared any claims yet" in page(alice_client)


def test_the_list_takes_the_same_queries_for_one_claim_and_for_many(
    alice: Member, alice_client: Client, django_assert_num_queries: Any
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(0))
    page(alice_client)
    LastVisit.objects.update(news_at=None)
    with CaptureQueriesContext(database) as few:
        page(alice_client)
    asked = len(few)
    save(connection, *[an_eob(n) for n in range(60)])
    page(alice_client)  # the first one after news has the visit noted
    with django_assert_num_queries(asked):
        html = page(alice_client)
    after = re.search(r"after=([0-9a-f-]*)", html)
    assert after
    with django_assert_num_queries(
        asked + 1
    ):  # of which year the claim before is, so that no other is opened
        page(alice_client, after=after[1])
    assert asked <= 13


def test_a_broken_seal_is_one_row_and_the_rest_of_the_list_stands(
    alice: Member, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1), an_eob(2))
    broken = row_of(connection)
    damage(broken)
    with caplog.at_level("ERROR"):
        rows = rows_of(page(alice_client))
    assert len(rows) == 2
    assert sum("This claim could not be opened" in row for row in rows) == 1
    assert str(broken.pk) in caplog.text
    assert "Riverside" not in caplog.text
    response = alice_client.get(f"/claims/{broken.pk}/")
    assert response.status_code == 500
    assert "could not be opened" in response.content.decode()


def test_a_record_moved_to_another_row_is_not_shown_there(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="1.00"), an_eob(2, share="2.00"))
    one, two = row_of(connection, 1), row_of(connection, 2)
    Record.objects.filter(pk=two.pk).update(sealed_body=bytes(one.sealed_body))
    assert alice_client.get(f"/claims/{two.pk}/").status_code == 500
    projection.forget()
    assert sum("could not be opened" in row for row in rows_of(page(alice_client))) == 1


@pytest.mark.parametrize("on", ["2026-11-01", "2023-03-09"])
@time_machine.travel("2026-11-20", tick=False)
def test_an_open_share_is_told_in_the_same_words_however_old_it_is(
    alice: Member, alice_client: Client, on: str
) -> None:
    """What the page knows is that nobody noted it here, of a recent share and of an older one."""
    held = a_claim(alice, on=on, share="53.52", created=on)
    html = page(alice_client, f"/claims/{held.pk}/")
    assert "of your share is not noted as paid" in html


@time_machine.travel("2026-11-20", tick=False)
def test_of_a_refusal_of_long_ago_it_is_said_first_that_the_time_may_be_over(
    alice: Member, alice_client: Client
) -> None:
    """And nobody is asked to wait with a bill, or to do in time what no time may be left for."""
    unpaid = [priced("submitted", 200), priced("benefit", 0)]
    told = []
    for number, on in enumerate(("2024-03-09", "2026-11-01")):
        refused = [line(1, why("PR", "119"), servicedDate=on)]
        held = a_claim(alice, number, on=on, created=on, item=refused, total=unpaid)
        html = page(alice_client, f"/claims/{held.pk}/")
        told.append(unescape(html.partition('data-testid="steps"')[2].partition("</div>")[0]))
    old, recent = told
    assert "<p>This was decided more than half a year ago, so the time to ask may be over; some" in old
    assert "wait with the bill" not in old
    assert "Do it in time" not in old
    assert "may be over" not in recent
    assert "Do it in time" in recent
    old_claim = row_of(alice.connections.get(), 0).pk
    alice_client.post(f"/claims/{old_claim}/appeal/letter/", {"letter_on": "2026-11-10", "kind": "employer"})
    assert "may be over" not in page(alice_client, f"/claims/{old_claim}/"), "the letter came last week"


@time_machine.travel("2026-11-20", tick=False)
def test_of_a_refusal_whose_day_nobody_told_no_age_is_said(alice: Member, alice_client: Client) -> None:
    """By the day of care alone "This was decided more than half a year ago" talked people out of asking."""
    unpaid = [priced("submitted", 200), priced("benefit", 0)]
    refused = [line(1, why("PR", "119"), servicedDate="2024-03-09")]
    held = a_claim(alice, on="2024-03-09", created=None, item=refused, total=unpaid)
    html = unescape(page(alice_client, f"/claims/{held.pk}/"))
    assert "more than half a year ago" not in html
    assert "Do it in time" in html


def test_another_members_claim_looks_like_one_that_does_not_exist_w03_w38(
    alice: Member, bob_client: Client
) -> None:
    claim = a_claim(alice)
    for method in ("get", "head", "post", "put", "delete"):
        foreign = getattr(bob_client, method)(f"/claims/{claim.pk}/")
        unknown = getattr(bob_client, method)(f"/claims/{uuid.uuid4()}/")
        assert foreign.status_code == unknown.status_code
        assert foreign.status_code in (404, 405)
    assert bob_client.get(f"/claims/{claim.pk}/").status_code == 404


def test_the_first_sheet_of_a_printed_claim_says_whose_it_is_from_which_plan_and_when_it_was_printed(
    alice: Member, alice_client: Client
) -> None:
    """All three stood at the very end, on the fifth sheet of a refusal."""
    claim = a_claim(alice, patient={"reference": "Patient/1", "display": "Ana O'Brien"})
    before = page(alice_client, f"/claims/{claim.pk}/").partition("<h1>")[0]
    assert re.search("Printed [A-Z]", before) and "Patient: Ana O&#x27;Brien." in before
    assert "Plan: Harborlight Health." in before


def test_words_of_a_plan_are_never_markup_w22(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice, provider={"display": "<script>alert(1)</script>"})
    for url in ("/claims/", f"/claims/{claim.pk}/"):
        assert "<script>alert" not in page(alice_client, url)


def test_what_a_browser_keeps_in_its_history_names_no_provider_and_no_care(
    alice: Member, alice_client: Client
) -> None:
    """A history outlives the session and is copied to other devices; a title names a page saved as a file."""
    claim = a_claim(alice, on="2026-03-09")
    save(claim.connection, an_eob(2, use="preauthorization", type={"text": "Scan of the knee"}))
    providers = re.findall(r'href="(/claims/providers/[^"]+/)"', page(alice_client, "/claims/providers/"))
    paths = [f"/claims/{claim.pk}/", f"/claims/approvals/{row_of(claim.connection, 2).pk}/", *providers]
    assert [title_of(page(alice_client, path)) for path in paths] == [
        "Claim, March 9, 2026 · Plainclaim",
        "Approval in advance · Plainclaim",
        "Provider · Plainclaim",
    ]


def test_a_title_tells_which_part_of_the_list_a_page_is_and_names_nobody(
    alice: Member, alice_client: Client
) -> None:
    """Who hears pages tells tabs and a history apart by titles; what an address seals is not told."""
    connection = a_connection(alice)
    save(connection, *(an_eob(number, on=f"2025-0{number % 9 + 1}-11") for number in range(26)))
    (provider,) = re.findall(r'href="/claims/providers/([^"]+)/"', page(alice_client, "/claims/providers/"))
    sealed = alice_client.post("/claims/search/", {"text": "office"})["Location"]
    next_page = "".join(re.findall(r'rel="next" href="([^"]+)"', page(alice_client, "/claims/")))
    titles = {
        "/claims/?year=2025&kind=pharmacy&from=5": "Claims: 2025, Prescriptions, Share from $5.00",
        f"/claims/?provider={provider}&sort=share": "Claims: one provider, Highest share first",
        sealed: "Claims: a search",
        f"/claims/{next_page}": "Claims, continued: January 2025",
    }
    for path, title in titles.items():
        assert title_of(page(alice_client, path)) == f"{title} · Plainclaim"


def ticked(html: str) -> list[str]:
    return re.findall(r'name="box" value="(\w+)" id="[^"]+" checked', html)


def test_a_bill_is_compared_on_the_page_and_kept_nowhere(alice: Member, alice_client: Client) -> None:
    path = f"/claims/{a_claim(alice, on='2026-03-09').pk}/"
    html = alice_client.post(f"{path}bill/", {"amount": "$60.00"}).content.decode()
    assert "The bill is higher by $6.48: it asks for $60.00, your plan&#x27;s share is $53.52." in html
    html = alice_client.post(f"{path}bill/", {"amount": "60", "bill": "earlier"}).content.decode()
    assert "the bill holds an earlier balance" in html
    assert 'id="bill-earlier" checked' in html, "what was ticked stays ticked beside its answer"
    html = alice_client.post(f"{path}bill/", {"amount": "1.234,56<b>"}).content.decode()
    assert 'name="amount" value="1.234,56&lt;b&gt;"' in html, "what was typed stands beside its answer"
    assert "“1.234,56&lt;b&gt;” cannot be read for sure" in html
    assert not Remark.objects.exists()
    assert alice_client.get(f"{path}bill/").status_code == 405


def test_no_bill_is_asked_for_where_the_plan_shared_no_amount_to_compare_it_with(
    alice: Member, alice_client: Client
) -> None:
    pages = (alice_client.get(f"/claims/{a_claim(alice, number, share=share).pk}/").content.decode()
             for number, share in ((1, None), (2, "53.52")))  # fmt: skip
    assert [("Does the bill in your hand match?" in page, 'id="checklist"' in page) for page in pages] == [
        (False, True),
        (True, True),
    ]


def test_ticks_are_kept_and_only_those_there_are(alice: Member, alice_client: Client) -> None:
    """P-06: what looks like a box to tick is one."""
    path = f"/claims/{a_claim(alice).pk}/"
    assert ticked(alice_client.get(path).content.decode()) == []
    answer = alice_client.post(f"{path}checks/", {"box": ["date", "share", "no-such"]})
    assert answer.headers["Location"] == f"{path}#checklist"
    assert ticked(alice_client.get(path).content.decode()) == ["date", "share"]
    alice_client.post(f"{path}checks/")
    assert ticked(alice_client.get(path).content.decode()) == []


def test_who_has_seen_to_a_refusal_goes_on_where_it_was_pressed(alice: Member, alice_client: Client) -> None:
    path = f"/claims/{a_claim(alice).pk}/"
    answer = alice_client.post(f"{path}checks/", {"box": ["refused"], "back": "act"})
    assert answer.headers["Location"] == f"{path}#act"
    assert re.findall(r'id="checklist"[^>]*', alice_client.get(path).content.decode())[0].endswith(
        '"checklist"'
    )


def test_a_payment_is_noted_with_its_amount_and_taken_back(alice: Member, alice_client: Client) -> None:
    path = f"/claims/{a_claim(alice, on='2026-11-09').pk}/"
    with time_machine.travel(NOW, tick=False):
        assert "$53.52</span> of your share is not noted" in alice_client.get(path).content.decode()
        refused = alice_client.post(f"{path}paid/", {"amount": "-5"})
        assert (refused.status_code, "A minus on a bill" in refused.content.decode()) == (400, True)
        alice_client.post(f"{path}paid/", {"amount": "50.00"})
        html = alice_client.get(path).content.decode()
        assert "You noted $50.00 as paid." in html
        assert 'Undo<span class="visually-hidden">: You noted $50.00 as paid.' in html
        assert "$3.52</span> of your share is not noted" in html
        [said_at] = re.findall(r'name="said_at" value="([^"]+)"', html)
        for moment in ("", "yesterday", NOW.isoformat()[:19]):  # of no remark
            alice_client.post(f"{path}undo/", {"said_at": moment})
        assert "You noted $50.00 as paid." in alice_client.get(path).content.decode()
        alice_client.post(f"{path}undo/", {"said_at": said_at})
        assert "$53.52</span> of your share is not noted" in alice_client.get(path).content.decode()


def test_a_part_of_the_share_is_heard_as_one_and_not_as_one_more_sum(
    alice: Member, alice_client: Client
) -> None:
    total = [*an_eob(1)["total"], priced("copay", 53.52)]
    html = alice_client.get(f"/claims/{a_claim(alice, total=total).pk}/").content.decode()
    heard = re.findall(r'<tr[^>]* class="sum__part">\s*<td[^>]* class="sum__sign">(.*?)</td>', html)
    assert heard == ['<span class="visually-hidden">of which</span>', "", ""], "those folded stand alone"


def test_what_is_in_no_sum_of_a_receipt_stands_apart_and_is_said_to(
    alice: Member, alice_client: Client
) -> None:
    """The price of a denied claim stood below "of which not covered", as if it were a part of the share."""
    amounts = {"submitted": 300, "eligible": 0, "benefit": 0, "noncovered": 300, "memberliability": 300}
    total = [priced(code, amount) for code, amount in amounts.items()]
    html = alice_client.get(f"/claims/{a_claim(alice, total=total).pk}/").content.decode()
    sums, _, beside = html.partition('data-testid="receipt"')[2].partition("Also sent, in no sum above")
    assert 'data-testid="not-covered"' in sums
    assert 'data-testid="allowed"' in beside.partition("</tbody>")[0]


def test_a_note_is_found_again_under_a_new_version_and_its_old_one(
    alice: Member, alice_client: Client
) -> None:
    old = a_claim(alice)
    alice_client.post(f"/claims/{old.pk}/paid/")
    prior = {"relationship": {"coding": [{"code": "prior"}]}, "claim": {"identifier": {"value": "CLM-1"}}}
    new = a_claim(alice, 2, share="60.00", related=[prior])
    html = alice_client.get(f"/claims/{new.pk}/").content.decode()
    assert "You noted $53.52 as paid." in html
    assert "$6.48</span>" in html
    alice_client.post(f"/claims/{new.pk}/paid/", {"amount": "60.00"})
    assert Remark.objects.count() == 1


def test_figures_that_come_from_nowhere_have_no_note_to_open(alice: Member, alice_client: Client) -> None:
    """Of a claim without amounts it opened and was empty."""
    unpriced, known = (a_claim(alice, number, share=share) for number, share in ((1, None), (2, "5.00")))
    assert 'data-testid="sources"' not in page(alice_client, f"/claims/{unpriced.pk}/")
    assert 'data-testid="sources"' in page(alice_client, f"/claims/{known.pk}/")


def test_a_claims_page_says_from_which_element_each_figure_came(alice: Member, alice_client: Client) -> None:
    """Each amount of the receipt has its place among what the plan sent, or is said to be worked out."""
    html = page(alice_client, f"/claims/{a_claim(alice).pk}/")
    receipt, sources = html.split('data-testid="receipt"')[1].split('data-testid="sources"')
    known = [row for row in receipt.split("<tr ") if '<td role="cell" class="money"' in row]
    labels = [re.sub("<[^>]+>", "", re.search(r"__label\">(.*?)<(?:span|/span|/a)", row)[1]) for row in known]
    told = dict(re.findall(r"<dt>([^:<]*): [^<]*</dt><dd>(.*?)</dd>", sources))
    assert "Billed" in labels and "Your share" in labels
    for label in labels:
        assert re.search(r"your plan sent it in .*\(entry \d\)|We worked it out", told[label]), label


def test_figures_that_exceed_the_price_are_told_in_the_type_of_long_answers(
    alice: Member, alice_client: Client
) -> None:
    """Ten lines in the largest type hid the receipt: the smaller was for figures that contradict alone."""
    amounts = "submitted 40, eligible 30, benefit 10, deductible 10, coinsurance 20, memberliability 30"
    save(a_connection(alice), body(claim(*money(amounts))))
    html = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert 'class="lede claim__long" data-testid="answer"' in html
    assert "come to more than the price" in html
