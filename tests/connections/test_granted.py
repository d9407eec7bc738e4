"""What the granted scopes allow, in both spellings of SMART and in words nobody knows."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.connections import granted
from apps.plans.models import Plan
from tests.connections.conftest import connect
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks

V1 = "openid launch/patient patient/*.read offline_access"
V2 = "openid launch/patient patient/*.rs"


@pytest.mark.parametrize(
    ("scopes", "asked", "types"),
    [
        ("patient/*.read", V2, {"*"}),  # v1 answer to a v2 request
        ("patient/*.rs", V1, {"*"}),  # and the other way round
        ("patient/Coverage.rs", V2, {"Coverage"}),
        ("patient/Coverage.read patient/Patient.r", V1, {"Coverage", "Patient"}),
        ("patient/Coverage.rs?category=x patient/Coverage.cud", V2, {"Coverage"}),
        ("user/*.*", V1, {"*"}),  # a sample of 1upHealth
        ("Patient/*.read launch/patient offline_access", V1, {"*"}),  # as Centene's guide shows it
        ("patient/*.Read", V1, {"*"}),
        ("PATIENT/Coverage.READ patient/Patient.RS", V1, {"Coverage", "Patient"}),
        ("patient/coverage.read openid", V1, None),  # as nobody spells it: it allows something, but what
        ("patient/*.write", V1, set()),
        ("patient/Coverage.rs fancy/thing", V2, {"Coverage"}),
        ("openid launch/patient", V1, set()),  # everything declined
        ("openid offline_access", V1, set()),
        ("user", V1, None),  # an older sample of 1upHealth: its own word
        ("hcscinteropscope openid", V1, None),
        ("openid offline_access", "openid offline_access", None),  # a plan without SMART's scopes (Devoted)
        ("", V1, None),
        ("", "", None),
    ],
)
def test_o_27_granted_scopes_are_read(scopes: str, asked: str, types: set[str] | None) -> None:
    """O-27: what the plan did not say may be tried; what it left out may not."""
    assert granted.readable(scopes, asked=asked) == types


@settings(max_examples=50)
@given(st.text(), st.text(), st.text())
def test_o_27_no_scope_text_is_a_crash(scopes: str, asked: str, kind: str) -> None:
    """O-27: words of others."""
    granted.may_read(granted.readable(scopes, asked=asked), kind)


@pytest.mark.parametrize(
    ("said", "stored"),
    [
        (None, V1),  # RFC 6749 section 5.1: absent means as requested
        ("patient/*.rs fancy/thing launch/patient", "patient/*.rs fancy/thing launch/patient"),
        (["patient/Coverage.read", "openid"], "patient/Coverage.read openid"),
    ],
)
def test_o_27_what_was_asked_and_what_was_granted_are_both_kept(
    alice_client: Client, plan: Plan, stub: StubPlan, said: Any, stored: str
) -> None:
    """O-27: absent means as asked; what was asked then does not change with the plan's row."""
    set_quirks(scopes=V1.split())
    stub.answer = {"scope": said}
    made = connect(alice_client, plan, stub)
    set_quirks(scopes=["openid"])
    made.refresh_from_db()
    assert made.scopes_granted == stored
    assert made.scopes_asked == V1
    page = alice_client.get(f"/connections/{made.pk}/").content.decode()
    assert ('data-testid="withheld"' in page) is ("*" not in stored)


def test_o_27_a_narrower_grant_of_the_next_sign_in_replaces_the_wider_one(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-27: the last word of the member at the plan counts."""
    connect(alice_client, plan, stub)
    stub.answer = {"scope": "patient/Coverage.read"}
    made = connect(alice_client, plan, stub)
    assert made.scopes_granted == "patient/Coverage.read"
    assert "ExplanationOfBenefit" not in (granted.readable(made.scopes_granted) or set())


LIST = "http://terminology.hl7.org/CodeSystem/observation-category"


@pytest.mark.parametrize(
    ("scopes", "limits"),
    [
        ("", None),
        ("patient/Observation.rs", None),
        (f"patient/Observation.rs?category={LIST}|laboratory patient/Observation.read", None),
        (f"patient/Observation.rs?category={LIST}|laboratory patient/*.rs", None),
        (f"patient/Observation.rs?category={LIST}|laboratory", {"laboratory"}),
        (f"patient/Observation.rs?category={LIST}%7Csurvey patient/Condition.rs", {"survey"}),
        ("patient/Observation.r?category=laboratory patient/Observation.s?category=exam", {"laboratory"}),
        ("patient/Observation.rs?category=a|x,b|y", {"x", "y"}),
        ("patient/Observation.rs?code=http://loinc.org|4548-4", None),
        (f"patient/Condition.rs?category={LIST}|laboratory", None),
    ],
)
def test_a_granular_scope_limits_a_type_to_its_categories(scopes: str, limits: set[str] | None) -> None:
    """Clinical 1d: by the code; the address of the list is misspelt in US Core's own table."""
    assert granted.limits(scopes, "Observation") == limits
