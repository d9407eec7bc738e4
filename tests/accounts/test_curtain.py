"""The curtain: one button covers every page of the session, and only who proves to be the member lifts it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.curtain import OPEN
from apps.accounts.models import Member, OpenSession
from tests.accounts.conftest import by_plan
from tests.claims.given import a_claim

PASSWORD = "a long password of alice"
COVERED = "Your records are covered"


def drawn(member: Member) -> Client:
    """Return a browser in which the member drew the curtain."""
    client = by_plan(member)
    response = client.post("/account/curtain/")
    assert (response.status_code, response["Clear-Site-Data"]) == (303, '"cache"')
    return client


def views(resolver: Any, prefix: str = "") -> set[str]:
    """Return the names of all views of the site."""
    names = set()
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            names |= views(pattern, space)
        elif isinstance(pattern, URLPattern) and pattern.name:
            names.add(f"{prefix}{pattern.name}")
    return names


def test_what_stays_open_under_the_curtain_are_names_of_views_that_there_are() -> None:
    assert views(get_resolver()) >= OPEN


@pytest.mark.parametrize(
    "path", ["/home/", "/claims/", "/", "/take-along/", "/admin/", "/people/", "/glossary/"]
)
def test_every_page_is_the_curtain_while_it_hangs(path: str, alice: Member) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    a_claim(alice)
    client = drawn(alice)
    response = client.get(path)
    html = response.content.decode()
    assert (response.status_code, COVERED in html) == (403, True)
    assert ("Riverside Clinic" in html, alice.email in html) == (False, False)
    assert client.get("/home/", headers={"HX-Request": "true"})["HX-Refresh"] == "true"


def test_a_form_sent_under_the_curtain_does_nothing(alice: Member) -> None:
    client = drawn(alice)
    assert client.post("/people/", {"person": "x", "name": "y"}).status_code == 403
    assert client.post("/take-along/", {"format": "claims", "scope": "all"}).status_code == 403
    assert client.get("/account/still-here/").json()["is_covered"] is True


def test_the_password_lifts_it_and_a_wrong_one_does_not(alice: Member) -> None:
    alice.set_password(PASSWORD)
    alice.save()
    client = drawn(alice)
    asked = client.get("/claims/?kind=pharmacy").content.decode()
    assert "/account/reauthenticate/?next=%2Fclaims%2F%3Fkind%3Dpharmacy" in asked
    question = client.get("/account/reauthenticate/?next=/claims/")
    assert (question.status_code, alice.email in question.content.decode()) == (200, False)
    client.post("/account/reauthenticate/", {"password": "wrong", "next": "/claims/"})
    assert client.get("/claims/").status_code == 403
    lifted = client.post("/account/reauthenticate/", {"password": PASSWORD, "next": "/claims/"})
    assert lifted["Location"] == "/claims/"
    assert client.get("/claims/").status_code == 200
    assert client.get("/account/curtain/")["Location"] == "/home/"


def test_who_has_only_a_plan_signs_out_and_in_again(alice: Member) -> None:
    alice.set_unusable_password()
    alice.save()
    client = drawn(alice)
    html = client.get("/home/").content.decode()
    assert ("sign in once more" in html, "/account/reauthenticate/" in html) == (True, False)
    client.post("/account/logout/")
    assert client.get("/home/").status_code == 302


def test_a_request_from_before_that_ends_later_does_not_lift_it(alice: Member) -> None:
    client = by_plan(alice)
    began_before = client.session
    assert began_before["life"]
    client.post("/account/curtain/")
    began_before["language"] = "es"
    began_before.save()
    assert client.get("/home/").status_code == 403


def test_a_session_that_nothing_hangs_on_ends_instead(alice: Member) -> None:
    client = by_plan(alice)
    alice.open_sessions.all().delete()
    client.post("/account/curtain/")
    assert client.get("/home/").status_code == 302


def test_it_hangs_in_one_session_only(alice: Member, alice_client: Client) -> None:
    drawn(alice)
    assert alice_client.get("/home/").status_code == 200


def cycled(began: Any) -> Any:
    """Give the session of a request from before a new key, as a changed password does; return its browser."""
    browser = Client()
    began.save()
    browser.cookies["session"] = began.session_key
    return browser


def test_a_request_from_before_that_changes_the_key_does_not_lift_it(alice: Member) -> None:
    """A changed password gives the session a new key, and so a new row."""
    client = by_plan(alice)
    began_before = client.session
    assert began_before["life"]
    client.post("/account/curtain/")
    began_before.cycle_key()
    assert cycled(began_before).get("/home/").status_code == 403


@pytest.mark.parametrize("is_written", [False, True])
def test_it_follows_a_key_that_changed_while_the_button_was_pressed(alice: Member, is_written: bool) -> None:
    """The press still came with the key of before."""
    client = by_plan(alice)
    began_before = client.session
    assert began_before["life"]
    began_before.cycle_key()
    if is_written:
        began_before.save()
    pressed = client.post("/account/curtain/")
    assert pressed["Location"].startswith("/account/login/"), "the key of before opens nothing"
    assert cycled(began_before).get("/home/").status_code == 403


def test_a_key_that_never_was_covers_nothing(alice: Member, alice_client: Client) -> None:
    stranger = Client()
    for key in ("", "0" * 32):
        stranger.cookies["session"] = key
        assert stranger.post("/account/curtain/")["Location"].startswith("/account/login/")
    assert alice_client.get("/home/").status_code == 200


def test_a_key_that_changes_takes_its_two_rows_in_the_order_in_which_a_late_write_takes_them(
    alice: Member,
) -> None:
    """In another order the two would wait for each other at PostgreSQL until one of them fails."""
    written, cycled_session = by_plan(alice).session, by_plan(alice).session
    assert written["life"] and cycled_session["life"]
    written["life"] = {**written["life"], "seen": written["life"]["seen"] + 60}
    assert _rows_taken(written.save, written.stored_key) == ["session", "open session"]
    assert _rows_taken(cycled_session.cycle_key, cycled_session.stored_key) == ["session", "open session"]


def _rows_taken(act: Callable[[], None], key: str) -> list[str]:
    """The rows under this key that are locked or written, in the order of the first time."""
    with CaptureQueriesContext(connection) as asked:
        act()
    tables = {Session._meta.db_table: "session", OpenSession._meta.db_table: "open session"}
    is_sqlite = connection.vendor == "sqlite"  # which locks the whole file and does not say FOR UPDATE
    taken = [
        tables[table]
        for query in asked.captured_queries
        for table in re.findall(r'^(?:SELECT .*? FROM|UPDATE|DELETE FROM) "(\w+)"', query["sql"], re.DOTALL)
        if table in tables and key in query["sql"]
        if not query["sql"].startswith("SELECT") or is_sqlite or "FOR UPDATE" in query["sql"]
    ]
    return list(dict.fromkeys(taken))
