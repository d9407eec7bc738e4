"""The page before leaving, and the yes to the privacy policy."""

import html
import re
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Consent, Member
from apps.connections.models import Attempt, Connection, Handshake
from apps.plain_language.dates import date_words
from apps.plans.models import Plan
from apps.plans.quirks import QUIRKS
from tests.connections.conftest import YES, connect, leave
from tests.connections.stub_plan import StubPlan
from tests.new_policies import NEXT, next_version
from tests.quirks import set_quirks
from tests.registered import registered

HERE = "/connections/begin/harborlight/"


def words(page: Any) -> str:
    """Return the words of the page's main part, blanks joined."""
    main = page.content.decode().split("<main")[1].split("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def change(plan: Plan, **values: Any) -> None:
    """Edit the plan's row."""
    set_quirks(plan, **{name: values.pop(name) for name in list(values) if name in QUIRKS})
    Plan.objects.filter(pk=plan.pk).update(slug=plan.slug, **values)
    plan.refresh_from_db()


# --- what it says ----------------------------------------------------------------------------------------


def test_it_says_what_the_plan_covers_and_what_to_have_ready(alice_client: Client, plan: Plan) -> None:
    """Some plans serve one line of business here and another elsewhere; no list is empty, none invented."""
    said = words(alice_client.get(HERE))
    for text in (
        "member number",
        "typed at your plan’s own site, never here",
        "Not stated",
        "Nationwide, or",
    ):
        assert text in said
    change(
        plan,
        states=["AK"],
        lines_of_business=["medicaid", "chip"],
        member_note="For Medicaid members only.",
        have_ready=["Your card's case number."],
    )
    said = words(alice_client.get(HERE))
    for text in (
        "Medicaid, CHIP (children)",
        "Alaska",
        "For Medicaid members only.",
        "case number",
        "never here",
    ):
        assert text in said


def test_it_says_what_will_be_asked_in_a_members_words_and_promises_no_more(
    alice_client: Client, plan: Plan
) -> None:
    """G-02, O-28: what the request says, and no jargon; 1upHealth and others may give no refresh token."""
    change(plan, scopes=["patient/Coverage.read", "patient/ExplanationOfBenefit.read", "offline_access"])
    said = words(alice_client.get(HERE))
    assert "Claims: what was billed" in said
    assert "What your plan covers" in said
    assert "Keep your records up to date" in said
    assert "Everything your plan shares" not in said
    assert not re.search(r"\b(EOB|FHIR|OAuth|token|scope|resource)s?\b|patient/", said, re.IGNORECASE)
    change(plan, refresh="none")
    said = words(alice_client.get(HERE))
    assert "Keep your records up to date" not in said
    assert "does not last" in said


def test_it_names_the_host_of_the_sign_in_once_it_is_known(alice_client: Client, plan: Plan) -> None:
    """So that nobody types a password elsewhere; nothing here asks for one."""
    assert b'data-testid="sign-in-host"' not in alice_client.get(HERE).content
    change(
        plan,
        authorize_url="https://login.harborlight.example.com/authorize",
        token_url="https://x.example.com/t",
    )
    page = alice_client.get(HERE)
    assert "login.harborlight.example.com" in words(page)
    assert b'type="password"' not in page.content


def test_it_says_that_hipaa_will_not_protect_the_copy_and_how_to_take_it_back(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """G-01, G-02: before connecting, with both places to complain to."""
    page = alice_client.get(HERE)
    said = words(page)
    assert "HIPAA will not protect this copy" in said
    assert "Federal Trade Commission" in said
    assert "state law" in said
    assert "disconnect" in said
    assert "kept or erased" in said
    # W-09; a page with no-referrer would make browsers send `Origin: null`, which the CSRF check refuses.
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert not stub.asked, "W-29: reading it asks nobody and changes nothing"
    for model in (Handshake, Attempt, Consent):
        assert not model.objects.exists()


@pytest.mark.parametrize("values", [{"registration": None}, {"status": "paused"}])
def test_a_plan_that_cannot_be_connected_leads_to_its_own_page(
    alice_client: Client, plan: Plan, values: dict[str, str]
) -> None:
    """Which says why."""
    change(plan, **values)
    page = alice_client.get(HERE)
    assert page.status_code == 302
    assert page["Location"] == "/plans/harborlight/"


# --- the yes ---------------------------------------------------------------------------------------------


def test_without_a_yes_to_this_version_nothing_starts(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """G-08: no consent, no request; an old page's yes is to an old policy."""
    for sent in ({}, {"agree": ""}, {"agree": "on"}, {"agree": "1999-01-01"}):
        page = alice_client.post(HERE, sent)
        assert page.status_code == 200
        assert "Nothing was started" in words(page)
        assert b'role="alert"' in page.content
        assert b'aria-invalid="true" autofocus' in page.content
    assert b'aria-invalid="false"' in alice_client.get(HERE).content, "not refused before it was sent"
    assert not stub.asked
    for model in (Handshake, Attempt, Consent):
        assert not model.objects.exists()


def test_the_box_is_not_ticked_and_names_the_policy(alice_client: Client, plan: Plan) -> None:
    """Active opt-in, with the version and a link."""
    content = alice_client.get(HERE).content.decode()
    (box,) = re.findall(r'<input type="checkbox" name="agree"[^>]*>', content)
    assert "checked" not in box
    assert "required" in box
    assert f'value="{YES["agree"]}"' in box
    assert f"privacy policy of {date_words(YES['agree'])}</a>" in content
    assert 'href="/privacy/"' in content


def test_the_yes_is_recorded_before_the_member_leaves(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """G-08: the row stands before anything is asked of the plan, so also when the plan is down."""
    for place in ("/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration"):
        stub.override[place] = (503, "text/html", b"down")
    assert alice_client.post(HERE, YES).status_code == 503
    assert stub.requests_to("/fhir/.well-known/smart-configuration")
    assert alice.consents.filter(policy_version=YES["agree"]).count() == 1


def test_a_member_who_agreed_is_not_asked_again_until_the_policy_changes(
    alice_client: Client, alice: Member, plan: Plan, settings: Any
) -> None:
    """G-22: a new version is a new question."""
    leave(alice_client, plan)
    alice.consents.update(given_at=timezone.now() - timedelta(days=40))
    page = alice_client.get(HERE)
    assert b'data-testid="agreed"' in page.content
    assert b'name="agree"' not in page.content
    assert alice_client.post(HERE).content.count(b"Taking you to Harborlight Health") == 1
    next_version(settings, is_material=False)
    assert b'name="agree"' in alice_client.get(HERE).content
    assert b"Nothing was started" in alice_client.post(HERE).content
    assert alice_client.post(HERE, {"agree": NEXT}).status_code == 200
    assert alice.consents.count() == 2


# --- renewing --------------------------------------------------------------------------------------------


def test_renewing_says_that_everything_stays_and_is_for_that_connection(
    alice_client: Client, made: Connection
) -> None:
    """Reconnect in place."""
    page = alice_client.get(f"{HERE}?connection={made.pk}")
    assert "Renew your permission at Harborlight Health" in words(page)
    assert "Everything you have here stays" in words(page)
    assert f'name="connection" value="{made.pk}"'.encode() in page.content
    for address, form in ((HERE, {"connection": str(made.pk)}), (f"{HERE}?connection={made.pk}", {})):
        assert b"Taking you to" in alice_client.post(address, form).content
        handshake = Handshake.objects.latest("created_at")
        assert (handshake.purpose, handshake.connection_id) == ("reconnect", made.pk)


def test_a_connection_that_is_not_yours_or_not_of_this_plan_is_not_there(
    alice_client: Client, bob_client: Client, made: Connection
) -> None:
    """W-03, W-30: not even that it exists."""
    count = Handshake.objects.count()
    other = Plan.objects.create(
        slug="other", name="Other", fhir_base_url="https://o.example.com/f", registration=registered("x")
    )
    for browser, address in (
        (bob_client, f"{HERE}?connection={made.pk}"),
        (alice_client, f"{HERE}?connection={uuid.uuid4()}"),
        (alice_client, f"{HERE}?connection=' OR 1=1"),
        (alice_client, f"/connections/begin/{other.slug}/?connection={made.pk}"),
    ):
        assert browser.get(address).status_code == 404
        assert browser.post(address).status_code == 404
    assert Handshake.objects.count() == count


def test_a_visitor_signs_in_before_renewing_and_comes_back(client: Client, made: Connection) -> None:
    """The session ended while the page stood open."""
    page = client.post(HERE, {"connection": str(made.pk), **YES})
    assert page.status_code == 302
    assert (
        page["Location"] == f"/account/login/?next=/connections/begin/harborlight/%3Fconnection%3D{made.pk}"
    )


@pytest.mark.parametrize("trip", ["first", "agreed before", "renewal"])
def test_what_one_has_to_know_stands_above_the_button(
    alice_client: Client, plan: Plan, stub: StubPlan, trip: str
) -> None:
    """G-01, G-02: the yes to the policy may be old; what comes from each plan is a copy of its own."""
    address = HERE
    if trip == "agreed before":
        leave(alice_client, plan)
    elif trip == "renewal":
        address = f"{HERE}?connection={connect(alice_client, plan, stub).pk}"
    content = alice_client.get(address).content.decode()
    assert content.count('data-testid="go"') == 1
    button = content.index('data-testid="go"')
    whose = "my" if trip == "first" else "your"
    for known in (
        'id="asked"', "Only to read: ", "Claims can show sensitive care, and in a family plan that of others",
        'data-testid="hipaa"', "https://reportfraud.ftc.gov/", "https://www.hhs.gov/hipaa/filing-a-complaint",
        "You can take it back", f"a copy of {whose} records",
        'href="/privacy/">privacy policy', *(['href="/terms/">terms'] if trip == "first" else []),
    ):  # fmt: skip
        assert content.index(known) < button, known
    unfolded = re.sub(r"</summary>.*?</details>", "", content[:button], flags=re.DOTALL)
    for told in ("Claims can show sensitive care, and in a family plan that of others.", "We promise: "):
        assert told in unfolded, told


def test_where_nothing_is_agreed_to_anew_the_plan_is_named_with_what_it_gives(
    alice_client: Client, plan: Plan
) -> None:
    """Who has agreed to the policy at one plan is told what pressing the button means at the next."""
    leave(alice_client, plan)
    Plan.objects.filter(pk=plan.pk).update(slug="second", name="Second Health")
    said = words(alice_client.get("/connections/begin/second/"))
    assert "gets, keeps and shows you a copy of your records" in said
    assert "You agreed to the privacy policy of" in said


def test_a_plan_that_wants_every_kind_by_name_is_asked_for_nothing_more(
    alice_client: Client, plan: Plan
) -> None:
    """Some payers refuse the wildcard (facts: payers.md); people and places are no records."""
    change(plan, scope_style="types_v2")
    said = words(alice_client.get(HERE))
    assert "Claims: what was billed" in said
    assert "What your plan covers" in said
    assert "Everything your plan shares" not in said
    assert "Other health records" not in said
