"""Registrations: found or made by load_plans, shared by payers of a host, and where their secret may go."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.audit import trail
from apps.audit.models import AuditEntry
from apps.connections.models import Connection
from apps.plans import held_changes
from apps.plans.clients import note_origins, sheet_of
from apps.plans.models import HeldChange, Plan
from apps.plans.registrations import Registration, RegistrationStep, State, state_of
from apps.plans.secrets import (
    COLUMN,
    NEXT,
    begin_swap,
    client_secret,
    columns_in_turn,
    let_go_to,
    note_secret_taken,
)
from apps.vault.boxes import house_box
from apps.vault.errors import SealBroken
from tests.length import is_on_postgresql
from tests.plans.conftest import until_another_waits
from tests.plans.test_admin import register
from tests.plans.test_load_plans import SECRET, loaded, row
from tests.registered import give_secret, registered, secret_of


def at_1up(slug: str, host: str = "api.1up.example", **changes: Any) -> dict[str, Any]:
    """Return the row of a payer behind 1upHealth."""
    base = f"https://{host}/{slug}/r4"
    known = {"profile": "1uphealth", "fhir_base_url": base, "system_id": slug, "token_auth": None}
    return row(slug=slug, name=slug.title(), **known) | changes


def test_a_host_is_one_registration_for_all_of_its_payers(db: None, tmp_path: Path) -> None:
    loaded(tmp_path, [at_1up("acme"), at_1up("hill", client_secret=None), row()])
    assert sorted(Registration.objects.values_list("name", "server", "environment")) == [
        ("1upHealth", "1uphealth", "production"),
        ("Acme Health", "https://fhir.acme.example.com", "production"),
    ]
    shared = Registration.objects.get(server="1uphealth")
    sheet = sheet_of(shared)
    assert (sheet.plans, sheet.methods, sheet.state) == (
        ("Acme", "Hill"),
        ("client_secret_post",),
        State.DRAFT,
    )
    assert (len(sheet.redirect_uris), sheet.jwks_uri) == (1, "")
    assert Plan.objects.get(slug="hill").is_open()
    assert "2 unchanged" in loaded(tmp_path, [at_1up("acme"), at_1up("hill", client_secret=None)])


def test_a_registration_that_a_list_makes_is_in_the_audit_and_fits_its_columns(
    db: None, tmp_path: Path
) -> None:
    printed = loaded(tmp_path, [row(client_id="x" * 256, slug="long"), row(token_auth="private_key_jwt")])
    assert "row 1 (long): not used: client_id: " in printed
    made = Registration.objects.get()
    assert sheet_of(made).jwks_uri.endswith("/app/jwks.json")
    entries = AuditEntry.objects.filter(subject=f"plans.registration {made.pk}", action="load_plans")
    assert json.loads(entries.earliest("number").changes)["client_id"] == [None, "plainclaim"]


def test_a_sandbox_is_a_registration_of_its_own(db: None, tmp_path: Path) -> None:
    printed = loaded(
        tmp_path, [at_1up("acme"), at_1up("test", environment="sandbox"), at_1up("x", environment="y")]
    )
    assert "environment: not known; one of demo, sandbox, production" in printed
    assert sorted(Registration.objects.values_list("environment", flat=True)) == ["production", "sandbox"]
    loaded(tmp_path, [at_1up("test", name="Tested")])
    plan = Plan.objects.get(slug="test")
    assert (plan.name, plan.registration and plan.registration.environment) == ("Tested", "sandbox")


def test_a_secret_without_a_client_is_refused(db: None, tmp_path: Path) -> None:
    printed = loaded(tmp_path, [row(client_id=None), row(slug="x", client_secret=None, token_auth="none")])
    assert "client_secret: needs a client_id" in printed
    assert SECRET not in printed
    assert not Plan.objects.filter(slug="acme-health").exists()


def test_s_01_a_new_plan_is_not_sent_the_secret_of_others_before_a_second_operator_says_so(
    db: None, tmp_path: Path
) -> None:
    """S-01: a row that names a host and leads elsewhere would have its secret; who brings it knows it."""
    loaded(tmp_path, [at_1up("acme")])
    thief = at_1up("thief", host="api.thief.example", client_secret=None, status="confirmed")
    assert "thief: waits for a second operator" in loaded(tmp_path, [thief])
    plan = Plan.objects.get(slug="thief")
    assert (plan.registration, plan.is_open()) == (None, False)
    shared = Registration.objects.get()
    assert "https://auth.thief.example:443" not in shared.origins
    HeldChange.objects.update(asked_at=timezone.now() - held_changes.WAIT)
    held_changes.look_after()
    plan.refresh_from_db()
    assert plan.registration == shared
    assert "https://auth.thief.example:443" in Registration.objects.get().origins
    loaded(tmp_path, [at_1up("other", host="api.other.example")])
    assert Plan.objects.get(slug="other").registration == shared


@pytest.mark.parametrize("host", ["api.1up.example", "api.thief.example"])
def test_s_01_a_row_with_another_secret_neither_replaces_that_of_other_plans_nor_is_sent_it(
    db: None, tmp_path: Path, host: str
) -> None:
    """S-01: an old list would sign the members of every payer of the host out; a swap keeps both."""
    loaded(tmp_path, [at_1up("acme")])
    printed = loaded(tmp_path, [at_1up("acme"), at_1up("late", host=host, client_secret="another")])
    assert "row 2 (late): not used: client_secret: 1upHealth (production) has another" in printed
    assert "manage.py operate swap_secret" in printed
    assert not Plan.objects.filter(slug="late").exists()
    shared = Registration.objects.get()
    assert (client_secret(shared), "thief" in str(shared.origins)) == (SECRET, False)
    begin_swap(shared, "the next one")
    printed = loaded(tmp_path, [at_1up("late", host=host, client_secret="the next one")])
    assert ("late: waits for a second operator" in printed) is ("thief" in host), "it would see the old one"
    assert client_secret(Registration.objects.get()) == SECRET
    assert Registration.objects.get().sealed_next_client_secret


def test_s_01_a_registration_that_only_a_stopped_change_asked_for_goes_with_it(
    bob: Member, tmp_path: Path
) -> None:
    """S-01: its copy of a secret would wait for whoever points a plan to it; what was worked on stays."""
    loaded(tmp_path, [at_1up("acme")])
    for steps in (0, 1):
        there = "https://api.new.example/r4"
        moved = at_1up("acme", client_id="moved", fhir_base_url=there, client_secret="a")
        loaded(tmp_path, [moved])
        made = Registration.objects.get(client_id="moved")
        for _ in range(steps):
            RegistrationStep.objects.create(registration=made, state=State.APPROVED)
        held_changes.stop(plan=Plan.objects.get(slug="acme"), seen=None, by=bob)
        assert Registration.objects.filter(pk=made.pk).exists() is bool(steps)
    assert AuditEntry.objects.get(action="dropped a change").actor == trail.member(bob)
    assert Registration.objects.filter(client_id="plainclaim").exists()


def test_s_03_a_shared_secret_is_swapped_when_every_plan_with_members_took_the_new_one(
    alice: Member, plan: Plan
) -> None:
    """S-03: the old one goes on working at the others; a plan that nobody has connected is not waited for."""
    shared = registered("ours", SECRET)
    plan.registration = shared
    plan.save()
    payers = [
        plan,
        *(
            Plan.objects.create(slug=s, name=s, fhir_base_url=f"https://{s}.example", registration=shared)
            for s in "ab"
        ),
    ]
    for payer in payers[:2]:
        Connection.objects.create(
            plan=payer, member=alice, connected_at=timezone.now(), sealed_tokens=b"x", sealed_patient=b"x"
        )
    begin_swap(shared, "the next one")
    assert columns_in_turn(plan, is_code=True)[0] == "sealed_client_secret"
    note_secret_taken(plan, NEXT)
    assert secret_of(plan) == SECRET
    assert columns_in_turn(plan, is_code=True)[0] == NEXT
    other = Plan.objects.get(slug="a")
    assert columns_in_turn(other, is_code=True)[0] == "sealed_client_secret"
    note_secret_taken(other, NEXT)
    shared.refresh_from_db()
    assert (client_secret(shared), shared.sealed_next_client_secret) == ("the next one", None)


@pytest.mark.django_db(transaction=True)
def test_upgrading_keeps_every_secret_and_going_back_too() -> None:
    """Seals name their row: each is opened and sealed anew; what waits for a second operator waits on."""
    registered("a house that has its key", "x").delete()
    executor = MigrationExecutor(connection)
    here = [node for node in executor.loader.graph.leaf_nodes() if node[0] == "plans"]
    try:
        before = executor.migrate([("plans", "0005_missing_plans")]).apps
        old, waiting = (before.get_model("plans", name).objects for name in ("Plan", "HeldChange"))
        host = {"profile": "1uphealth", "client_id": "ours"}
        texts = {"acme": "same", "hill": "same", "east": "another", "none": ""}
        for slug, text in texts.items():
            row = old.create(slug=slug, name=slug, fhir_base_url=f"https://api.{slug}.example", **host)
            if text:
                row.sealed_client_secret = house_box().seal(row, "sealed_client_secret", text.encode())
                row.save()
        old.create(slug="bare", name="bare", fhir_base_url="https://bare.example")
        asked = {"values": {"client_id": "moved"}, "before": {"client_id": "ours"}}
        waiting.create(plan=old.get(slug="hill"), asked_at=timezone.now(), **asked)
        unbound = MigrationExecutor(connection).migrate([("plans", "0008_named_by_host")]).apps
        unbound.get_model("plans", "Registration").objects.create(name="damaged", sealed_client_secret=b"x")
        MigrationExecutor(connection).migrate(here)
        damaged = Registration.objects.get(name="damaged")
        assert bytes(damaged.sealed_client_secret or b"") == b"x", "what does not open stays"
        damaged.delete()
        plans = {plan.slug: plan for plan in Plan.objects.all()}
        assert {slug: secret_of(plan) or "" for slug, plan in plans.items()} == {**texts, "bare": ""}
        assert plans["acme"].registration == plans["hill"].registration != plans["east"].registration
        assert plans["bare"].registration is None
        assert plans["acme"].client_id == "ours"
        assert "https://api.hill.example:443" in plans["acme"].registration.origins
        change = HeldChange.objects.get()
        moved = Registration.objects.get(pk=change.values["registration_id"])
        assert (moved.client_id, client_secret(moved)) == ("moved", "same")
        assert moved.origins == ["https://api.hill.example:443"]
        for row in Registration.objects.exclude(sealed_client_secret=None):
            row.origins = [*row.origins, "https://thief.example:443"]
            with pytest.raises(SealBroken):
                client_secret(row)
        assert change.before == {"registration_id": str(plans["hill"].registration_id)}
        executor = MigrationExecutor(connection)
        rows = executor.migrate([("plans", "0005_missing_plans")]).apps.get_model("plans", "Plan").objects
        for row in rows.exclude(sealed_client_secret=None):
            assert house_box().open(row, "sealed_client_secret").decode() == texts[row.slug]
        assert rows.get(slug="hill").client_id == "ours"
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())


def test_s_01_a_second_plan_adds_its_origins_to_those_of_the_first(plan: Plan) -> None:
    """Else the first would lose its secret by it: both secrets of a swap are sealed with them anew."""
    give_secret(plan, "a secret of ours")
    assert plan.registration
    begin_swap(plan.registration, "the next one")
    first = set(plan.registration.origins)
    other = Plan(slug="second", name="Second", fhir_base_url="https://second.example/fhir")
    other.registration = plan.registration
    other.save()
    in_hand = Plan.objects.select_related("registration").get(pk=plan.pk)
    with transaction.atomic():
        note_origins(other)
    held = Registration.objects.get()
    columns_in_turn(in_hand, is_code=True)
    assert client_secret(in_hand.registration) == "a secret of ours", "who had the row before goes on"
    assert first
    assert set(held.origins) == first | {"https://second.example:443"}
    assert (client_secret(held), client_secret(held, NEXT)) == ("a secret of ours", "the next one")


def test_s_01_where_a_secret_may_go_is_part_of_its_seal(plan: Plan, tmp_path: Path) -> None:
    """Who writes into the database alone adds no origin, and no change that comes later takes it along."""
    loaded(tmp_path, [at_1up("acme")])
    held, thief = Registration.objects.get(server="1uphealth"), "https://thief.example:443"
    Plan.objects.filter(slug="acme").update(confirmed_origins=[thief])
    loaded(tmp_path, [at_1up("acme", name="A new name", confirmed_origins=[thief])])
    assert Plan.objects.get(slug="acme").name == "A new name"
    held.refresh_from_db()
    assert (thief in held.origins, client_secret(held)) == (False, SECRET)
    begin_swap(held, "the next one")
    Registration.objects.filter(pk=held.pk).update(origins=[*held.origins, thief])
    held.refresh_from_db()
    for column in (COLUMN, NEXT):
        with pytest.raises(SealBroken):
            client_secret(held, column)
    for secret in (held.sealed_client_secret, None):
        Registration.objects.filter(pk=held.pk).update(sealed_client_secret=secret)
        with pytest.raises(SealBroken):
            begin_swap(held, "one more")
    Registration.objects.filter(pk=held.pk).update(sealed_client_secret=held.sealed_client_secret)
    printed = loaded(tmp_path, [at_1up("acme"), row()])
    assert "does not open: look in the admin where it may go" in printed
    let_go_to(held, ["https://more.example:443"])
    held.refresh_from_db()
    with pytest.raises(SealBroken):
        client_secret(held)


def test_s_01_a_secret_that_was_sealed_without_its_origins_opens_nowhere(plan: Plan) -> None:
    """One of a copy from before the upgrade sealed it anew, put back with origins of the thief's own."""
    give_secret(plan, SECRET)
    held = Registration.objects.get()
    with patch.object(Registration, "BOUND_BY", {}):
        held.sealed_client_secret = house_box().seal(held, COLUMN, SECRET.encode())
    held.origins = ["https://thief.example:443"]
    held.save()
    with pytest.raises(SealBroken):
        client_secret(Registration.objects.get())


