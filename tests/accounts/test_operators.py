"""Operators come in with a passkey, and use it again before what could hand the site over (S-01, S-02)."""

import re
import time
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.accounts.operators import may_change_ways
from apps.plans.models import Plan
from tests.accounts.made_passkeys import a_passkey
from tests.conftest import by_passkey, signed_in
from tests.plans.test_admin import sent
from tests.registered import registered

PASSWORD = "a long password of olga"
SITE = "http://localhost:8000"
ADD = "/account/2fa/webauthn/add/"


@pytest.fixture
def olga(db: None, settings: Any) -> Member:
    """Return an operator with every right, on a site with a name."""
    settings.SITE_URL = SITE
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    return Member.objects.create_superuser("olga@example.com", PASSWORD)


@pytest.fixture
def plan(db: None) -> Plan:
    """Return a plan with addresses."""
    return Plan.objects.create(
        slug="hill", name="Hill", fhir_base_url="https://hill.example/fhir", registration=registered("ours"),
        token_url="https://hill.example/token", authorize_url="https://hill.example/authorize",
        own_quirks={"token_auth": "none"},
    )  # fmt: skip


def sign_in(client: Client, member: Member) -> Any:
    return client.post("/account/login/?next=/admin/", {"login": member.email, "password": PASSWORD})


def link() -> str:
    printed = StringIO()
    call_command("operator_link", "Olga@example.com", stdout=printed)
    return printed.getvalue().strip().removeprefix(SITE)


def is_in_admin(client: Client) -> bool:
    return client.get("/admin/accounts/member/").status_code == 200


def aged(client: Client, seconds: float) -> None:
    """Let that much time pass since the passkey was used."""
    session = client.session
    (record,) = session["account_authentication_methods"]
    session["account_authentication_methods"] = [{**record, "at": time.time() - seconds}]
    session.save()


@pytest.mark.parametrize(("seconds", "may"), [(-60, True), (1, False)])
def test_s_01_a_one_time_link_opens_the_ways_in_for_as_long_as_a_proof_lasts(
    olga: Member, rf: Any, settings: Any, seconds: float, *, may: bool
) -> None:
    client, request = Client(), rf.get(ADD)
    client.post(link())
    aged(client, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT + seconds)
    request.user, request.session = olga, client.session
    assert may_change_ways(request) is may


@pytest.mark.parametrize(
    ("has_passkey", "asked_for"),
    [(False, "/account/login/code/confirm/"), (True, "/account/2fa/authenticate/")],
)
def test_s_01_a_password_alone_signs_no_operator_in(
    olga: Member, asked_for: str, *, has_passkey: bool
) -> None:
    if has_passkey:
        a_passkey(olga, "key")
    client = Client()
    assert sign_in(client, olga)["Location"].startswith(asked_for)
    assert "_auth_user_id" not in client.session
    assert not is_in_admin(client)


