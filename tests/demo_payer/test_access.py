"""A token reads one patient's records, of the types the member allowed, and nothing else."""

import pytest
import requests

from tests.demo_payer.member import Member
from tests.demo_payer.test_search import assert_outcome, ids

OF_ANOTHER = ("Patient/ben", "Coverage/ben-coverage", "ExplanationOfBenefit/ben-001")
UNKNOWN = ("ExplanationOfBenefit/none", "Organization/none", "Organization/%F0%9F%92%A1")


@pytest.mark.parametrize("path", [*OF_ANOTHER, *UNKNOWN])
def test_another_members_record_looks_absent(ana: Member, token: str, path: str) -> None:
    """The same answer as for an id that never was."""
    assert_outcome(ana.get(path, token), 404, "not-found")


@pytest.mark.parametrize("path", ["ExplanationOfBenefit?patient=ben", "Coverage?beneficiary=Patient/ben"])
def test_searching_for_another_member_is_forbidden(ana: Member, token: str, path: str) -> None:
    """An error says more than an empty page."""
    assert_outcome(ana.get(path, token), 403, "forbidden")


def test_searches_without_a_patient_stay_in_the_compartment(ana: Member, token: str) -> None:
    """The token decides, not the query."""
    assert ids(ana.get("Patient", token).json()) == ["ana"]
    assert ids(ana.get("Patient?_id=ben", token).json()) == []
    bundle = ana.get("ExplanationOfBenefit?_count=100", token).json()
    assert all(fhir_id.startswith("ana-") for fhir_id in ids(bundle))


def test_the_payers_network_is_readable_for_everyone(ana: Member, token: str) -> None:
    """Organizations and clinicians belong to no patient."""
    for path in ("Organization/clinic", "Practitioner/doctor"):
        assert ana.get(path, token).status_code == 200
    assert set(ids(ana.get("Organization?_id=clinic,payer", token).json())) == {"clinic", "payer"}


def test_only_the_types_the_member_allowed_are_served(ana: Member) -> None:
    """SMART scopes v1 and v2, per type."""
    token = ana.tokens(scope="patient/Coverage.read patient/Patient.r patient/Organization.s")["access_token"]
    assert ana.get("Coverage", token).status_code == 200
    assert ana.get("Patient/ana", token).status_code == 200
    assert ana.get("Organization", token).status_code == 200
    for path in ("ExplanationOfBenefit", "Patient", "Organization/payer"):
        answer = ana.get(path, token)
        assert_outcome(answer, 403, "forbidden")
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


def test_includes_bring_nothing_the_scope_does_not_cover(ana: Member) -> None:
    """A back door would be worse than a missing name."""
    token = ana.tokens(scope="patient/ExplanationOfBenefit.read patient/Organization.read")["access_token"]
    bundle = ana.get("ExplanationOfBenefit?_count=5&_include=*", token).json()
    assert set(ids(bundle, "include")) == {"clinic", "payer"}


@pytest.mark.parametrize("header", [None, "Basic YTpi", "Bearer", "Bearer ", "nonsense"])
def test_without_a_token_it_answers_401_and_how_to_ask(ana: Member, header: str | None) -> None:
    """RFC 6750 section 3: no error code when no token was sent."""
    headers = {"Authorization": header} if header else {}
    answer = requests.get(f"{ana.payer.fhir_base_url}/Patient", headers=headers, timeout=10)
    assert_outcome(answer, 401, "login")
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="Harborlight Health"'


def test_an_unknown_token_is_401_invalid_token(ana: Member) -> None:
    """RFC 6750 section 3.1."""
    answer = ana.get("Patient", "made-up")
    assert_outcome(answer, 401, "login")
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_in_the_query_is_not_taken(ana: Member, token: str) -> None:
    """RFC 6750 section 2.3 is not for us: queries end in logs."""
    answer = requests.get(f"{ana.payer.fhir_base_url}/Patient?access_token={token}", timeout=10)
    assert answer.status_code == 401
