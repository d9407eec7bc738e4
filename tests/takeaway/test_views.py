"""Choosing, getting and deleting files: whose they are, how often, and what the answers say."""

import json
import logging
import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.models import Connection
from apps.takeaway import actions, preparation
from apps.takeaway.models import KEPT_FOR, Export
from tests.claims.given import an_eob, claims_of, files_noted, spoil
from tests.connections.everything import rows
from tests.takeaway.given import an_approval, bring, cells, content, get

PAGE, MAKE = "/take-along/", "/take-along/make/"
PASSWORD = "a long password of alice"


@pytest.fixture
def long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every file be too long to be waited for."""
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 0)


@pytest.fixture
def export(browser: Client, connection: Connection, long_ago: None) -> Export:
    """Return a file of Alice's that waits for a worker."""
    answer = get(browser, "claims")
    assert answer.status_code == 303
    made = Export.objects.get()
    assert answer["Location"] == f"/take-along/{made.pk}/"
    return made


@pytest.fixture
def ready(export: Export) -> Export:
    """Return a file of Alice's that can be downloaded."""
    preparation.run(export_id=export.pk, now_fn=timezone.now)
    export.refresh_from_db()
    return export


def text(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


@pytest.mark.parametrize(
    ("form", "scope", "name"),
    [
        ("claims", "all", "plainclaim-claims.csv"),
        ("lines", "2025", "plainclaim-lines-2025.csv"),
        ("approvals", "all", "plainclaim-approvals.csv"),
        ("coverage", "2025", "plainclaim-coverage-2025.csv"),
        ("reading", "2025", "plainclaim-records-2025.json"),
        ("originals", "all", "plainclaim-originals.json"),
    ],
)
def test_a_small_file_comes_at_once_under_a_name_that_tells_nothing(
    browser: Client, connection: Connection, form: str, scope: str, name: str
) -> None:
    response = get(browser, form, scope)
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response["Cache-Control"] == "no-store, private"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert content(response)
    assert not Export.objects.exists()
    assert files_noted(connection.member) == 1, "S-06: a file that leaves is in the member's log"
    told = ["Your records were taken along"]  # of a year, too: else whoever takes year by year is not heard
    assert [message.subject for message in mail.outbox] == told


def test_s_06_whoever_takes_files_again_and_again_is_told_of_each_kind_once_a_day(
    browser: Client, connection: Connection
) -> None:
    """The log has a line for each; a mailbox full of notices would hide the one that matters."""
    for form in ("claims", "lines", "claims", "claims"):
        assert content(get(browser, form, "2025"))
    assert files_noted(connection.member) == 4
    assert len(mail.outbox) == 2


def test_the_name_of_one_claims_file_has_no_number(browser: Client, connection: Connection) -> None:
    response = get(browser, "claims", claims_of(connection)[0].id)
    assert response["Content-Disposition"] == 'attachment; filename="plainclaim-claims-one.csv"'
    assert not mail.outbox
    assert [row["claim_number"] for row in cells(content(response))] == ["CLM-odd"]


def test_the_page_says_that_a_file_is_not_sealed_any_more(browser: Client, connection: Connection) -> None:
    shown = text(browser.get(PAGE))
    assert "not sealed any more" in shown
    for words in ("For a spreadsheet", "For another app", "For a doctor, a lawyer or an appeal", "2025"):
        assert words in shown
    for word in ("FHIR", "EOB", "resource", "adjudication"):
        assert word not in shown


def test_the_page_of_one_claim_offers_what_one_claim_has(
    alice_client: Client, connection: Connection
) -> None:
    page = alice_client.get(PAGE, {"claim": str(claims_of(connection)[0].id)})
    titled = alice_client.get(f"/claims/{claims_of(connection)[0].id}/").content.decode()
    [title] = re.findall(r"<h1>(.*?)</h1>", titled)
    [called] = re.findall(r'data-testid="claim">(.*?)</strong>', page.content.decode())
    assert called.startswith(f"{title}, "), "as the claim's own page is titled, with its day"
    assert "<title>Take your records along" in page.content.decode(), "in no history of a browser"
    assert page.status_code == 200
    assert set(re.findall(r'name="format" value="(\w+)"', page.content.decode())) == {
        "claims", "lines", "originals", "reading",
    }  # fmt: skip


def test_the_year_that_was_asked_for_is_chosen(browser: Client, connection: Connection) -> None:
    bring(connection, an_eob(2, on="2026-01-02"))
    assert '<option value="2025" selected>' in browser.get(PAGE, {"year": "2025"}).content.decode()
    assert "selected" not in browser.get(PAGE, {"year": "1999"}).content.decode()


@pytest.mark.parametrize("page", ["/account/", "/claims/", "claim"])
def test_pages_lead_there(alice_client: Client, connection: Connection, page: str) -> None:
    path = f"/claims/{claims_of(connection)[0].id}/" if page == "claim" else page
    assert f'href="{PAGE}' in alice_client.get(path).content.decode()


@pytest.mark.parametrize(
    "posted",
    [
        {},
        {"format": "claims"},
        {"format": "nothing", "scope": "all"},
        {"format": "claims", "scope": "0000"},
        {"format": "claims", "scope": "２０２５"},
        {"format": "claims", "scope": "x" * 5000},
        {"format": "claims", "scope": "00000000-0000-0000-0000-000000000007"},
    ],
)
def test_a_choice_there_is_not_leads_back(browser: Client, connection: Connection, posted: Any) -> None:
    answer = browser.post(MAKE, posted)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)


