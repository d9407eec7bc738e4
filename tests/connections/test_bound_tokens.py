"""S-01: tokens go to the origins that issued them, as the client they were issued to, and nowhere else."""

import json
import uuid
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from apps.connections import endings, revocations
from apps.connections.access import Access
from apps.connections.errors import PermissionEnded, RefreshDelayed
from apps.connections.models import Connection, Revocation
from apps.connections.tokens import open_tokens
from apps.plans.clients import note_origins
from apps.plans.models import Plan
from apps.plans.origins import binding, may_come_along
from apps.plans.registrations import Registration
from apps.vault.boxes import box_for, house_box
from apps.vault.errors import SealBroken
from tests.connections.conftest import again, come_back, later, leave, renew
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan, running
from tests.connections.test_token_life import why


@pytest.fixture
def thief() -> Iterator[StubPlan]:
    """Return another server, which would take whatever comes."""
    with running() as other:
        yield other


def elsewhere(plan: Plan, place: StubPlan) -> dict[str, str]:
    """Return addresses for signing in, and for ending it, at that place."""
    ways = (("authorize_url", "authorize"), ("token_url", "token"), ("revoke_url", "revoke"))
    return {name: f"{place.origin}/{path}" for name, path in ways}


def test_s_01_a_changed_token_address_gets_no_refresh_token_and_the_member_connects_again_by_a_button(
    alice_client: Client, quiet: Connection, plan: Plan, stub: StubPlan, thief: StubPlan
) -> None:
    """S-01: whoever changed the row, however it came about."""
    Plan.objects.update(**elsewhere(plan, thief))
    row = again(quiet)
    with pytest.raises(PermissionEnded):
        Access(row, clock=later(3600)).ask("Patient/p-1")
    assert (thief.asked, stub.requests_to("/token"), why(quiet)) == ([], [], "moved")
    page = text(alice_client.get(quiet.get_absolute_url()))
    assert "is at another address now" in page
    Plan.objects.update(authorize_url="", token_url="", revoke_url="")
    quiet.refresh_from_db()
    come_back(alice_client, stub.sign_in(renew(alice_client, quiet)))
    assert Access(again(quiet), clock=later(0)).ask("Patient/p-1").status == 200


@pytest.mark.parametrize("changed", ["fhir_base_url", "client_id"])
def test_s_01_who_was_under_way_while_the_plan_moved_brings_no_tokens(
    alice_client: Client, plan: Plan, stub: StubPlan, thief: StubPlan, changed: str
) -> None:
    """S-01: the code is of the place that the member left for, and is spent for no other."""
    back = stub.sign_in(leave(alice_client, plan))
    stub.asked.clear()
    if changed == "client_id":
        Registration.objects.update(client_id="another")
    else:
        Plan.objects.update(fhir_base_url=f"{thief.origin}/fhir")
    page = come_back(alice_client, back)
    assert (page.status_code, "way to sign in there has changed" in text(page)) == (409, True)
    assert (thief.asked, stub.asked, Connection.objects.count()) == ([], [], 0)


def test_s_01_who_was_under_way_while_a_confirmed_move_was_made_comes_in(
    alice_client: Client, plan: Plan, stub: StubPlan, thief: StubPlan
) -> None:
    back = stub.sign_in(leave(alice_client, plan))
    before = binding(plan, f"{stub.origin}/token")
    plan.fhir_base_url = f"{thief.origin}/fhir"
    plan.moved_from = may_come_along(plan, [before])
    plan.save()
    thief.access_tokens = stub.access_tokens
    assert come_back(alice_client, back).status_code == 303


@pytest.mark.parametrize("changed", ["fhir_base_url", "client_id"])
def test_s_01_tokens_follow_neither_moved_records_nor_another_client(
    quiet: Connection, stub: StubPlan, thief: StubPlan, changed: str
) -> None:
    Plan.objects.update(
        **{name: f"{stub.origin}/{name[:5]}" for name in ("authorize_url", "token_url")}, issuer=""
    )
    if changed == "client_id":
        Registration.objects.update(client_id="another")
    else:
        Plan.objects.update(fhir_base_url=f"{thief.origin}/fhir")
    row = again(quiet)
    seconds = 0 if changed == "fhir_base_url" else 3600  # the access token itself, and what renews it
    with pytest.raises(PermissionEnded):
        Access(row, clock=later(seconds)).ask("Patient/p-1")
    assert (thief.asked, stub.asked, why(quiet)) == ([], [], "moved")


def test_s_01_revocations_go_to_the_bound_origin_only_and_wait_for_it(
    quiet: Connection, plan: Plan, thief: StubPlan
) -> None:
    Plan.objects.update(**elsewhere(plan, thief))
    endings.keep(connection=quiet, now=timezone.now())
    row = Revocation.objects.get()
    assert (row.state, row.problem, thief.asked) == ("waiting", revocations.MOVED, [])
    assert (row.has_moved, row.is_unreadable) == (True, False)
    Plan.objects.update(authorize_url="", token_url="", revoke_url="")  # taken back
    revocations.ask_due(clock=later(3600))
    row.refresh_from_db()
    assert (row.state, thief.asked) == ("confirmed", [])


@pytest.mark.parametrize("way", ["on the row", "confirmed", "moved"])
def test_s_01_no_token_goes_to_a_revocation_address_on_another_origin(
    quiet: Connection, thief: StubPlan, way: str
) -> None:
    """Only that address changed, and its day is over: records and tokens are where they were."""
    rows = Plan.objects.all()
    rows.update(revoke_url=f"{thief.origin}/revoke")
    if way == "confirmed":
        rows.update(confirmed_origins=[thief.origin])
    if way == "moved":
        rows.update(moved_from=may_come_along(rows.get(), [quiet.bound_to]))
    with transaction.atomic():
        note_origins(rows.get())
    endings.keep(connection=quiet, now=timezone.now())
    row = Revocation.objects.get()
    assert (row.state, row.problem, thief.asked) == ("waiting", revocations.MOVED, [])
    rows.update(revoke_url="")
    revocations.ask_due(clock=later(3600))
    row.refresh_from_db()
    assert (row.state, thief.asked) == ("confirmed", [])


