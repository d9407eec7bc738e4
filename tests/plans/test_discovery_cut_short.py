"""Documents of a plan that nobody waited for to the end: no word of the plan, and asked for again."""

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from apps.outbound.errors import TooSlow
from apps.plans import plan_inquiry
from apps.plans.discovery import discover, endpoints_for
from apps.plans.models import Plan
from tests.plans.conftest import Payer
from tests.plans.test_discovery import SMART, smart


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our patience ends with the first document that is had."""
    moment, fetch = [0.0], plan_inquiry.fetch

    def and_then_it_is_late(*given: Any, **more: Any) -> Any:
        answer = fetch(*given, **more)
        moment[0] += plan_inquiry.PATIENCE_SECONDS + 1
        return answer

    monkeypatch.setattr(plan_inquiry, "time", SimpleNamespace(monotonic=lambda: moment[0]))
    monkeypatch.setattr(plan_inquiry, "fetch", and_then_it_is_late)


def serve_both(plan: Plan, payer: Payer) -> str:
    """Serve a configuration, and the issuer's own document, which alone names where to revoke."""
    issuer = f"{payer.origin}/issuer"
    payer.serves(SMART, smart(issuer=issuer))
    told = {"issuer": issuer, "revocation_endpoint": "https://login.example.com/revoke"}
    payer.serves("/issuer/.well-known/openid-configuration", smart(**told))
    return issuer


def test_s_11_what_was_cut_short_is_not_fresh_and_takes_nothing_back(
    served_plan: Plan, payer: Payer, now: datetime, request: pytest.FixtureRequest
) -> None:
    """S-11: our time ran out, not the plan's offer: what it said before stays, and it is asked again soon."""
    serve_both(served_plan, payer)
    assert not discover(served_plan, now=now).is_partial
    request.getfixturevalue("cut")
    later = now + timedelta(hours=25)
    endpoints = endpoints_for(served_plan, now=later)
    assert endpoints.revoke_url == "https://login.example.com/revoke"
    again = Plan.objects.get(pk=served_plan.pk)
    assert (again.discovered_at, again.discovery_tried_at) == (now, later)


@pytest.mark.usefixtures("cut")
def test_s_11_a_first_answer_that_was_cut_short_serves_and_says_that_it_is_a_part(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    serve_both(served_plan, payer)
    endpoints = endpoints_for(served_plan, now=now)
    assert (endpoints.token_url, endpoints.revoke_url) == ("https://login.example.com/token", None)
    assert endpoints.is_partial
    assert Plan.objects.get(pk=served_plan.pk).discovered_at is None


def test_s_11_a_document_that_nobody_answered_for_is_no_word_of_the_plan(
    served_plan: Plan, payer: Payer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it does not offer it has to say: a server that is down says nothing."""
    issuer = serve_both(served_plan, payer)
    fetch = plan_inquiry.fetch

    def without_the_issuer(session: Any, url: str, **more: Any) -> Any:
        if url.startswith(issuer):
            raise TooSlow
        return fetch(session, url, **more)

    monkeypatch.setattr(plan_inquiry, "fetch", without_the_issuer)
    assert discover(served_plan, now=now).is_partial
    monkeypatch.undo()
    assert not discover(served_plan, now=now).is_partial
