"""Every address of the site: private unless it is meant to be public, and never without its headers."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

PUBLIC = re.compile(
    r"^(|app/.*|privacy/|terms/|accessibility/|glossary/|plans/.*|healthz|readyz|robots\.txt|\.well-known/.*|favicon\.ico|"
    r"connections/callback(/.*)?|"  # says "sign in again" itself, with 403
    r"account/closed?/|"  # goodbye; a POST without an account is the second of two clicks (test_closing)
    r"connections/begin/.*|"  # what a plan will be asked for can be read before signing in; nobody's rows
    r"language/|"  # anyone may choose
    r"launch|"  # a portal's link: 400, or on to the page before leaving; starts nothing
    r"account/(login|signup|logout|inactive|confirm-email|password/reset|reauthenticate).*|admin/.*)$"
)
EXAMPLES = {
    "<uuid:": str(uuid.UUID(int=7)), "<slug:": "no-such-plan", "<str:": "x", "<int:": "7", "<path:": "x",
}  # fmt: skip


def addresses(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        pattern = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from addresses(entry, pattern)
        elif isinstance(entry, URLPattern):
            yield pattern


def example(pattern: str) -> str:
    """Return a path that matches *pattern* with values that exist nowhere."""
    pattern = re.sub(r"\(\?P<\w+>[^)]*\)", "x", pattern)

    def value(match: re.Match[str]) -> str:
        return next((text for start, text in EXAMPLES.items() if match[0].startswith(start)), "x")

    path = re.sub(r"<[^>]+>", value, pattern)
    return path.replace("^", "").replace("$", "").replace("\\", "").replace("/?", "/")


ALL = sorted({example(pattern) for pattern in addresses(get_resolver())})
PRIVATE = [path for path in ALL if not PUBLIC.match(path)]


def test_the_walk_finds_the_pages_of_the_contract() -> None:
    wanted = {
        "", "plans/", "app/", "app/client-metadata.json", "privacy/", "terms/", "accessibility/", "home/",
        "claims/", "coverage/", "connections/", "connections/callback", "account/", "healthz", "readyz",
    }  # fmt: skip
    assert wanted <= set(ALL)
    assert len(PRIVATE) >= 10


@pytest.mark.parametrize("path", PRIVATE)
def test_a_signed_out_visitor_is_sent_to_sign_in(db: None, client: Client, path: str) -> None:
    for answer in (client.get(f"/{path}"), client.post(f"/{path}")):
        assert answer.status_code in (302, 404, 405), path
        if answer.status_code == 302:
            assert answer["Location"].startswith("/account/login/"), path


@pytest.mark.parametrize("path", ALL)
def test_every_response_carries_its_security_headers(db: None, client: Client, path: str) -> None:
    answer = client.get(f"/{path}")
    assert answer.status_code < 500, path
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"  # S-12
    assert answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("path", [path for path in PRIVATE if "00000007" in path])
def test_a_row_that_is_not_yours_does_not_exist(bob_client: Client, path: str) -> None:
    assert bob_client.get(f"/{path}").status_code in (404, 405)
    assert bob_client.post(f"/{path}").status_code in (404, 405)


@pytest.mark.parametrize("path", [path for path in PRIVATE if "00000007" not in path])
def test_private_pages_are_kept_out_of_caches_and_search_engines(bob_client: Client, path: str) -> None:
    answer = bob_client.get(f"/{path}")
    assert answer["Cache-Control"] == "no-store, private", path
    assert "noindex" in answer["X-Robots-Tag"]
