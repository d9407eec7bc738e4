"""The directory in the admin: everything can be set, the client secret can never be read."""

import json
import re
from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.listing.askers import everyone
from apps.plans.discovery import OperatorNeeded, discover
from apps.plans.models import Plan
from apps.plans.quirks import QUIRKS
from apps.plans.registrations import Registration, State, state_of
from apps.plans.secrets import client_secret
from tests.plans.conftest import Payer
from tests.registered import give_secret, secret_of

SECRET = "made-up-secret-value"
SMART = "/fhir/r4/.well-known/smart-configuration"


def smart(origin: str) -> str:
    return json.dumps({"authorization_endpoint": f"{origin}/a", "token_endpoint": f"{origin}/t"})


def sent(plan: Plan, **changes: Any) -> dict[str, Any]:
    """What the admin's form sends for this plan when nothing is changed, with `changes`."""
    texts = (
        "name", "slug", "status", "website", "notes", "fhir_base_url", "authorize_url",
        "token_url", "revoke_url", "issuer", "system_id", "profile", "member_note",
    )  # fmt: skip
    lists = ("other_names", "confirmed_origins")
    own = {name: plan.own_quirks.get(name, "") for name in QUIRKS}
    return {
        **{name: getattr(plan, name) for name in texts},
        **{name: "\n".join(getattr(plan, name)) for name in lists},
        "is_listed": "on",
        **{name: "\n".join(value) if isinstance(value, list) else value for name, value in own.items()},
        "states": plan.states,
        "lines_of_business": plan.lines_of_business,
        "registration": str(plan.registration_id or ""),
        **changes,
    }


def edit(operator: Client, plan: Plan, **changes: Any) -> str:
    response = operator.post(f"/admin/plans/plan/{plan.pk}/change/", sent(plan, **changes), follow=True)
    assert response.status_code == 200
    return response.content.decode()


