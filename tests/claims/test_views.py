"""The claim list and the page of a claim."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.claims.models import Claim
from apps.claims.paging import PAGE_SIZE
from apps.sync.models import LastVisit
from apps.vault.boxes import box_for
from tests.claims.given import a_claim, a_connection, an_eob, save


def rows_of(html: str) -> list[str]:
    """Return the text of each claim row."""
    found = re.findall(r'data-testid="claim-row".*?</a>', html, re.S)
    return [" ".join(re.sub(r"<[^>]*>", " ", row.partition(">")[2]).split()) for row in found]


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


def test_an_amount_the_plan_did_not_share_is_words_and_never_zero(
    alice: Member, alice_client: Client
) -> None:
    a_claim(alice, share=None)
    html = page(alice_client)
    [share] = shares_of(html)
    assert "$" not in share
    assert share.strip()


def test_a_share_of_zero_is_shown_as_zero(alice: Member, alice_client: Client) -> None:
    a_claim(alice, share="0")
    assert shares_of(page(alice_client)) == ["$0.00"]


def test_the_list_is_read_page_by_page_until_its_end(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *[an_eob(n, on=f"2026-03-{n % 28 + 1:02}", share=f"{n}.00") for n in range(60)])
    url, shares, pages = "/claims/", list[str](), 0
    while url:
        html = page(alice_client, url)
        shares += shares_of(html)
        pages += 1
        after = re.search(r'rel="next" href="([^"]*)"', html)
        url = f"/claims/{after[1]}" if after else ""
        assert ("Newest</a>" in html) == (pages > 1)
    assert pages == 3
    assert sorted(shares) == sorted(f"${n}.00" for n in range(60))


def test_a_place_that_is_gone_shows_the_newest_with_a_note(alice: Member, alice_client: Client) -> None:
    a_claim(alice)
    for after in ("nonsense", str(uuid.uuid4()), "%00", "\x00"):
        html = page(alice_client, after=after)
        assert "That place in the list is gone" in html
        assert len(rows_of(html)) == 1


def test_the_list_narrows_to_a_kind_and_a_plan_and_keeps_them_on_the_next_page(
    alice: Member, alice_client: Client
) -> None:
    first, second = a_connection(alice), a_connection(alice, plan="Other Plan")
    save(first, *[an_eob(n, kind="pharmacy") for n in range(PAGE_SIZE + 1)], an_eob("x", kind="vision"))
    save(second, an_eob("y", kind="pharmacy"))
    html = page(alice_client, kind="pharmacy", plan=str(first.pk))
    assert len(rows_of(html)) == PAGE_SIZE
    following = re.search(r'rel="next" href="([^"]*)"', html)
    assert following
    rest = page(alice_client, "/claims/" + following[1].replace("&amp;", "&"))
    assert len(rows_of(rest)) == 1
    assert len(rows_of(page(alice_client, kind="vision"))) == 1
    assert len(rows_of(page(alice_client, plan=str(second.pk)))) == 1


def test_a_choice_that_does_not_exist_counts_as_all(alice: Member, bob: Member, alice_client: Client) -> None:
    a_claim(alice)
    for query in ({"kind": "<script>"}, {"plan": "x"}, {"plan": str(a_connection(bob).pk)}):
        html = page(alice_client, **query)
        assert len(rows_of(html)) == 1
        assert "<script>" not in html.replace("<script src", "")


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
    # session, member, data keys, what is known (connections, index, approvals), claims, the last visit
    with django_assert_num_queries(7):
        page(alice_client)
    save(connection, *[an_eob(n) for n in range(60)])
    page(alice_client)  # the first one after news has the index written
    with django_assert_num_queries(7):
        html = page(alice_client)
    after = re.search(r"after=([0-9a-f-]*)", html)
    assert after
    with django_assert_num_queries(7):  # the place in the list is looked up with what follows it
        page(alice_client, after=after[1])


def test_a_broken_seal_is_one_row_and_the_rest_of_the_list_stands(
    alice: Member, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1), an_eob(2))
    broken = connection.claims.first()
    assert broken
    Claim.objects.filter(pk=broken.pk).update(
        sealed_record=b"\x01" + b"x" * 60, sealed_brief=b"\x01" + b"x" * 60
    )
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
    one, two = connection.claims.all()
    Claim.objects.filter(pk=two.pk).update(
        sealed_record=bytes(one.sealed_record), sealed_brief=bytes(one.sealed_brief)
    )
    assert sum("could not be opened" in row for row in rows_of(page(alice_client))) == 1
    assert alice_client.get(f"/claims/{two.pk}/").status_code == 500


def test_the_brief_of_a_claim_does_not_open_as_its_record(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    Claim.objects.filter(pk=claim.pk).update(sealed_record=bytes(claim.sealed_brief))
    assert alice_client.get(f"/claims/{claim.pk}/").status_code == 500


def test_a_claim_tells_its_story(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    html = page(alice_client, f"/claims/{claim.pk}/")
    assert "Riverside Clinic" in html
    assert "$53.52" in html


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


def test_another_members_claims_are_not_in_the_list_w03(
    alice: Member, bob: Member, bob_client: Client
) -> None:
    a_claim(alice)
    a_claim(bob, 7, share="7.00")
    assert shares_of(page(bob_client)) == ["$7.00"]


def test_signed_out_visitors_are_sent_to_sign_in_w02(alice: Member, client: Client) -> None:
    claim = a_claim(alice)
    for url in ("/claims/", f"/claims/{claim.pk}/"):
        response = client.get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/account/login")


def test_no_private_word_stands_in_an_address_w34(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *[an_eob(n, on="2026-03-09") for n in range(30)])
    html = page(alice_client)
    for address in re.findall(r'(?:href|action)="([^"]*)"', html):
        assert not re.search(r"eob|CLM|Riverside|2026", address, re.I), address


def test_words_of_a_plan_are_never_markup_w22(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice, provider={"display": "<script>alert(1)</script>"})
    for url in ("/claims/", f"/claims/{claim.pk}/"):
        assert "<script>alert" not in page(alice_client, url)


def test_pages_of_claims_are_not_kept_by_caches_w09(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    for url in ("/claims/", f"/claims/{claim.pk}/"):
        assert "no-store" in alice_client.get(url).headers["Cache-Control"]


def test_a_claim_of_an_older_reading_is_said_to_be_closed_and_fails_nothing(
    alice: Member, alice_client: Client
) -> None:
    claim = a_claim(alice)
    for column in ("sealed_record", "sealed_brief"):
        setattr(claim, column, box_for(alice).seal(claim, column, b"\x00other"))
    claim.save()
    assert "This claim could not be opened" in page(alice_client)
    assert alice_client.get(f"/claims/{claim.pk}/").status_code == 500


def test_what_a_browser_keeps_in_its_history_names_no_provider_and_no_care(
    alice: Member, alice_client: Client
) -> None:
    """A history outlives the session and is copied to other devices; a title names a page saved as a file."""
    claim = a_claim(alice, on="2026-03-09")
    save(claim.connection, an_eob(2, use="preauthorization", type={"text": "Scan of the knee"}))
    providers = re.findall(r'href="(/claims/providers/[^"]+/)"', page(alice_client, "/claims/providers/"))
    paths = [f"/claims/{claim.pk}/", f"/claims/approvals/{alice.approvals.get().pk}/", *providers]
    titles = [
        found[1] for path in paths if (found := re.search("<title>(.*)</title>", page(alice_client, path)))
    ]
    assert titles == [
        "Claim, March 9, 2026 · Plainclaim",
        "Approval in advance · Plainclaim",
        "Provider · Plainclaim",
    ]