def test_s_01_password_and_code_lead_to_a_passkey_and_not_into_the_admin(olga: Member) -> None:
    client = Client()
    sign_in(client, olga)
    code = re.search(r"^\s+([A-Z0-9-]{6,9})$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    answer = client.post("/account/login/code/confirm/", {"code": code[1]})
    assert (answer.status_code, client.session["_auth_user_id"]) == (302, str(olga.pk))
    assert not is_in_admin(client)
    assert client.get("/admin/login/")["Location"] == ADD
    assert "reauthenticate" in client.get(ADD)["Location"], "and the password once more"
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get(ADD).status_code == 200


@pytest.mark.parametrize("records", [[], ["password"], ["code"], ["mfa recovery_codes"], ["plan"]])
def test_w_15_no_session_without_a_passkey_enters_the_admin(olga: Member, records: list[str]) -> None:
    a_passkey(olga, "key")
    client = by_passkey(olga)
    assert is_in_admin(client)
    session = client.session
    made = [dict(zip(("method", "type"), record.split(), strict=False)) for record in records]
    session["account_authentication_methods"] = [{**record, "at": time.time()} for record in made]
    session.save()
    for path in ("/admin/", "/admin/plans/plan/add/", "/admin/jsi18n/"):
        assert client.get(path)["Location"].startswith("/admin/login/")
        assert client.post(path)["Location"].startswith("/admin/login/")
    assert client.get("/admin/login/?next=/admin/")["Location"].startswith("/account/2fa/webauthn/reauth")


def test_w_15_nor_does_such_a_session_make_a_passkey(olga: Member) -> None:
    """A phished password with a code on paper must not grow into a passkey of the thief's."""
    a_passkey(olga, "key")
    client = signed_in(olga)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    assert client.get(ADD)["Location"].startswith("/account/2fa/webauthn/reauthenticate/")
    assert client.post(ADD, {"name": "x", "credential": "{}"}).status_code == 302
    assert Authenticator.objects.filter(user=olga).count() == 1


def test_an_operators_last_passkey_stays_though_there_is_a_password(olga: Member) -> None:
    key = a_passkey(olga, "key")
    client = by_passkey(olga)
    page = client.post(f"/account/2fa/webauthn/keys/{key.pk}/remove/", follow=True)
    assert b"only way into your account" in page.content
    assert Authenticator.objects.filter(pk=key.pk).exists()


def test_a_one_time_link_signs_in_once_and_leads_to_a_passkey(olga: Member) -> None:
    path, client = link(), Client()
    assert client.get(path).status_code == 200
    assert "_auth_user_id" not in client.session, "looking at it uses nothing up"
    assert client.post(path)["Location"] == "/admin/login/"
    assert client.get("/admin/login/")["Location"] == ADD
    assert client.get(ADD).status_code == 200
    assert not is_in_admin(client)
    assert Client().post(path).status_code == 404


def test_who_made_the_passkey_that_a_link_led_to_is_asked_for_it(olga: Member) -> None:
    """Who lost a device has an old one still: that leads nowhere, and another is made first."""
    a_passkey(olga, "lost")
    client = Client()
    client.post(link())
    assert client.get("/admin/login/")["Location"] == ADD
    a_passkey(olga, "new")
    assert client.get("/admin/login/")["Location"].startswith("/account/2fa/webauthn/reauthenticate/")


@pytest.mark.parametrize("has_password", [True, False])
def test_s_01_a_link_makes_a_passkey_within_a_quarter_of_an_hour(olga: Member, *, has_password: bool) -> None:
    """Whoever was made without a password, as by `createsuperuser --noinput`, has the link alone."""
    if not has_password:
        olga.set_unusable_password()
        olga.save()
    client, start = Client(), timezone.now()
    client.post(link())
    for minutes, may in ((8, True), (16, False)):
        with time_machine.travel(start + timedelta(minutes=minutes)):
            assert (client.get(ADD).status_code == 200) is may


@pytest.mark.parametrize(
    ("ways", "may"), [(["password"], False), (["code"], False), (["password", "code"], True)]
)
def test_s_01_a_first_passkey_takes_the_password_and_the_mailed_code(
    olga: Member, ways: list[str], may: bool
) -> None:
    client = signed_in(olga)
    session = client.session
    session["account_authentication_methods"] = [
        {"method": way, "at": time.time(), "reauthenticated": True} for way in ways
    ]
    session["account_authentication_methods_user"] = str(olga.pk)
    session.save()
    assert (client.get(ADD).status_code == 200) is may
    a_passkey(olga, "made meanwhile")
    assert client.get(ADD).status_code != 200, "the second one takes the first"


def test_s_01_the_door_is_shut_to_who_is_no_operator(alice: Member) -> None:
    client = signed_in(alice)
    shown = client.get("/admin/login/")
    assert (shown.status_code, shown.templates[0].name) == (403, "403.html"), "not how to make a passkey"
    assert by_passkey(alice).get("/admin/").status_code == 302, "a member's passkey opens no desk"


def test_a_link_is_over_after_half_an_hour_for_others_and_for_who_is_no_operator(
    olga: Member, bob: Member
) -> None:
    path = link()
    assert Client().post(path.replace(str(olga.pk), str(bob.pk))).status_code == 404
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        assert Client().post(path).status_code == 404
    Member.objects.filter(pk=olga.pk).update(is_staff=False)
    assert Client().post(path).status_code == 404
    with pytest.raises(CommandError):
        link()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token_url", "https://thief.example/token"),
        ("fhir_base_url", "https://thief.example/fhir"),
        ("issuer", "https://thief.example"),
        ("confirmed_origins", "https://thief.example"),
    ],
)
def test_s_01_where_tokens_go_changes_only_minutes_after_the_passkey(
    olga: Member, plan: Plan, field: str, value: str
) -> None:
    client, url = by_passkey(olga), reverse("admin:plans_plan_change", args=[plan.pk])
    changes = {field: value}
    before = Plan.objects.values().get(pk=plan.pk)
    for seconds in (301, -5):  # a moment that is still to come: the clock was set back since
        aged(client, seconds)
        assert "Nothing was saved" in client.post(url, sent(plan, **changes)).content.decode()
        assert Plan.objects.values().get(pk=plan.pk) == before
    assert client.post(url, sent(plan, notes="not guarded")).status_code == 302
    aged(client, 200)
    assert client.post(url, sent(plan, **changes)).status_code == 302
    assert Plan.objects.values(field).get(pk=plan.pk)[field] != before[field]


