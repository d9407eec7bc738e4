"""Plans that give lasting access only when they are asked in a way of their own (C-03)."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import permission_duration
from apps.connections.models import Attempt, Connection, Reason
from apps.connections.permission_duration import Notice
from apps.plans.models import Plan
from apps.plans.quirks import problems_of
from tests.connections.conftest import come_back, connect, leave, refresh_token_of
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan
from tests.connections.test_begin import sent
from tests.connections.test_demo_payer import sign_in, someone
from tests.quirks import set_quirks

ASKED = "We asked Harborlight Health for a permission that lasts, and got one for a short while."
NORMAL = "That is normal there"


def test_c_03_further_parameters_go_to_the_sign_in_page_beside_ours(alice_client: Client, plan: Plan) -> None:
    """C-03: their values as the operator wrote them."""
    plain = sent(leave(alice_client, plan))
    set_quirks(plan, authorize_parameters=["prompt=consent", "hint=a=b c&d"])
    parameters = sent(leave(alice_client, plan))
    assert parameters.keys() - plain.keys() == {"prompt", "hint"}
    assert (parameters["prompt"], parameters["hint"]) == ("consent", "a=b c&d")


def test_c_03_no_parameter_of_ours_can_be_set_by_an_operator(alice_client: Client, plan: Plan) -> None:
    """C-03: whatever our request carries; also what would change where or how the answer comes."""
    ours = {*sent(leave(alice_client, plan))} - {"tenant"}  # it stands in the plan's own address
    ours |= {"launch", "client_secret", "request", "response_mode"}
    assert len(ours) > 12
    for name in ours:
        assert (
            f"{name} is " in problems_of({"authorize_parameters": [f"{name}=x"]})["authorize_parameters"][0]
        )


@pytest.mark.parametrize(
    ("quirks", "error", "is_hinted"),
    [
        ({}, "invalid_request", True),
        ({}, "redirect_uri_mismatch", False),
        ({"authorize_parameters": ["prompt=consent"]}, "invalid_request", False),
        ({"scopes": ["patient/*.read", "offline_access"]}, "invalid_request", False),
    ],
)
def test_c_03_a_sign_in_page_that_wants_consent_asked_for_is_told_to_operators(
    alice_client: Client,
    plan: Plan,
    stub: StubPlan,
    quirks: dict[str, list[str]],
    error: str,
    *,
    is_hinted: bool,
) -> None:
    """OpenID Connect Core 11: pyoidc and idpyoidc answer "consent in prompt". Nobody was told what to do."""
    set_quirks(plan, **quirks)
    state = stub.sign_in(leave(alice_client, plan))["state"]
    come_back(alice_client, {"error": error, "state": state})
    assert ("prompt=consent" in Attempt.objects.get().detail) is is_hinted


def test_c_03_lasting_access_that_was_asked_for_and_not_given_is_told_to_operators(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-03: in the log and with the attempt, without saying who."""
    caplog.set_level(logging.WARNING)
    stub.answer = {"refresh_token": None}
    connect(alice_client, plan, stub)
    assert "plan harborlight gave no lasting access, although offline_access was asked for" in caplog.text
    assert "authorize_parameters" in Attempt.objects.get().detail
    caplog.clear()
    stub.answer = {}
    connect(alice_client, plan, stub)
    set_quirks(plan, scopes=["openid", "patient/*.read"])
    stub.answer = {"refresh_token": None}
    connect(alice_client, plan, stub)
    assert "lasting access" not in caplog.text