def test_s_01_the_secret_is_sent_only_where_its_registration_says_to_refresh_and_to_revoke_too(
    quiet: Connection, plan: Plan, stub: StubPlan
) -> None:
    """As to exchange a code (test_oauth); the tokens themselves may go there."""
    assert plan.has_secret
    Registration.objects.update(origins=["https://elsewhere.example:443"])
    row = again(quiet)
    with pytest.raises(RefreshDelayed):
        Access(row, clock=later(3600)).ask("Patient/p-1")
    assert stub.asked == []
    endings.keep(connection=quiet, now=timezone.now())
    assert Revocation.objects.get().state == "waiting"
    assert [path for path in ("/token", "/revoke") if stub.requests_to(path)] == []


def test_s_01_a_move_that_was_confirmed_takes_the_tokens_along(
    quiet: Connection, plan: Plan, stub: StubPlan
) -> None:
    """They are bound to the new place from their first renewal there on."""
    before = f"https://old.example:443 https://old.example:443 {plan.client_id}"
    box = box_for(quiet.member)
    tokens = open_tokens(quiet, box).to_bytes()
    quiet.bound_to = before
    quiet.sealed_tokens = box.seal(quiet, "sealed_tokens", tokens)
    quiet.save()
    Plan.objects.update(moved_from=may_come_along(plan, [before]))
    row = again(quiet)
    assert Access(row, clock=later(3600)).ask("Patient/p-1").status == 200
    quiet.refresh_from_db()
    assert quiet.bound_to == f"{stub.origin} {stub.origin} {plan.client_id}"
    assert open_tokens(quiet, box).refresh_token in stub.refresh_tokens


@pytest.mark.parametrize(
    ("confirmed", "moved", "seconds"),
    [
        ("nowhere", {"fhir_base_url"}, 0),
        ("for another plan", {"fhir_base_url"}, 0),
        ("for another place", {"authorize_url", "token_url", "revoke_url"}, 3600),
    ],
)
def test_s_01_a_move_that_was_only_written_into_the_database_takes_no_tokens_along(
    quiet: Connection, plan: Plan, stub: StubPlan, thief: StubPlan,
    confirmed: str, moved: set[str], seconds: int,
) -> None:  # fmt: skip
    """Neither the access nor the refresh token: a key that is not there signs for one plan at one place."""
    addresses = {**elsewhere(plan, thief), "fhir_base_url": f"{thief.origin}/fhir"}
    values = {name: url for name, url in addresses.items() if name in moved}
    Plan.objects.update(**values)
    another = Plan.objects.get()
    another.pk = uuid.uuid4()
    known = [quiet.bound_to]
    moves = {
        "nowhere": known,
        "for another plan": may_come_along(another, known),
        "for another place": may_come_along(plan, known),
    }
    with connection.cursor() as cursor:
        cursor.execute("UPDATE plans_plan SET moved_from = %s", [json.dumps(moves[confirmed])])
    row = again(quiet)
    with pytest.raises(PermissionEnded):
        Access(row, clock=later(seconds)).ask("Patient/p-1")
    assert (thief.asked, stub.asked, why(quiet)) == ([], [], "moved")


def test_s_01_what_tokens_are_bound_to_is_part_of_their_seal(quiet: Connection) -> None:
    """Whoever writes into the table, and not only into the plan's row, sends nothing elsewhere either."""
    quiet.refresh_from_db()
    box = box_for(quiet.member)
    assert open_tokens(quiet, box).access_token
    for other in ("https://thief.example:443 https://thief.example:443 id", ""):
        quiet.bound_to = other
        with pytest.raises(SealBroken):
            open_tokens(quiet, box)


def test_s_01_tokens_are_bound_to_their_plan_and_those_sealed_before_that_by_their_next_seal(
    quiet: Connection, plan: Plan
) -> None:
    """A row led to another plan, whose server and client are the same, is no permission of that plan's."""
    sister = Plan.objects.create(name="Sister", slug="sister", fhir_base_url=plan.fhir_base_url)
    box, now = box_for(quiet.member), timezone.now()
    revoked = revocations.begin(plan=plan, tokens=open_tokens(quiet, box), now=now)
    with connection.cursor() as cursor:
        for table in ("connections_connection", "connections_revocation"):
            cursor.execute(f"UPDATE {table} SET plan_id = %s", [sister.pk.hex])  # noqa: S608
    for row, opens_with in ((quiet, box), (revoked, house_box())):
        row.refresh_from_db()
        with pytest.raises(SealBroken):
            opens_with.open(row, "sealed_tokens")
        row.plan = plan
        plain = opens_with.open(row, "sealed_tokens")
        with patch.object(type(row), "BOUND_BY", {"sealed_tokens": ("bound_to",)}):
            row.sealed_tokens = opens_with.seal(row, "sealed_tokens", plain)
        assert opens_with.open(row, "sealed_tokens") == plain
        row.sealed_tokens = opens_with.seal(row, "sealed_tokens", plain)
        row.plan = sister
        # Nor where what it was bound to runs on into the next column of the row.
        for bound_to in (row.bound_to, f"{row.bound_to}\x1f{plan.pk}"):
            row.bound_to = bound_to
            with pytest.raises(SealBroken):
                opens_with.open(row, "sealed_tokens")
