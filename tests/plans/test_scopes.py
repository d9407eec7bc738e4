"""Which scopes each payer is asked for, and how they are spelled (SMART App Launch 2.2, "Scopes")."""

import re
from dataclasses import replace

import pytest

from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks
from apps.plans.scopes import scopes_to_ask
from config.fhir_types import CLAIMS, EVERY, fhir_types

BY_NAME = (
    "patient/ExplanationOfBenefit.read patient/Coverage.read patient/Patient.read patient/Organization.read "
    "patient/Practitioner.read patient/PractitionerRole.read patient/Location.read patient/RelatedPerson.read"
)
ASKED = {
    "standard": "openid fhirUser launch/patient patient/*.read offline_access",
    "1uphealth": "openid launch/patient patient/*.read",
    "blue-button": "openid profile launch/patient patient/Patient.read patient/Coverage.read "
    "patient/ExplanationOfBenefit.read",
    "blue-button-v3": "openid profile launch/patient patient/Patient.read patient/Coverage.read "
    "patient/ExplanationOfBenefit.read",
    "aetna": f"openid fhirUser launch/patient {BY_NAME}",
    "elevance": "openid fhirUser launch/patient patient/*.read",
    "uhc": f"openid fhirUser launch/patient {BY_NAME} offline_access",
    "humana": f"openid launch/patient {BY_NAME} offline_access",
    "cigna": "openid fhirUser patient/*.read offline_access",
    "devoted": "openid offline_access patient/Patient.read patient/ExplanationOfBenefit.read",
    "smile-cdr": "openid fhirUser launch/patient patient/*.read offline_access",
    "bcbs-ma": "openid patient/*.read",
    "hcsc": "openid fhirUser launch/patient patient/*.read offline_access hcscinteropscope",
    "flexpa": "launch/patient offline_access",
}


def test_o_28_each_payer_is_asked_for_the_least_that_tells_the_whole_story() -> None:
    """O-28: every profile's, as sent: reading only, of who signs in; a new one is written down here."""
    assert {name: " ".join(scopes_to_ask(PROFILES[name].quirks)) for name in PROFILES} == ASKED
    records = [scope for asked in ASKED.values() for scope in asked.split() if scope.startswith("patient/")]
    assert records and all(scope.endswith((".read", ".rs")) for scope in records)


SYNTAX = re.compile(
    r"(?:patient|user|system)/(?:\*|[A-Z][A-Za-z]+)\.(?=[cruds])c?r?u?d?s?(?:\?[^=&]+=[^=&]+)?"
)


@pytest.mark.parametrize("style", ["v2", "types_v2"])
def test_smart_135_smart_131_scopes_keep_to_the_grammar_and_one_type_stands_in_one(style: str) -> None:
    """@131, @135, @137, @146: `patient/Coverage.rs`, never `.r` and `.s` apart, nor beside the wildcard."""
    for name in PROFILES:
        asked = scopes_to_ask(replace(PROFILES[name].quirks, scope_style=style))
        records = [scope for scope in asked if "/" in scope and not scope.startswith("launch")]
        assert [scope for scope in records if not SYNTAX.fullmatch(scope)] == []
        types = [scope.partition(".")[0] for scope in records]
        assert len(types) == len(set(types))
        assert types == ["patient/*"] or "patient/*" not in types
        assert all(kind.startswith("patient/") for kind in types)


def test_smart_135_the_grammar_of_this_test_refuses_what_is_none() -> None:
    """The test above can fail."""
    wrong = (
        "patient/*.read",
        "patient/Coverage.sr",
        "patient/Coverage.",
        "Patient/Coverage.rs",
        "patient/a.rs",
    )
    assert not any(map(SYNTAX.fullmatch, wrong))


def test_smart_152_the_patient_is_asked_for_by_name_of_the_context() -> None:
    """@150, @151, @152, @166: beside the scopes about records, and no other context."""
    for profile in PROFILES.values():
        context = [scope for scope in scopes_to_ask(profile.quirks) if scope.startswith("launch")]
        assert context == [scope for scope in profile.quirks.scopes if scope == "launch/patient"]


