"""The grammar of the scopes we ask for (SMART App Launch 2.2, "Scopes and launch context")."""

import re
from dataclasses import replace

import pytest

from apps.plans.profiles import PROFILES
from apps.plans.scopes import scopes_to_ask

V2 = ("v2", "types_v2")
SYNTAX = re.compile(
    r"(?:patient|user|system)/(?:\*|[A-Z][A-Za-z]+)\.(?=[cruds])c?r?u?d?s?(?:\?[^=&]+=[^=&]+)?"
)


def records_asked(name: str, style: str) -> list[str]:
    """Return the scopes about records that a profile asks for in a style."""
    scopes = scopes_to_ask(replace(PROFILES[name].quirks, scope_style=style))
    return [scope for scope in scopes if "/" in scope and not scope.startswith("launch")]


@pytest.mark.parametrize("style", V2)
@pytest.mark.parametrize("name", PROFILES)
def test_smart_135_scopes_keep_to_the_grammar(name: str, style: str) -> None:
    """@135, @137, @146: where a plan understands version 2."""
    for scope in records_asked(name, style):
        assert SYNTAX.fullmatch(scope), scope
        assert scope.startswith("patient/")


@pytest.mark.parametrize("style", V2)
@pytest.mark.parametrize("name", PROFILES)
def test_smart_131_rights_on_one_type_stand_in_one_scope(name: str, style: str) -> None:
    """@131: `patient/Coverage.rs`, never `.r` and `.s` apart, nor a type beside the wildcard."""
    types = [scope.partition(".")[0] for scope in records_asked(name, style)]
    assert len(types) == len(set(types))
    assert types == ["patient/*"] or "patient/*" not in types


def test_smart_135_the_grammar_of_this_test_refuses_what_is_none() -> None:
    """The tests above can fail."""
    for wrong in (
        "patient/*.read",
        "patient/Coverage.sr",
        "patient/Coverage.",
        "Patient/Coverage.rs",
        "patient/a.rs",
    ):
        assert not SYNTAX.fullmatch(wrong)


@pytest.mark.parametrize(
    "name", [name for name in PROFILES if "launch/patient" in PROFILES[name].quirks.scopes]
)
def test_smart_152_the_patient_is_asked_for_by_name_of_the_context(name: str) -> None:
    """@150, @151, @152, @166: beside the scopes about records, and no other context."""
    context = [scope for scope in scopes_to_ask(PROFILES[name].quirks) if scope.startswith("launch")]
    assert context == ["launch/patient"]


def test_smart_216_renewal_without_the_member_is_asked_for_as_offline_access() -> None:
    """@216: and only where a plan does not say that it never renews."""
    asked = {name for name, profile in PROFILES.items() if "offline_access" in scopes_to_ask(profile.quirks)}
    assert "standard" in asked
    assert not any("online_access" in scopes_to_ask(profile.quirks) for profile in PROFILES.values())
    assert {PROFILES[name].quirks.refresh for name in asked} == {"rotating"}
