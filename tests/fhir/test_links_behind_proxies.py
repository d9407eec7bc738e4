"""Links of servers that do not know they are reached by https, or that write links in another form."""

import json
from typing import Any

import pytest

from apps.fhir.bundles import read_page
from apps.fhir.errors import EndlessPages, NextRefused
from apps.fhir.page_links import same_origin
from tests.fhir.stub import bundle

BASE = "https://fhir.example.com/r4"
CLAIM = {"resourceType": "ExplanationOfBenefit", "id": "c1"}


def next_of(link: str, *, base: str = BASE, relation: str = "next") -> str | None:
    body = json.dumps({"resourceType": "Bundle", "link": [{"relation": relation, "url": link}]}).encode()
    page = read_page(body, url=f"{base}/Coverage", base_url=base)
    if page.refusal:
        raise page.refusal
    return page.next_url


@pytest.mark.parametrize(
    "link", ["http://fhir.example.com/r4?page=2", "http://fhir.example.com:80/r4?page=2"]
)
def test_a_next_page_at_the_same_host_is_asked_for_by_https(link: str) -> None:
    """A server behind a proxy writes http: everything after its first page was lost."""
    assert next_of(link) == "https://fhir.example.com/r4?page=2"
    assert next_of(link, relation="Next") == "https://fhir.example.com/r4?page=2"


@pytest.mark.parametrize(
    "link",
    [
        "http://other.example.com/r4?page=2",
        "http://fhir.example.com:8080/r4?page=2",
        "http://me@fhir.example.com/r4?page=2",
    ],
)
def test_another_host_port_or_user_stays_refused(link: str) -> None:
    with pytest.raises(NextRefused):
        next_of(link)


def test_a_base_at_another_port_is_not_guessed() -> None:
    with pytest.raises(NextRefused):
        next_of("http://fhir.example.com/r4?page=2", base="https://fhir.example.com:8443/r4")


def test_what_is_no_address_is_of_no_origin() -> None:
    """A link that was kept is looked at again before it is asked for."""
    assert not same_origin("http://[broken/", base_url=BASE)


INSIDE = "http://10.0.66.99:8080/fhir/v2"


@pytest.mark.parametrize(
    ("own", "link", "asked", "led_to"),
    [
        (
            "/Coverage?patient=1",
            "/Coverage?patient=1&page=2",
            "/Coverage?patient=1",
            "/Coverage?patient=1&page=2",
        ),
        ("/Coverage", "/_page?id=7", "/Coverage?patient=1", "/_page?id=7"),
        ("?_getpages=7", "?_getpages=7&_getpagesoffset=4", "?_getpages=7", "?_getpages=7&_getpagesoffset=4"),
        ("/Coverage/_search", "/Coverage/_search?ct=7", "/Coverage?patient=1", "/Coverage/_search?ct=7"),
        (
            "/Coverage/_search",
            "/Coverage/_search?ct=8",
            "/Coverage/_search?ct=7",
            "/Coverage/_search?ct=8",
        ),
        ("/Coverage/", "/Coverage/?page=2", "/Coverage?patient=1", "/Coverage/?page=2"),
        ("/Patient", "/Coverage?page=2", "/Coverage?patient=1", None),  # not what was asked for
        ("", "/Coverage?page=2", "/Coverage?patient=1", None),
        ("/Coverage", "00/Coverage?page=2", "/Coverage?patient=1", None),  # another one whose name begins so
    ],
)
def test_a_server_that_knows_itself_by_another_name_leads_on_at_its_own_place(
    own: str, link: str, asked: str, led_to: str | None
) -> None:
    """A gateway hands on what the server behind it writes, all pages but the first were lost. By what that
    calls the page in hand it is known what stands for the base: nothing is asked elsewhere (R-20)."""
    links = [{"relation": "self", "url": INSIDE + own}, {"relation": "next", "url": INSIDE + link}]
    sent = json.dumps({"resourceType": "Bundle", "link": links}).encode()
    page = read_page(sent, url=BASE + asked, base_url=f"{BASE}/")
    assert page.next_url == (led_to and BASE + led_to)
    assert bool(page.refusal) is (led_to is None)


@pytest.mark.parametrize("path", ["", "/inner/fhir", "/r4/r4", ":443/r4"])
@pytest.mark.parametrize("link", ["/Coverage?page=2", "?_getpages=7"])
def test_a_server_that_knows_its_host_and_not_its_path_leads_on_at_its_own_place(
    path: str, link: str
) -> None:
    """A gateway that takes the path away and hands on the host (microsoft/fhir-server 1200, HAPI 2885): the
    second page was asked for where there is none."""
    inside = f"http{'s' if path.startswith(':') else ''}://fhir.example.com{path}"
    links = [
        {"relation": "self", "url": f"{inside}/Coverage?patient=1"},
        {"relation": "next", "url": inside + link},
    ]
    sent = json.dumps({"resourceType": "Bundle", "link": links}).encode()
    page = read_page(sent, url=f"{BASE}/Coverage?patient=1", base_url=BASE)
    assert page.next_url == (f"{BASE}/r4{link}" if path == "/r4/r4" else BASE + link)


def test_a_link_beside_the_base_is_followed_as_it_is_where_the_server_knows_its_place() -> None:
    links = [
        {"relation": "self", "url": f"{BASE}/Coverage"},
        {"relation": "next", "url": "https://fhir.example.com/pages/7"},
    ]
    sent = json.dumps({"resourceType": "Bundle", "link": links}).encode()
    page = read_page(sent, url=f"{BASE}/Coverage", base_url=BASE)
    assert page.next_url == "https://fhir.example.com/pages/7"


@pytest.mark.parametrize("inside", [INSIDE, "http://fhir.example.com/r4"])
def test_a_link_to_the_page_before_is_known_however_the_server_calls_itself(inside: str) -> None:
    links = [
        {"relation": relation, "url": f"{inside}/Coverage?page={page}"}
        for relation, page in (("self", 2), ("next", 1), ("previous", 1))
    ]
    sent = json.dumps({"resourceType": "Bundle", "link": links}).encode()
    page = read_page(sent, url=f"{BASE}/Coverage?page=2", base_url=BASE)
    assert isinstance(page.refusal, EndlessPages)


def test_a_host_that_lost_its_scheme_is_no_folder() -> None:
    """As the API of Zus Health wrote its links for a year."""
    assert next_of("fhir.example.com/r4/Coverage?page=2") == f"{BASE}/Coverage?page=2"


@pytest.mark.parametrize(
    "odd",
    [
        {"entry": [{"resource": CLAIM}, CLAIM | {"id": "c2"}]},
        {"link": [{"rel": "next", "href": "ExplanationOfBenefit?page=2"}]},
        {"link": [{"relation": ["next"], "url": "ExplanationOfBenefit?page=2"}]},
        {"link": [{"relation": "next", "url": {"value": "ExplanationOfBenefit?page=2"}}]},
    ],
)
def test_what_stands_at_its_place_in_another_form_is_a_gap(odd: dict[str, Any]) -> None:
    """R-16: a bare record and a next page's link without their names were passed over in silence."""
    sent = json.dumps(bundle(CLAIM) | odd).encode()
    page = read_page(sent, url=f"{BASE}/ExplanationOfBenefit", base_url=BASE)
    assert [resource.id for resource in page.resources] == ["c1"]
    assert page.has_gaps
    ended = json.dumps(bundle(CLAIM) | {"link": [{"relation": "next", "url": None}]}).encode()
    assert not read_page(ended, url=BASE, base_url=BASE).has_gaps
