"""Drift: what a plan publishes on an origin nobody confirmed is not used until an operator says so."""

import json
import logging
from datetime import datetime, timedelta
from functools import partial

import pytest

from apps.plans.discovery import DiscoveryFailed, OperatorNeeded, discover, endpoints_for
from apps.plans.models import Plan
from apps.plans.moves import AlarmChanged, confirm_addresses, dismiss_addresses
from apps.plans.origins import allowed_origins, open_drift
from tests.plans.conftest import Payer

SMART = "/fhir/r4/.well-known/smart-configuration"
ELSEWHERE = "https://login.sibling-brand.example.net"
NAMES = {
    "authorization_endpoint": "authorize_url",
    "token_endpoint": "token_url",
    "revocation_endpoint": "revoke_url",
    "jwks_uri": "jwks_uri",
    "userinfo_endpoint": "userinfo_url",
    "issuer": "issuer",
}


def smart(origin: str = "https://login.example.com", **changes: str) -> str:
    published = {name: f"{origin}/{name}" for name in NAMES}
    return json.dumps(published | changes)


def fresh(plan: Plan) -> Plan:
    return Plan.objects.get(pk=plan.pk)


def test_even_the_first_answer_is_not_followed_to_a_new_origin(
    served_plan: Plan, payer: Payer, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    served_plan.confirmed_origins = []
    served_plan.save()
    payer.serves(SMART, smart(ELSEWHERE))
    with caplog.at_level(logging.WARNING), pytest.raises(OperatorNeeded, match="wait for an operator"):
        endpoints_for(served_plan, now=now)
    row = fresh(served_plan)
    assert row.drift == {ours: f"{ELSEWHERE}/{name}" for name, ours in NAMES.items()}
    assert row.drift_found_at == now
    assert "plan served published 6 addresses nobody confirmed" in caplog.text
    assert ELSEWHERE not in caplog.text  # a host name is the plan's own word too
    assert all(path.startswith("/fhir") for path in payer.asked)


def test_a_plan_that_waits_for_an_operator_is_not_asked_again_by_every_member(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart(ELSEWHERE))
    for minutes in (0, 1, 4):
        with pytest.raises(OperatorNeeded):
            endpoints_for(served_plan, now=now + timedelta(minutes=minutes))
    assert payer.asked == [SMART]


@pytest.mark.parametrize("name", NAMES)
def test_one_address_that_moves_is_not_followed_and_the_earlier_one_stays(
    served_plan: Plan, payer: Payer, now: datetime, name: str
) -> None:
    """Codes, live tokens and trust in every sign-in go through one of them."""
    payer.serves(SMART, smart())
    before = endpoints_for(served_plan, now=now)
    payer.serves(SMART, smart(**{name: f"{ELSEWHERE}/x"}))
    later = now + timedelta(days=2)
    after = endpoints_for(served_plan, now=later)
    assert getattr(after, NAMES[name]) == getattr(before, NAMES[name]) == f"https://login.example.com/{name}"
    assert fresh(served_plan).drift == {NAMES[name]: f"{ELSEWHERE}/x"}
    assert fresh(served_plan).drift_found_at == later


@pytest.mark.parametrize(
    "origin", ["http://127.0.0.1:1", "https://login.example.com:8443", "https://example.com"]
)
def test_another_port_or_scheme_or_parent_domain_is_another_origin(
    served_plan: Plan, payer: Payer, now: datetime, origin: str
) -> None:
    payer.serves(SMART, smart(token_endpoint=f"{origin}/token"))
    with pytest.raises(OperatorNeeded, match="token_url"):
        endpoints_for(served_plan, now=now)
    assert open_drift(fresh(served_plan)) == {"token_url": f"{origin}/token"}


def test_the_row_and_the_system_id_confirm_their_origins() -> None:
    plan = Plan(
        fhir_base_url="https://api.alaskafhir.com/r4",
        system_id="akmed",
        revoke_url="https://revoke.example.com/x",
        issuer="https://issuer.example.com/a",
        confirmed_origins=["https://More.example.com/"],
    )
    assert allowed_origins(plan) == {
        "https://api.alaskafhir.com:443",
        "https://auth.alaskafhir.com:443",
        "https://revoke.example.com:443",
        "https://issuer.example.com:443",
        "https://more.example.com:443",
    }


def test_an_address_on_the_row_is_kept_and_what_the_plan_says_instead_is_an_alarm(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    served_plan.authorize_url = "https://login.example.com/a"
    served_plan.token_url = "https://login.example.com/t"
    served_plan.save()
    payer.serves(SMART, smart(authorization_endpoint=f"{ELSEWHERE}/a"))
    assert discover(served_plan, now=now).authorize_url == "https://login.example.com/a"
    assert fresh(served_plan).drift == {"authorize_url": f"{ELSEWHERE}/a"}


def test_an_issuer_nobody_confirmed_is_not_even_asked(served_plan: Plan, payer: Payer, now: datetime) -> None:
    """The door would refuse the port, too; here nothing is tried at all."""
    published = json.loads(smart(issuer="http://127.0.0.1:1"))
    del published["jwks_uri"]
    payer.serves(SMART, json.dumps(published))
    endpoints = endpoints_for(served_plan, now=now)
    assert (endpoints.issuer, endpoints.jwks_uri) == (None, None)
    assert "nobody confirmed http://127.0.0.1:1" in served_plan.discovery_problem
    assert "Unreachable" not in served_plan.discovery_problem


def test_an_alarm_does_not_end_when_the_plan_changes_back(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """Elevance names another brand's host on each fetch: an operator has to know, and no member follows."""
    used = set()
    for day, origin in enumerate([ELSEWHERE, "https://login.example.com", ELSEWHERE], start=1):
        payer.serves(SMART, smart(origin))
        try:
            used.add(discover(served_plan, now=now + timedelta(days=day)).token_url)
        except DiscoveryFailed:
            assert day == 1
        assert open_drift(fresh(served_plan))["token_url"].startswith(ELSEWHERE)
    assert used == {"https://login.example.com/token_endpoint"}
    assert fresh(served_plan).drift_found_at == now + timedelta(days=1)


def test_confirming_allows_the_origin_and_ends_the_alarm(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart(ELSEWHERE))
    with pytest.raises(OperatorNeeded):
        endpoints_for(served_plan, now=now)
    drift = served_plan.drift or {}
    assert confirm_addresses(plan=served_plan, seen=drift, by=None, now=now) == ([ELSEWHERE], None)
    row = fresh(served_plan)
    assert (row.drift, row.drift_found_at) == (None, None)
    assert row.confirmed_origins == ["https://login.example.com", ELSEWHERE]
    payer.pages.clear()  # what was confirmed serves even if the plan is away now
    payer.serves(SMART, "", status=503)
    assert endpoints_for(row, now=now).token_url == f"{ELSEWHERE}/token_endpoint"


def test_only_what_the_operator_saw_is_confirmed(served_plan: Plan, payer: Payer, now: datetime) -> None:
    payer.serves(SMART, smart(ELSEWHERE))
    with pytest.raises(OperatorNeeded):
        discover(served_plan, now=now)
    seen = dict(served_plan.drift or {})
    payer.serves(SMART, smart("https://evil.example.org"))
    with pytest.raises(OperatorNeeded):
        discover(fresh(served_plan), now=now)
    for decide in (partial(confirm_addresses, by=None, now=now), dismiss_addresses):
        with pytest.raises(AlarmChanged):
            decide(plan=served_plan, seen=seen)
    assert fresh(served_plan).confirmed_origins == ["https://login.example.com"]


def test_dismissing_keeps_the_old_addresses(served_plan: Plan, payer: Payer, now: datetime) -> None:
    payer.serves(SMART, smart())
    endpoints_for(served_plan, now=now)
    payer.serves(SMART, smart(ELSEWHERE))
    discover(served_plan, now=now)
    dismiss_addresses(plan=served_plan, seen=served_plan.drift or {})
    row = fresh(served_plan)
    assert row.drift is None
    assert endpoints_for(row, now=now).token_url == "https://login.example.com/token_endpoint"


def test_an_origin_that_is_taken_back_is_not_used_any_more(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    payer.serves(SMART, smart())
    endpoints_for(served_plan, now=now)
    served_plan.confirmed_origins = []
    served_plan.save()
    with pytest.raises(OperatorNeeded):
        endpoints_for(fresh(served_plan), now=now)


def test_what_the_row_itself_allows_is_no_alarm_any_more(served_plan: Plan, payer: Payer) -> None:
    served_plan.drift = {"token_url": f"{payer.origin}/t", "authorize_url": "https://new.example.net/a"}
    assert open_drift(served_plan) == {"authorize_url": "https://new.example.net/a"}