def test_c_03_the_member_is_not_told_that_it_is_normal_there(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """C-03: nor that saying yes again would change it; where it was not asked for, short is normal."""
    stub.answer = {"refresh_token": None, "scope": "openid launch/patient patient/*.read"}
    made = connect(alice_client, plan, stub)
    page = text(alice_client.get(made.get_absolute_url()))
    assert f"{ASKED} This one lasts until" in page
    assert NORMAL not in page
    assert "allow it there" not in page
    past = timezone.now() - timedelta(days=1)
    Connection.objects.update(
        status="needs_sign_in", ended_because=Reason.NOT_LASTING, ended_at=past, access_expires_at=past
    )
    page = text(alice_client.get(made.get_absolute_url()))
    assert f"{ASKED} This one is over." in page
    assert NORMAL not in page
    Connection.objects.update(scopes_asked="openid patient/*.read")
    assert NORMAL in text(alice_client.get(made.get_absolute_url()))
    Connection.objects.update(
        status="active", ended_because="", access_expires_at=timezone.now() + timedelta(hours=1)
    )
    for path in ("/connections/", made.get_absolute_url(), "/home/"):
        page = alice_client.get(path)
        assert "gives permission for a short while each time" in text(page), path
        assert b"note--attention" not in page.content or path != "/connections/", "calmly"


def test_c_03_an_end_nobody_named_is_told_without_a_day(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """C-03: no refresh token, and no word about how long the access token lives."""
    stub.answer = {"refresh_token": None, "expires_in": None}
    made = connect(alice_client, plan, stub)
    assert ASKED in text(alice_client.get(made.get_absolute_url()))


def test_c_03_a_plan_that_wants_consent_asked_for_gives_lasting_access_with_the_quirk_alone(
    alice_client: Client, alice: Member, demo_plan_of: Callable[[str], Plan]
) -> None:
    """C-03, OpenID Connect Core 1.0 section 11: as oidc-provider does it."""
    plan = demo_plan_of("needs-consent-prompt")
    assert plan.quirks.authorize_parameters == ("prompt=consent",)
    for own, is_lasting in (({"authorize_parameters": None}, False), ({}, True)):
        as_loaded = plan.own_quirks
        set_quirks(plan, **own)
        assert (
            come_back(alice_client, sign_in(leave(alice_client, plan), someone(), "Allow")).status_code == 303
        )
        made = alice.connections.get()
        assert ("offline_access" in made.scopes_granted) is is_lasting
        assert bool(refresh_token_of(made)) is is_lasting
        Plan.objects.filter(pk=plan.pk).update(own_quirks=as_loaded)


NOON = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
PLAN = "Harborlight Health"


def lasts(
    *, permission: timedelta | None = None, access: timedelta | None = None, is_renewed: bool = True
) -> Notice | None:
    """Ask about ends so far from now."""
    return permission_duration.lasts(
        plan=PLAN,
        permission_ends_at=None if permission is None else NOON + permission,
        access_ends_at=None if access is None else NOON + access,
        is_renewed=is_renewed,
        now=NOON,
    )


def test_a_known_end_is_announced_fourteen_days_before() -> None:
    """Facts payers.md 4.1, row 12: show expiry, warn before."""
    assert lasts(permission=timedelta(days=14, seconds=1)) is None
    notice = lasts(permission=timedelta(days=14))
    assert notice == Notice(
        "Your plan's permission ends on December 9, 2026; sign in there again before then, and nothing is "
        "interrupted.",
        is_urgent=True,
    )


def test_an_end_that_has_come_is_said_to_be_in_the_past() -> None:
    """The plan has the last word: until it refuses, the permission may still hold."""
    notice = lasts(permission=timedelta(days=-1))
    assert notice
    assert notice.is_urgent
    assert notice.text == (
        "Your plan's permission was to end on November 24, 2026. If nothing new comes, sign in there again."
    )


def test_a_permission_that_does_not_last_is_no_alarm() -> None:
    """Facts payers.md, design rule 8: no refresh token is the normal case for 1upHealth."""
    notice = lasts(access=timedelta(hours=1), is_renewed=False)
    assert notice
    assert not notice.is_urgent
    assert notice.text.startswith(
        "Harborlight Health gives permission for a short while each time. This one lasts until "
    )
    assert (
        "today. That is normal there; the records you have stay. Sign in there again for newer" in notice.text
    )
    tomorrow = lasts(access=timedelta(days=2), is_renewed=False)
    assert tomorrow
    assert "lasts until November 27, 2026." in tomorrow.text
    over = lasts(access=timedelta(seconds=-1), is_renewed=False)
    assert over
    assert not over.is_urgent
    assert "this one is over. That is normal there." in over.text


def test_tokens_that_are_renewed_need_no_word() -> None:
    """An access token that ends in an hour is our business, not the member's."""
    assert lasts(access=timedelta(hours=1)) is None
    assert lasts() is None
    assert lasts(is_renewed=False) is None


REASONS = [reason for reason in Reason if reason != Reason.DISCONNECTED]  # the member's own; said elsewhere


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_and_a_next_step(reason: Reason) -> None:
    """Why, since when, what stays, what to do; and no word of ours that members do not use."""
    notice = permission_duration.ended(reason, plan=PLAN, on=NOON)
    assert "That was on November 25, 2026." in notice.text
    assert "The records you have stay; sign in there again" in notice.text
    assert not {"token", "oauth", "fhir", "invalid_grant"} & set(notice.text.lower().split())
    assert notice.is_urgent == (reason != Reason.NOT_LASTING)


def test_the_words_differ_from_reason_to_reason() -> None:
    """Otherwise they would explain nothing; a word nobody knows gives the plain fact."""
    assert len({permission_duration.ended(reason, plan=PLAN, on=None).text for reason in REASONS}) == len(
        REASONS
    )
    assert permission_duration.ended("", plan=PLAN, on=None).text == (
        "The permission at Harborlight Health has ended. The records you have stay; sign in there again to "
        "get new ones."
    )