def test_s_01_new_addresses_are_confirmed_only_minutes_after_the_passkey(olga: Member, plan: Plan) -> None:
    drift = {"token_url": "https://thief.example/token"}
    Plan.objects.filter(pk=plan.pk).update(drift=drift)
    client, url = by_passkey(olga), reverse("admin:plans_plan_changelist")
    chosen = {
        "action": "decide_addresses", "_selected_action": plan.pk, "decision": "confirm",
        f"seen-{plan.pk}": '{"token_url": "https://thief.example/token"}',
    }  # fmt: skip
    aged(client, 301)
    tricks: tuple[dict[str, Any], ...] = (
        {},
        {"index": "1", "action": ["run_checks", "decide_addresses"]},
        {"index": "0", "action": ["decide_addresses", "run_checks"]},
    )
    for trick in tricks:
        assert client.post(url, {**chosen, **trick})["Location"].startswith("/account/2fa/webauthn/reauth")
        assert Plan.objects.get(pk=plan.pk).confirmed_origins == []
    aged(client, 200)
    client.post(url, chosen)
    assert Plan.objects.get(pk=plan.pk).confirmed_origins == ["https://thief.example"]


def test_s_01_operators_are_made_only_minutes_after_the_passkey_and_sign_in_anew(
    olga: Member, alice: Member, alice_client: Client
) -> None:
    client, url = by_passkey(olga), reverse("admin:accounts_member_change", args=[alice.pk])
    aged(client, 301)
    for rights in (
        {"is_staff": "on"},
        {"is_superuser": "on"},
        {"groups": [Group.objects.get(name="plans").pk]},
    ):
        client.post(url, {"is_active": "on", **rights})
    alice.refresh_from_db()
    assert (alice.is_staff, alice.is_superuser, alice.groups.exists()) == (False, False, False)
    assert alice_client.get("/account/").status_code == 200
    aged(client, 200)
    client.post(url, {"is_active": "on", "is_staff": "on"})
    assert Member.objects.get(pk=alice.pk).is_staff
    assert alice_client.get("/account/").status_code == 302


