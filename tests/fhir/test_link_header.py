"""Links to the next page in the HTTP header (RFC 8288), where the bundle has none."""

import pytest

from apps.fhir.client import Client
from tests.fhir.stub import Stub, bundle, reply
from tests.fhir.test_client import claim, ids


@pytest.mark.parametrize(
    ("header", "asked"),
    [
        ('<ExplanationOfBenefit?page=2>; rel="next"', 2),
        ('<x>; rel=prev, <{base}/ExplanationOfBenefit?page=2&a=,>; title="a, b"; REL="last next"', 2),
        ("<ExplanationOfBenefit?page=2>;rel=next", 2),
        ('<ExplanationOfBenefit?page=2>; rel="first"; rel="next"', 1),
        ("ExplanationOfBenefit?page=2; rel=next", 1),
        ('<ExplanationOfBenefit?page=2>; title="; rel=next"; rel="prev"', 1),
        ("<" * 60_000, 1),
    ],
)
def test_a_next_link_may_stand_in_the_http_header(fhir: Client, stub: Stub, header: str, asked: int) -> None:
    """RFC 8288, where the bundle itself has none: the rest was never asked for."""
    first = reply(bundle(claim(1)), Link=header.replace("{base}", stub.base_url))
    stub.on("ExplanationOfBenefit", first, bundle(claim(2)))
    assert ids(fhir) == ["c1", "c2"][:asked]


def test_a_link_of_the_bundle_goes_before_the_one_in_the_header(fhir: Client, stub: Stub) -> None:
    first = reply(bundle(claim(1), next="ExplanationOfBenefit?page=2"), Link="<Coverage>; rel=next")
    stub.on("ExplanationOfBenefit", first, bundle(claim(2)))
    assert ids(fhir) == ["c1", "c2"]