def test_one_claim_has_no_file_of_coverage(browser: Client, connection: Connection) -> None:
    assert get(browser, "coverage", claims_of(connection)[0].id).status_code == 303


def test_a_year_before_all_records_is_an_empty_file(browser: Client, connection: Connection) -> None:
    assert cells(content(get(browser, "claims", "1850"))) == []
    assert cells(content(get(browser, "claims", "9999"))) == []


def test_a_file_is_asked_for_by_post_only(browser: Client, connection: Connection) -> None:
    assert browser.get(MAKE, {"format": "claims", "scope": "all"}).status_code == 405


# --- is it you? ----------------------------------------


def test_everything_asks_whether_it_is_you(
    alice_client: Client, connection: Connection, ready: Export
) -> None:
    """W-14: of who found the browser open, one claim at a time is all they get."""
    session = alice_client.session
    del session["account_authentication_methods"]
    session.save()
    for answer in (
        alice_client.get(PAGE),
        get(alice_client, "claims"),
        get(alice_client, "originals", 2025),
        alice_client.get(f"/take-along/{ready.pk}/file/"),
    ):
        assert answer.status_code == 302
        assert answer["Location"].startswith("/account/reauthenticate/")
    assert get(alice_client, "claims", claims_of(connection)[0].id).status_code == 200


def test_after_the_password_the_page_opens(alice_client: Client, connection: Connection) -> None:
    asked = alice_client.get(PAGE)
    entered = alice_client.post(asked["Location"], {"password": PASSWORD, "next": PAGE})
    assert entered["Location"] == PAGE
    assert alice_client.get(PAGE).status_code == 200
    assert get(alice_client, "claims").status_code == 200