def register(operator: Client, registration: Registration | None, **changes: Any) -> str:
    """Send the form of a registration as it is, with `changes`; of a new one where there is none."""
    row = registration or Registration(name="A host", client_id="plainclaim")
    names = ("name", "server", "environment", "asker", "client_id", "notes")
    form = {name: getattr(row, name) for name in names} | {"contacts": "\n".join(row.contacts)}
    steps = {"steps-TOTAL_FORMS": "0", "steps-INITIAL_FORMS": "0"}
    where = f"{registration.pk}/change" if registration else "add"
    response = operator.post(f"/admin/plans/registration/{where}/", {**form, **steps, **changes}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_a_registration_names_an_asker_whose_form_there_is(operator: Client, plan: Plan) -> None:
    asker = everyone().askers[0]
    register(operator, plan.registration, asker=asker.key)
    assert Registration.objects.get().asker == asker.key
    assert "Select a valid choice" in register(operator, plan.registration, asker="nobody")
    assert Registration.objects.get().asker == asker.key


def test_the_secret_is_stored_sealed_and_never_shown(operator: Client, plan: Plan) -> None:
    register(operator, plan.registration, client_secret=SECRET)
    assert secret_of(plan) == SECRET
    row = Registration.objects.get()
    sealed = bytes(row.sealed_client_secret or b"")
    for address in (
        f"/admin/plans/registration/{row.pk}/change/",
        "/admin/plans/registration/",
        f"/admin/plans/registration/{row.pk}/history/",
        f"/admin/plans/plan/{plan.pk}/change/",
    ):
        html = operator.get(address).content.decode()
        assert SECRET not in html
        assert sealed.hex() not in html
        assert repr(sealed) not in html


def test_a_form_that_is_sent_back_does_not_repeat_the_secret(operator: Client, plan: Plan) -> None:
    html = register(operator, plan.registration, client_secret=SECRET, contacts="nobody")
    assert "must be e-mail addresses" in html
    assert SECRET not in html


def test_an_empty_secret_keeps_the_stored_one_and_a_tick_removes_it(operator: Client, plan: Plan) -> None:
    give_secret(plan, SECRET)
    row = Registration.objects.get()
    register(operator, row, name="Riverside's host")
    row.refresh_from_db()
    assert row.name == "Riverside's host"
    assert secret_of(plan) == SECRET
    register(operator, row, remove_client_secret="on")
    assert secret_of(plan) is None


def test_a_secret_typed_with_a_new_registration_opens(operator: Client) -> None:
    """Django's inline of steps takes the number away from a new row, after the secret was sealed for it."""
    empty_step = {"steps-TOTAL_FORMS": "1", "steps-0-state": "", "steps-0-note": ""}
    register(operator, None, name="Newly met", client_secret=SECRET, server="https://l.example", **empty_step)
    assert client_secret(Registration.objects.get(name="Newly met")) == SECRET


def test_a_secret_is_asked_for_where_one_is_needed(operator: Client, plan: Plan) -> None:
    assert "needs a client secret" in edit(operator, plan, token_auth="client_secret_basic")
    plan.refresh_from_db()
    assert plan.own_quirks == {"token_auth": "none"}
    give_secret(plan, SECRET)
    edit(operator, plan, token_auth="client_secret_basic")
    html = register(operator, Registration.objects.get(), remove_client_secret="on")
    assert "riverside-health: client_secret_basic needs a client secret" in html
    assert secret_of(plan) == SECRET


def test_a_client_that_members_permitted_stays(operator: Client, plan: Plan, bob: Member) -> None:
    """Another client would end every permission at all payers of the host: it is another registration."""
    register(operator, plan.registration, client_id="before")
    Connection.objects.create(
        plan=plan, member=bob, connected_at=timezone.now(), sealed_tokens=b"x", sealed_patient=b"x"
    )
    row = Registration.objects.get()
    register(operator, row, client_id="after")
    row.refresh_from_db()
    assert row.client_id == "before"


def test_steps_say_how_far_a_registration_is(operator: Client, plan: Plan) -> None:
    row = Registration.objects.get()
    assert state_of(row) == (State.DRAFT, None)
    step = {"steps-TOTAL_FORMS": "1", "steps-0-state": "submitted", "steps-0-on": "2026-11-20"}
    register(operator, row, **step, **{"steps-0-note": "Mailed.", "steps-0-registration": str(row.pk)})
    assert state_of(row) == (State.SUBMITTED, date(2026, 11, 20))
    assert "Submitted, 2026-11-20" in operator.get("/admin/plans/registration/").content.decode()


def test_lists_are_edited_as_lists(operator: Client, plan: Plan) -> None:
    edit(
        operator,
        plan,
        states=["ME", "OH"],
        lines_of_business=["dental"],
        scopes="openid\n\n patient/*.read \n",
        other_names="RH",
    )
    plan.refresh_from_db()
    assert (plan.states, plan.lines_of_business) == (["ME", "OH"], ["dental"])
    assert plan.own_quirks["scopes"] == ["openid", "patient/*.read"]
    assert Plan.objects.named("rh").in_state("OH").exists()


def test_a_new_plan_can_be_added_at_a_host_that_knows_us(operator: Client, plan: Plan) -> None:
    register(operator, None, client_secret=SECRET)
    host = Registration.objects.get(name="A host")
    plan.slug, plan.name = "second", "Second"
    form = sent(plan, token_auth="client_secret_post", registration=str(host.pk))
    assert operator.post("/admin/plans/plan/add/", form).status_code == 302
    assert secret_of(Plan.objects.get(slug="second")) == SECRET


def test_the_checks_of_check_plan_can_be_run_from_the_list(
    operator: Client, served_plan: Plan, payer: Payer
) -> None:
    chosen = {"action": "run_checks", "_selected_action": [str(served_plan.pk)]}
    html = operator.post("/admin/plans/plan/", chosen, follow=True).content.decode()
    assert "could not be had" in html
    assert "Members cannot connect it:" in html
    assert "Try it first" not in html
    payer.serves(SMART, smart(payer.origin))
    payer.serves("/a", "<html>Sign in</html>")
    html = operator.post("/admin/plans/plan/", chosen, follow=True).content.decode()
    assert "Members can connect it." in html
    assert f"token_url: {payer.origin}/t (smart-configuration)" in html
    Plan.objects.update(status="unconfirmed")
    assert "Try it first" in operator.post("/admin/plans/plan/", chosen, follow=True).content.decode()


def test_the_checks_can_be_run_from_the_page_of_one_plan(operator: Client, served_plan: Plan) -> None:
    address = f"/admin/plans/plan/{served_plan.pk}/change/"
    page = operator.get(address).content.decode()
    assert "Check with the plan&#x27;s server now" in page
    name = re.search(r'<select name="([^"]*action)"', page)
    assert name
    sent_by_page = {name[1]: "run_checks", "_selected_action": str(served_plan.pk)}
    html = operator.post(address, sent_by_page, follow=True).content.decode()
    assert 'data-testid="report-served"' in html


def test_a_quirk_left_empty_is_what_the_profile_says_and_both_are_shown(operator: Client, plan: Plan) -> None:
    give_secret(plan, SECRET)
    edit(operator, plan, profile="1uphealth", token_auth="", page_size="50")
    plan.refresh_from_db()
    assert plan.own_quirks == {"page_size": 50}
    assert plan.quirks.token_auth == "client_secret_post"
    html = operator.get(f"/admin/plans/plan/{plan.pk}/change/").content.decode()
    assert "token_auth: client_secret_post<br>" in html
    assert "page_size: 50 (here)<br>" in html
    assert (
        "redirect URI to register: http://127.0.0.1:8000/connections/callback/login-riverside-example-com-"
        in html
    )
    assert "scopes asked: openid launch/patient patient/*.read" in html


@pytest.fixture
def alarmed(served_plan: Plan, payer: Payer) -> Plan:
    """Return a plan that published addresses on a new origin."""
    payer.serves(SMART, smart("https://new.example.net"))
    with pytest.raises(OperatorNeeded):
        discover(served_plan, now=timezone.now())
    return served_plan


def asked_to_decide(operator: Client, plan: Plan) -> dict[str, Any]:
    """Choose the action and return what the page it leads to would send."""
    chosen = {"action": "decide_addresses", "_selected_action": [str(plan.pk)]}
    page = operator.post("/admin/plans/plan/", chosen)
    assert "authorize_url: https://new.example.net/a" in page.content.decode()
    return {**chosen, f"seen-{plan.pk}": page.context["alarmed"][0][2]}


def test_a_drift_alarm_is_seen_without_opening_a_row(operator: Client, alarmed: Plan) -> None:
    html = operator.get("/admin/plans/plan/").content.decode()
    assert "New addresses wait to be confirmed at Served Plan." in html
    assert "⚠ look" in html
    assert "Served Plan" in operator.get("/admin/plans/plan/?waits=drift").content.decode()
    html = operator.get(f"/admin/plans/plan/{alarmed.pk}/change/").content.decode()
    assert "token_url: https://new.example.net/t" in html


def test_confirming_new_addresses_is_written_in_the_history(operator: Client, alarmed: Plan) -> None:
    form = asked_to_decide(operator, alarmed)
    html = operator.post("/admin/plans/plan/", {**form, "decision": "confirm"}, follow=True).content.decode()
    assert "Confirmed for served: https://new.example.net" in html
    assert "New addresses wait" not in html
    alarmed.refresh_from_db()
    assert alarmed.drift is None
    assert "https://new.example.net" in alarmed.confirmed_origins
    entry = LogEntry.objects.get(object_id=str(alarmed.pk))
    assert entry.change_message == "Confirmed for served: https://new.example.net"
    assert operator.get("/admin/plans/plan/?waits=drift").context["cl"].result_count == 0


def test_keeping_the_old_addresses_ends_the_alarm_without_trusting_anyone(
    operator: Client, alarmed: Plan
) -> None:
    form = asked_to_decide(operator, alarmed)
    operator.post("/admin/plans/plan/", {**form, "decision": "dismiss"})
    alarmed.refresh_from_db()
    assert alarmed.drift is None
    assert "https://new.example.net" not in alarmed.confirmed_origins
    assert "not taken: https://new.example.net/a" in LogEntry.objects.get().change_message


def test_what_the_operator_did_not_see_is_not_confirmed(operator: Client, alarmed: Plan) -> None:
    asked = asked_to_decide(operator, alarmed)
    for seen in (
        "{}",
        "",
        "[",
        "[1]",
        "null",
        "[" * 20_000,
        '"x"',
        '{"token_url": "https://evil.example.org/t"}',
    ):
        form = {**asked, f"seen-{alarmed.pk}": seen, "decision": "confirm"}
        html = operator.post("/admin/plans/plan/", form, follow=True).content.decode()
        assert "other addresses since you looked" in html, seen
    alarmed.refresh_from_db()
    assert alarmed.confirmed_origins == ["https://login.example.com"]
    assert not LogEntry.objects.exists()


def test_writing_the_new_address_on_the_row_ends_the_alarm(operator: Client, alarmed: Plan) -> None:
    edit(operator, alarmed, token_url="https://new.example.net/t")
    alarmed.refresh_from_db()
    assert (alarmed.drift, alarmed.drift_found_at) == (None, None)


@pytest.mark.parametrize(
    ("origin", "said"),
    [("https://x.example.com/path", "without a path"), ("http://x.example.com", "not https")],
)
def test_what_is_no_origin_cannot_be_confirmed(operator: Client, plan: Plan, origin: str, said: str) -> None:
    assert said in edit(operator, plan, confirmed_origins=origin)
    plan.refresh_from_db()
    assert plan.confirmed_origins == []


def test_members_and_visitors_do_not_get_in(alice_client: Client, client: Client, plan: Plan) -> None:
    for browser in (alice_client, client):
        response = browser.get(f"/admin/plans/plan/{plan.pk}/change/")
        assert response.status_code == 302
        assert "riverside" not in response.content.decode()


def test_what_members_are_told_to_have_ready_is_named_in_words(operator: Client, plan: Plan) -> None:
    """It stands beside the note to members, not among the quirks, which are called as `load_plans` does."""
    html = operator.get(f"/admin/plans/plan/{plan.pk}/change/").content.decode()
    assert "To have ready:" in html
    assert "have_ready:</label>" not in html
    assert "page_size:</label>" in html
