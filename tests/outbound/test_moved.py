"""A question that its own server leads on: an address without its slash, http to https, another version."""

from collections.abc import Mapping

import pytest

from apps.outbound.addresses import moved_to
from apps.outbound.door import MOST_MOVES, MOVED, fetch_at_home, open_session
from tests.wire import Reply, serving

ASKED = "https://fhir.example.com/r4/Coverage?patient=p1"
TOKEN = {"Authorization": "Bearer at-1"}


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/r4/Coverage/?patient=p1", "https://fhir.example.com/r4/Coverage/?patient=p1"),
        ("https://fhir.example.com:443/v2/Coverage", "https://fhir.example.com:443/v2/Coverage"),
        ("http://fhir.example.com/r4/Coverage/#top", "https://fhir.example.com/r4/Coverage/"),
        ("http://fhir.example.com:80/r4/Coverage/", "https://fhir.example.com/r4/Coverage/"),
        ("http://fhir.example.com:8080/r4/Coverage/", None),
        ("https://fhir.example.com:8443/r4/Coverage", None),
        ("https://login.example.com/?then=r4", None),
        ("//login.example.com/r4", None),
        ("https://me@fhir.example.com/r4", None),
        ("https://fhir.example.com.evil.example/r4", None),
        ("javascript:alert(1)", None),
        ("https://[fhir", None),
        ("", None),
    ],
)
def test_r_20_a_redirect_is_followed_at_the_same_server_only(location: str, target: str | None) -> None:
    assert moved_to(ASKED, location) == target


@pytest.mark.parametrize("status", sorted(MOVED))
def test_a_question_is_asked_again_where_its_server_leads(status: int) -> None:
    """Django, nginx and API gateways answer so to an address without its slash: all records were lost."""
    proofs: list[str] = []

    def answer(_method: str, target: str, headers: Mapping[str, str], _body: bytes) -> Reply:
        proofs.append(headers.get("authorization", ""))
        path, _, query = target.partition("?")
        here = path.endswith("/")
        return Reply(b"{}") if here else Reply(b"", status, {"Location": f"{path}/?{query}"})

    with serving(answer) as origin:
        moved = fetch_at_home(open_session(plan="demo"), f"{origin}/r4/Coverage?patient=p1", headers=TOKEN)
        assert (moved.status, moved.url) == (200, f"{origin}/r4/Coverage/?patient=p1")
    assert proofs == ["Bearer at-1"] * 2


def test_a_server_that_leads_round_and_round_is_left() -> None:
    asked: list[str] = []

    def answer(_method: str, target: str, _headers: Mapping[str, str], _body: bytes) -> Reply:
        asked.append(target)
        return Reply(b"", 302, {"Location": target})

    with serving(answer) as origin:
        assert fetch_at_home(open_session(plan="demo"), f"{origin}/r4", headers=TOKEN).status == 302
    assert len(asked) == MOST_MOVES + 1