def test_at_an_address_that_is_a_number_the_door_says_where_to_go(olga: Member, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    client = Client(headers={"host": "127.0.0.1:8000"})
    client.force_login(olga, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/admin/login/")
    assert page.status_code == 403
    assert f'href="{SITE}/admin/"' in page.content.decode()
    assert (
        "passkey</button>"
        not in Client(headers={"host": "127.0.0.1:8000"}).get("/account/login/").content.decode()
    )


def test_o_41_a_trip_that_began_at_this_machines_number_comes_back_there(settings: Any, db: None) -> None:
    """The stable address goes on answering: its session is not that of the name."""
    settings.SITE_URL, settings.SITE_BY_NUMBER = SITE, "http://127.0.0.1:8000"
    settings.ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
    path = "/connections/callback?code=a&state=b"
    answer = Client(headers={"host": "localhost:8000"}).get(path)
    assert (answer.status_code, answer["Location"]) == (303, f"http://127.0.0.1:8000{path}")
    assert Client(headers={"host": "127.0.0.1:8000"}).get(path).status_code == 400, "and there it ends"
    settings.SITE_BY_NUMBER = ""
    assert Client(headers={"host": "localhost:8000"}).get(path).status_code == 400


def made(monkeypatch: pytest.MonkeyPatch, password: str) -> str:
    """Return what `createsuperuser --noinput` prints with this password in the environment."""
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", password)
    printed = StringIO()
    call_command("createsuperuser", interactive=False, email="new@example.com", stdout=printed)
    return printed.getvalue()


def test_a_password_from_the_environment_is_judged_as_a_typed_one(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Django's own command judges it only where it asks for it."""
    with pytest.raises(CommandError, match="12 characters"):
        made(monkeypatch, "short")
    assert not Member.objects.exists()


def test_who_made_an_operator_is_told_how_they_come_in(olga: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    said = made(monkeypatch, "velvet cactus harpoon ninety")
    assert f"{SITE}/admin/" in said
    assert "manage.py operator_link new@example.com" in said
    Member.objects.filter(email="new@example.com").delete()
    without = made(monkeypatch, "")
    assert "has no password" in without, "an empty variable is none, and no empty password"
    assert "manage.py operator_link new@example.com" in without


def test_before_the_admin_no_way_is_offered_that_does_not_open_it(olga: Member) -> None:
    """The password and a code lead back to the same page, without a word."""
    a_passkey(olga, "key")
    client = by_passkey(olga)
    aged(client, 600)
    page = client.get("/account/2fa/webauthn/reauthenticate/?next=/admin/").content.decode()
    assert "open to a passkey and to nothing else" in page
    assert "use your password" not in page
    other = client.get("/account/2fa/webauthn/reauthenticate/?next=/account/").content.decode()
    assert "use your password" in other


def test_s_01_an_operator_is_suspended_and_let_in_again_only_minutes_after_the_passkey(
    olga: Member, alice: Member
) -> None:
    """S-01: else an open browser brings back an account from before, as the second operator of its own."""
    Member.objects.filter(pk=alice.pk).update(is_staff=True, is_active=False)
    client, url = by_passkey(olga), reverse("admin:accounts_member_change", args=[alice.pk])
    aged(client, 301)
    client.post(url, {"is_active": "on", "is_staff": "on"})
    assert not Member.objects.get(pk=alice.pk).is_active
    aged(client, 200)
    client.post(url, {"is_active": "on", "is_staff": "on"})
    alice.refresh_from_db()
    assert (alice.is_active, alice.rights_changed_at is not None) == (True, True)
    aged(client, 301)
    client.post(url, {"is_staff": "on"})
    assert Member.objects.get(pk=alice.pk).is_active


def test_a_member_who_is_no_operator_is_suspended_at_once(olga: Member, alice: Member) -> None:
    client, url = by_passkey(olga), reverse("admin:accounts_member_change", args=[alice.pk])
    aged(client, 301)
    client.post(url, {})
    alice.refresh_from_db()
    assert (alice.is_active, alice.rights_changed_at) == (False, None)
    client.post(url, {"is_active": "on"})
    alice.refresh_from_db()
    assert (alice.is_active, alice.signed_out_at) == (True, None), "what is asked for her goes on at once"


def test_s_03_a_suspension_and_its_end_leave_an_account_at_rest_that_was_signed_out_before(
    olga: Member, alice: Member
) -> None:
    """S-03: in whose hands it was is as unknown as before: nobody has signed in since."""
    sign_out(member=alice)
    alice.refresh_from_db()
    rests_since = alice.signed_out_at
    client, url = by_passkey(olga), reverse("admin:accounts_member_change", args=[alice.pk])
    aged(client, 200)
    client.post(url, {})
    client.post(url, {"is_active": "on"})
    alice.refresh_from_db()
    assert alice.is_active
    assert (alice.signed_out_at, rests_since is None) == (rests_since, False)
