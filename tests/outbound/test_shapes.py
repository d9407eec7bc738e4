"""What the log says of an address that was called: nothing that could be somebody's."""

import pytest

from apps.outbound.addresses import shape_of


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/fhir/r4/ExplanationOfBenefit", "fhir/r4/ExplanationOfBenefit"),
        ("/r4/.well-known/smart-configuration", "r4/.well-known/smart-configuration"),
        ("/v2/o/token/", "v2/o/token"),
        ("/fhir/Patient/jane.doe", "fhir/Patient/*"),
        ("/fhir/Patient/JaneDoe", "fhir/Patient/*"),
        ("/fhir/Patient/member-77/_history/3?code=x#y", "fhir/Patient/*/*/*"),
        ("/oauth2/authorize/jane", "oauth2/authorize/*"),
        ("/fhir/Patient;jane=doe", "fhir/*"),
    ],
)
def test_only_words_that_everybody_knows_are_kept(path: str, shown: str) -> None:
    """An identifier made of letters looks like a word."""
    assert shape_of(f"https://plan.example.com{path}") == f"plan.example.com/{shown}"


@pytest.mark.parametrize("url", [None, "", "https://[x", "http://a]b", "https://\u2100.example/"])
def test_what_is_no_address_has_no_shape(url: str | None) -> None:
    assert shape_of(url) == ""
