"""What the ways out promise, and what is told afterwards: no more than is done."""

import re
import uuid
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection, Revocation
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.leaving import close, end, text
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks

ASKS, OFFERS_NONE = "to end the permission on its side too", "offers no way for us to end"


def without_revocation(plan: Plan, stub: StubPlan, how: str) -> None:
    """Let the plan offer no way to end a permission: by its profile, or as it names no address for it."""
    if how == "profile":
        set_quirks(plan, revocation="none")
    elif how == "elsewhere":
        Plan.objects.filter(pk=plan.pk).update(revoke_url="https://third.example/revoke")
    else:
        Plan.objects.filter(pk=plan.pk).update(
            discovery=None, issuer="", authorize_url=f"{stub.origin}/a", token_url=f"{stub.origin}/token"
        )


def promised(page: Any) -> str:
    """Return what the page says of the permission before anything is pressed."""
    match = re.search(r'data-testid="promised">(.*?)</span>', page.content.decode(), re.DOTALL)
    assert match
    return match[1]


# --- disconnecting ---------------------------------------------------------------------------------------


def test_where_the_plan_can_be_asked_the_page_says_that_it_is(alice_client: Client, made: Connection) -> None:
    page = alice_client.get(f"/connections/{made.pk}/disconnect/")
    assert ASKS in promised(page)
    assert OFFERS_NONE not in text(page)
    assert "ends at once" not in text(page)


@pytest.mark.parametrize("how", ["profile", "no address"])
def test_where_the_plan_offers_no_way_no_end_is_promised_there(
    alice_client: Client, made: Connection, stub: StubPlan, how: str
) -> None:
    """The receipt says so afterwards; the page before must not say the opposite."""
    without_revocation(made.plan, stub, how)
    before = promised(alice_client.get(f"/connections/{made.pk}/disconnect/"))
    assert f"Harborlight Health {OFFERS_NONE}" in before
    assert "throw our copy of the permission away at once" in before
    assert ASKS not in before
    assert "Your plan offers no way for us to end it" in text(end(alice_client, made))


def test_where_the_address_to_ask_is_at_a_third_server_neither_asking_nor_throwing_away_is_promised(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """It is held for seven days, in case the address is put right, and the member is told so."""
    without_revocation(made.plan, stub, "elsewhere")
    before = promised(alice_client.get(f"/connections/{made.pk}/disconnect/"))
    assert "We cannot ask Harborlight Health" in before
    assert "held for seven days at most" in before
    assert "at once" not in before
    assert "we ask" not in before
    assert "We have not asked your plan" in text(end(alice_client, made))
    assert Revocation.objects.get().sealed_tokens


def test_where_the_tokens_do_not_open_the_plan_is_not_said_to_be_asked(
    alice_client: Client, made: Connection
) -> None:
    Connection.objects.update(sealed_tokens=b"garbage")
    before = promised(alice_client.get(f"/connections/{made.pk}/disconnect/"))
    assert "we cannot ask Harborlight Health" in before
    assert "could not ask your plan" in text(end(alice_client, made))


def test_a_permission_that_ended_before_is_not_said_to_go(alice_client: Client, made: Connection) -> None:
    Connection.objects.update(status="needs_sign_in", sealed_tokens=b"", ended_because="another_person")
    page = alice_client.get(f"/connections/{made.pk}/disconnect/")
    assert promised(page) == "The permission ended before; nothing new comes."
    assert "Our permission to read" not in text(page)
    assert "The permission had ended before" in text(end(alice_client, made))


# --- closing the account ---------------------------------------------------------------------------------


def part(page: Any, testid: str) -> str:
    """Return what stands in the part of the page with this name, "" where it is not there."""
    match = re.search(rf'data-testid="{testid}">(.*?)</(ul|p)>', page.content.decode(), re.DOTALL)
    return match[1] if match else ""


@pytest.mark.parametrize("how", ["profile", "no address"])
def test_a_plan_that_offers_no_way_is_not_said_to_be_asked_when_the_account_closes(
    sure: Client, made: Connection, stub: StubPlan, how: str
) -> None:
    without_revocation(made.plan, stub, how)
    before = sure.get("/account/close/")
    assert "Harborlight Health offers no way for us to end" in part(before, "close-not-offered")
    assert "seven days" not in text(before)
    after = close(sure)
    assert "Harborlight Health" in part(after, "plans-not-offered")
    assert not part(after, "plans-asked")
    assert "This plan offers no way for us to end it" in text(after)
    assert "We are asking" not in text(after)
    assert "remove Plainclaim" in text(after)


def test_each_plan_is_told_by_what_is_done_there(
    sure: Client, made: Connection, plan: Plan, stub: StubPlan
) -> None:
    """One that is asked, one that offers no way, and one whose tokens do not open."""
    box = box_for(made.member)
    tokens = open_tokens(made, box).to_bytes()
    for slug, quirk in (("silent", "none"), ("broken", "rfc7009")):
        other = Plan.objects.get(pk=plan.pk)
        other.pk, other.slug, other.name = uuid.uuid4(), slug, f"The {slug} plan"
        other.own_quirks["revocation"] = quirk
        other.save(force_insert=True)
        copy = Connection.objects.get(pk=made.pk)
        copy.pk, copy.plan = uuid.uuid4(), other
        copy.sealed_tokens = b"garbage" if slug == "broken" else box.seal(copy, "sealed_tokens", tokens)
        copy.save(force_insert=True)
    assert Connection.objects.count() == 3
    before = sure.get("/account/close/")
    names = ("Harborlight Health", "The silent plan", "The broken plan")
    for name in names:
        assert name in part(before, "close-gone")
    after = close(sure)
    parts = ("plans-asked", "plans-not-offered", "plans-unreadable")
    told = [[name in part(after, testid) for name in names] for testid in parts]
    assert told == [[True, False, False], [False, True, False], [False, False, True]]
    assert {row.plan.name: row.state for row in Revocation.objects.select_related("plan")} == {
        "Harborlight Health": "waiting",
        "The silent plan": "not_offered",
        "The broken plan": "given_up",
    }


# --- a wrong phrase --------------------------------------------------------------------------------------


def test_a_wrong_phrase_is_told_at_the_top_and_at_its_field_where_typing_goes_on(sure: Client) -> None:
    """At 390 px the field is far below; the page comes back at its top, with the focus on nothing."""
    content = sure.post("/account/close/", {"phrase": "close"}).content.decode()
    places = [content.index(mark) for mark in ('data-testid="not-closed"', "<h1>", 'id="phrase_error"')]
    assert places == sorted(places)
    assert 'href="#phrase"' in content
    (box,) = re.findall(r'<input id="phrase"[^>]*>', content)
    assert " autofocus" in box
    assert 'aria-invalid="true" aria-describedby="phrase_error"' in box
    first = sure.get("/account/close/").content.decode()
    assert "not-closed" not in first
    assert "autofocus" not in first
