"""How we prove who we are where tokens are revoked: as the plan announces it there (RFC 8414 section 2)."""

import pytest
from django.test import Client

from apps.connections.models import Revocation
from apps.plans.models import Plan
from tests.connections.conftest import connect
from tests.connections.leaving import end, text, the_revocation
from tests.connections.stub_plan import StubPlan, as_json
from tests.quirks import set_quirks

ANNOUNCED = "revocation_endpoint_auth_methods_supported"
UNKNOWN = as_json({"error": "invalid_client"}, 401)


def test_a_secret_is_shown_at_the_revocation_the_way_that_is_announced_there(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-34: Canaille takes secrets in the body for tokens, and in the header only to revoke them."""
    set_quirks(plan, token_auth="client_secret_post")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    end(alice_client, connect(alice_client, plan, stub))
    assert all("client_secret" in asked.form for asked in stub.requests_to("/token"))
    revoked = stub.requests_to("/revoke")
    assert revoked
    for asked in revoked:
        assert asked.headers["Authorization"].startswith("Basic ")
        assert "client_secret" not in asked.form


@pytest.mark.parametrize("announced", [None, ["client_secret_basic", "client_secret_post"], ["none"]])
def test_a_secret_is_shown_as_ever_where_that_is_announced_or_nothing_better_is(
    alice_client: Client, plan: Plan, stub: StubPlan, announced: list[str] | None
) -> None:
    set_quirks(plan, token_auth="client_secret_post")
    stub.configuration[ANNOUNCED] = announced
    end(alice_client, connect(alice_client, plan, stub))
    assert all("client_secret" in asked.form for asked in stub.requests_to("/revoke"))


def test_a_revocation_that_is_not_for_clients_like_us_is_not_offered_and_alarms_nobody(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-34: Canaille lets public clients renew, and turns them away when they revoke; it announces that."""
    set_quirks(plan, token_auth="none")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    made = connect(alice_client, plan, stub)
    stub.override["/revoke"] = UNKNOWN
    page = end(alice_client, made)
    row = the_revocation()
    assert (row.state, row.problem, bytes(row.sealed_tokens)) == (
        Revocation.State.NOT_OFFERED,
        "not for clients like us",
        b"",
    )
    assert "offers no way for us to end it on its side too" in text(page)
    assert "registration" not in caplog.text


def test_a_revocation_that_takes_us_though_it_does_not_say_so_is_believed(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-34: what is published is advice."""
    set_quirks(plan, token_auth="none")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    end(alice_client, connect(alice_client, plan, stub))
    assert the_revocation().state == Revocation.State.CONFIRMED