def test_a_member_with_a_plan_only_signs_in_there_again(db: None) -> None:
    nora = Member.objects.create_from_plan()
    client = Client()
    client.force_login(nora, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    for at, status in ((time.time(), 200), (time.time() - 3600, 403)):
        session["account_authentication_methods"] = [{"method": "plan", "at": at}]
        session["account_authentication_methods_user"] = str(nora.pk)
        session.save()
        assert client.get(PAGE).status_code == status


# --- long files ----------------------------------------


def test_a_long_file_shows_how_far_it_is(browser: Client, export: Export) -> None:
    Export.objects.update(state="running", done=1250, total=10000, lease_until=timezone.now())
    page = browser.get(f"/take-along/{export.pk}/")
    assert "1,250 of 10,000 records are in your file so far." in text(page)
    assert '<progress class="progress" max="10000" value="1250"' in page.content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.content.decode()


def test_htmx_gets_the_changing_part_alone(browser: Client, export: Export) -> None:
    part = browser.get(f"/take-along/{export.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<p id="export-said" hx-swap-oob="innerHTML">')
    mark = re.findall(r"""hx-headers='{"X-Seen": "([0-9a-f]+)"}'""", part)
    seen = {"HX-Request": "true", "X-Seen": mark[0]}
    assert browser.get(f"/take-along/{export.pk}/", headers=seen).status_code == 204
    Export.objects.update(state="running", done=1, total=10, lease_until=timezone.now())
    assert browser.get(f"/take-along/{export.pk}/", headers=seen).status_code == 200
    assert "<html" not in part
    assert 'hx-trigger="every 1s"' in part


def test_a_ready_file_is_downloaded_and_says_when_it_goes(browser: Client, ready: Export) -> None:
    page = browser.get(f"/take-along/{ready.pk}/")
    assert "Your file is ready. It holds 1 record." in text(page)
    assert "hx-get" not in page.content.decode()
    assert "it is deleted by itself." in text(page)
    answer = browser.get(f"/take-along/{ready.pk}/file/")
    assert answer["Content-Disposition"] == 'attachment; filename="plainclaim-claims.csv"'
    assert [row["claim_number"] for row in cells(content(answer))] == ["CLM-odd"]


def test_a_file_whose_key_cannot_be_had_just_now_is_not_begun(
    browser: Client, ready: Export, settings: Any
) -> None:
    """D-08: the page that says so, not half a file."""
    settings.VAULT_KEYS = [f"other:{'B' * 43}="]
    assert browser.get(f"/take-along/{ready.pk}/file/").status_code == 503


def test_a_file_that_is_not_ready_is_not_served(browser: Client, export: Export) -> None:
    answer = browser.get(f"/take-along/{export.pk}/file/")
    assert (answer.status_code, answer["Location"]) == (302, f"/take-along/{export.pk}/")


def test_one_click_deletes_a_file(browser: Client, ready: Export) -> None:
    assert browser.get(f"/take-along/{ready.pk}/delete/").status_code == 405
    answer = browser.post(f"/take-along/{ready.pk}/delete/", follow=True)
    assert "The file was deleted here." in text(answer)
    assert not Export.objects.exists()


@pytest.mark.parametrize("end", ["a day", "erased"])
def test_a_file_that_is_over_is_not_served_although_nothing_tidied_yet(
    browser: Client, connection: Connection, ready: Export, end: str
) -> None:
    if end == "a day":
        Export.objects.update(expires_at=timezone.now())
    else:
        endings.erase(connection=connection, now=timezone.now())
    page = browser.get(f"/take-along/{ready.pk}/")
    assert "That file is gone." in text(page)
    answer = browser.get(f"/take-along/{ready.pk}/file/")
    assert (answer.status_code, answer["Location"]) == (302, f"/take-along/{ready.pk}/")


def test_another_members_file_claim_and_year_do_not_exist(
    bob_client: Client, connection: Connection, ready: Export
) -> None:
    for path in ("", "file/", "delete/"):
        assert bob_client.get(f"/take-along/{ready.pk}/{path}").status_code in (404, 405)
        assert bob_client.post(f"/take-along/{ready.pk}/{path}").status_code in (404, 405)
    assert Export.objects.exists()
    (claim,) = claims_of(connection)
    answer = get(bob_client, "claims", claim.id)
    assert (answer.status_code, answer["Location"]) == (303, PAGE)


def test_nothing_of_another_member_is_in_a_file(
    bob: Member, bob_client: Client, connection: Connection, ready: Export
) -> None:
    from tests.takeaway.given import sure  # noqa: PLC0415

    browser = sure(bob_client, bob)
    assert str(ready.pk) not in browser.get(PAGE).content.decode()
    assert cells(content(get(browser, "claims"))) == []
    assert json.loads(content(get(browser, "reading")))["claims"] == []
    assert b"entry" not in content(get(browser, "originals"))
    assert b"CLM" not in browser.get(PAGE).content


def test_the_same_wish_leads_to_the_file_that_is_being_made(browser: Client, export: Export) -> None:
    assert get(browser, "claims")["Location"] == f"/take-along/{export.pk}/"
    assert Export.objects.count() == 1


def test_only_a_few_files_lie_here_at_once(browser: Client, connection: Connection, long_ago: None) -> None:
    for form in ("claims", "lines", "originals", "reading"):
        assert get(browser, form)["Location"] != PAGE
    refused = browser.post(MAKE, {"format": "coverage", "scope": "all"}, follow=True)
    assert "Some files are already waiting for you here." in text(refused)
    assert Export.objects.count() == actions.MOST_FILES
    Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert get(browser, "coverage")["Location"] != PAGE
    assert Export.objects.count() == 1


def test_too_many_wishes_within_minutes_are_refused(browser: Client, connection: Connection) -> None:
    """W-18."""
    for _ in range(actions.MOST_IN_A_WINDOW):
        assert get(browser, "coverage").status_code == 200
    refused = browser.post(MAKE, {"format": "coverage", "scope": "all"}, follow=True)
    assert "That was a lot of files" in text(refused)


def test_how_many_records_are_small_is_counted_for_what_is_asked(
    browser: Client, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(connection, *[an_eob(number) for number in range(5)])
    monkeypatch.setattr(actions, "MOST_AT_ONCE", 4)
    assert get(browser, "claims", 2025).status_code == 200
    assert get(browser, "claims", 2026).status_code == 303
    assert get(browser, "originals", 2025).status_code == 200
    assert get(browser, "originals", claims_of(connection)[0].id).status_code == 200


def test_the_page_lists_files_and_how_they_are(browser: Client, ready: Export) -> None:
    shown = text(browser.get(PAGE))
    assert "Your claims, all years Ready" in shown


def test_a_life_long_file_fits_its_day(export: Export) -> None:
    assert export.expires_at - export.created_at == KEPT_FOR


# --- nothing leaks ----------------------------------------

CANARIES = ("CLM-odd", "Riverside", "M-77", "Alice Adams", "O\\u006bafor", "=Clinic()")


def test_nothing_private_is_in_logs_urls_or_any_table(
    *, browser: Client, connection: Connection, long_ago: None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    leaked, read = [], b""
    for form in ("claims", "lines", "approvals", "coverage", "reading", "originals"):
        Export.objects.all().delete()
        an_approval(connection)
        path = get(browser, form)["Location"]
        preparation.run(export_id=Export.objects.get().pk, now_fn=timezone.now)
        answer = browser.get(f"{path}file/")
        read += content(answer)
        seen = [path, str(answer.headers), *(row for _, row in rows())]
        leaked += [canary for canary in CANARIES for text in seen if canary in text]
    assert leaked == []
    assert [canary for canary in CANARIES if canary in caplog.text] == []
    assert [canary for canary in CANARIES if canary.encode() not in read] == []


def test_a_claim_that_does_not_open_is_logged_by_its_row_only(
    browser: Client, connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    (claim,) = claims_of(connection)
    spoil(claim.id, seal=b"broken")
    content(get(browser, "claims"))
    assert str(claim.id) in caplog.text
    assert not any(canary in caplog.text for canary in CANARIES)
