"""C-01: check_plan does not call a plan ready that refuses as many records as it would be asked for."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.sync.models import PlanPace
from tests.plans.conftest import Payer
from tests.plans.test_check_plan import GOOD, SMART, checked
from tests.quirks import set_quirks

ASKED = "/fhir/r4/ExplanationOfBenefit"
CMS = json.dumps({"detail": "value must be at most 50"})
READY = "Members can connect this plan.\n"


@pytest.fixture(autouse=True)
def published(payer: Payer, served_plan: Plan) -> None:
    payer.serves(SMART, json.dumps(GOOD))
    payer.serves("/login/a", "<html><h1>Sign in</h1></html>")


@pytest.mark.parametrize("profile", ["blue-button", "blue-button-v3"])
def test_c_01_medicare_is_asked_for_fifty_at_most(profile: str) -> None:
    assert PROFILES[profile].quirks.page_size == 50
    Plan.objects.update(profile=profile, own_quirks={"token_auth": "none"})
    assert checked("served")[0].endswith(READY)
    set_quirks(page_size=100)
    printed, problem = checked("served")
    assert READY not in printed
    assert "it would be asked for 100 records at once and gives 50 at most: set page_size to 50" in problem


@pytest.mark.parametrize(
    ("refused", "status", "remedy"),
    [
        ([100], 400, "gives 50 at most: set page_size to 50"),
        ([100, 50, 25, 12], 422, "gives 10 at most: set page_size to 10"),
        ([100, 50, 25, 12, 10], 413, "refuses even 10"),
    ],
)
def test_c_01_a_server_that_says_so_to_anybody_is_believed(
    payer: Payer, refused: list[int], status: int, remedy: str
) -> None:
    for count in refused:
        payer.serves(f"{ASKED}?_count={count}", CMS, status=status)
    printed, problem = checked("served")
    assert READY not in printed
    assert remedy in problem
    assert remedy in checked("served", "served")[0]


def test_c_01_a_server_that_refuses_whatever_is_asked_without_a_token_has_said_nothing(payer: Payer) -> None:
    for query in ("", *(f"?_count={count}" for count in (100, 50, 25, 12, 10))):
        payer.serves(ASKED + query, CMS, status=400)
    assert checked("served")[0].endswith(READY)


def test_c_01_what_was_learned_from_members_updates_is_asked_and_told(
    payer: Payer, served_plan: Plan
) -> None:
    payer.serves(f"{ASKED}?_count=100", CMS, status=400)
    until = timezone.now() + timedelta(days=80)
    PlanPace.objects.create(plan=served_plan, page_size=50, page_size_until=until)
    printed, _ = checked("served")
    assert f"50 records at once until {until:%Y-%m-%d}: 100 were refused or too much" in printed
    assert printed.endswith(READY)
    PlanPace.objects.update(page_size=0)
    assert "asked without _count until" in checked("served")[0]