def test_smart_216_renewal_without_the_member_is_asked_for_as_offline_access() -> None:
    """@216: and only where a plan does not say that it never renews."""
    asked = {name for name, profile in PROFILES.items() if "offline_access" in scopes_to_ask(profile.quirks)}
    assert "standard" in asked
    assert not any("online_access" in scopes_to_ask(profile.quirks) for profile in PROFILES.values())
    assert {PROFILES[name].quirks.refresh for name in asked} == {"rotating"}


@pytest.mark.parametrize(
    ("style", "sent"),
    [
        ("as_listed", ["patient/*.read", "patient/Coverage.rs"]),
        ("v1", ["patient/*.read", "patient/Coverage.read"]),
        ("v2", ["patient/*.rs", "patient/Coverage.rs"]),
        ("types_v1", [f"patient/{kind}.read" for kind in fhir_types(CLAIMS)]),
        ("types_v2", [f"patient/{kind}.rs" for kind in fhir_types(CLAIMS)]),
    ],
)
def test_the_style_says_how_reading_is_spelled(style: str, sent: list[str]) -> None:
    listed = ("openid", "patient/*.read", "patient/Coverage.rs", "openid")
    assert scopes_to_ask(Quirks(scopes=listed, scope_style=style)) == ("openid", *sent)


def test_what_is_no_plain_reading_scope_is_sent_as_listed() -> None:
    listed = ("patient/Observation.rs?category=laboratory", "patient/Patient.*", "hcscinteropscope")
    assert scopes_to_ask(Quirks(scopes=listed, scope_style="types_v1")) == listed


def test_a_launch_from_a_portal_takes_the_place_of_choosing_a_patient() -> None:
    quirks = PROFILES["1uphealth"].quirks
    assert scopes_to_ask(quirks, launch=True) == ("openid", "launch", "patient/*.read")
    without = replace(quirks, scopes=("openid",))
    assert scopes_to_ask(without, launch=True) == ("openid", "launch")


LIST = "http://terminology.hl7.org/CodeSystem/observation-category"
LABS, VITALS = (f"patient/Observation.rs?category={LIST}|{code}" for code in ("laboratory", "vital-signs"))
MISSPELT = (
    "patient/Observation.rs?category=http://terminology.hl7.org//CodeSystem-observation-category|survey"
)
BY_CATEGORY = [LABS, VITALS, MISSPELT]
NAMED = replace(
    PROFILES["standard"].quirks, scope_style="types_v2", clinical_types=("Observation", "Procedure")
)


@pytest.mark.parametrize(
    ("announced", "asked"),
    [
        ([], ["patient/Observation.rs", "patient/Procedure.rs"]),
        ([*BY_CATEGORY, "patient/Procedure.rs"], [*BY_CATEGORY, "patient/Procedure.rs"]),
        ([*BY_CATEGORY, "patient/Observation.rs"], ["patient/Observation.rs", "patient/Procedure.rs"]),
        ([*BY_CATEGORY, "patient/Observation.read"], ["patient/Observation.rs", "patient/Procedure.rs"]),
        ([*BY_CATEGORY, "patient/*.rs"], ["patient/Observation.rs", "patient/Procedure.rs"]),
        (["patient/Observation.cruds?category=x|y"], ["patient/Observation.rs", "patient/Procedure.rs"]),
        (["patient/Goal.rs?category=x|y"], ["patient/Observation.rs", "patient/Procedure.rs"]),
    ],
)
def test_categories_are_asked_for_where_a_server_has_scopes_for_these_alone(
    announced: list[str], asked: list[str]
) -> None:
    """Clinical 1d: as the server writes them, a misspelt list too; all of a type where that is to be had."""
    sent = scopes_to_ask(NAMED, consents=EVERY, announced=announced)
    clinical = [scope for scope in sent if scope.startswith(("patient/Obs", "patient/Proc", "patient/Goal"))]
    assert clinical == asked
    assert not set(scopes_to_ask(NAMED, announced=announced)) & set(asked), "nothing without a consent to it"


def test_of_a_type_no_more_scopes_are_asked_for_than_an_address_has_room_for() -> None:
    many = [f"patient/Observation.rs?category={LIST}|{number}" for number in range(500)]
    assert len(scopes_to_ask(NAMED, consents=EVERY, announced=many)) < 40