@pytest.mark.parametrize("planted", ["origins", "plan"])
def test_s_01_a_list_answers_for_what_it_says_and_not_for_what_the_database_says_besides(
    db: None, tmp_path: Path, planted: str
) -> None:
    """S-01: a secret that is taken out of the database comes again with the next load, and would go along."""
    loaded(tmp_path, [at_1up("acme")])
    held, thief = Registration.objects.get(server="1uphealth"), "https://thief.example:443"
    if planted == "origins":
        more = {"origins": [*held.origins, thief], "sealed_client_secret": None}
        Registration.objects.filter(pk=held.pk).update(**more)
        assert "would go to more than this row says" in loaded(tmp_path, [at_1up("acme"), row()])
    else:
        Plan.objects.update(registration=None, confirmed_origins=[thief])
        assert "acme: waits for a second operator" in loaded(tmp_path, [at_1up("acme")])
    held.refresh_from_db()
    assert (bool(held.sealed_client_secret), thief in held.origins) == (
        planted == "plan",
        planted == "origins",
    )


def test_a_contact_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValidationError, match="must be e-mail addresses"):
        Registration(name="Hosts", contacts=["desk@hosts.example", "their desk"]).clean()
    with pytest.raises(ValidationError):
        Registration(name="Hosts", contacts=[17]).clean()
    Registration(name="Hosts", contacts=["desk@hosts.example"]).clean()


def test_where_a_registration_is_follows_the_days_and_not_the_order_of_noting(db: None) -> None:
    """A step that was forgotten is noted later, with its own day."""
    held = Registration.objects.create(name="Hosts")
    for state, day in ((State.APPROVED, date(2026, 5, 2)), (State.SUBMITTED, date(2026, 4, 1))):
        RegistrationStep.objects.create(registration=held, state=state, on=day)
    assert state_of(held) == (State.APPROVED, date(2026, 5, 2))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(not is_on_postgresql(), reason="SQLite has one writer at a time")
def test_s_03_a_swap_that_begins_while_a_form_is_sent_is_not_written_over(
    operator: Client, plan: Plan
) -> None:
    """S-03: nor is anything else that was decided between the reading of a row and its saving."""
    give_secret(plan, SECRET)
    registration = Registration.objects.get()
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            begin_swap(registration, "another secret")
            sending = pool.submit(
                lambda: (register(operator, registration, notes="as told"), connection.close())
            )
            until_another_waits()
        sending.result()
    row = Registration.objects.get()
    assert (row.notes, client_secret(row, NEXT)) == ("as told", "another secret")
