"""Every address of the site: private unless it is meant to be public, and never without its headers."""

import re
import uuid
from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.accounts.models import Member

PUBLIC = re.compile(
    r"^(|app/.*|privacy/|consumer-health/|terms/|accessibility/|glossary/|plans/.*|healthz|readyz|robots\.txt|"
    r"\.well-known/.*|favicon\.ico|"
    r"connections/callback(/.*)?|"  # says "sign in again" itself, with 403
    r"account/operator/.*|"  # a one-time link signs in
    r"account/closed?/|"  # goodbye; a POST without an account is the second of two clicks (test_closing)
    r"account/password/strength/|"  # whoever signs up types a password
    r"account/mails/stop/.*|"  # a mail program presses for a reader who is not signed in
    r"account/still-here/|"  # says to a page whose session ended that it has
    r"connections/begin/.*|"  # what a plan will be asked for can be read before signing in; nobody's rows
    r"language/|"  # anyone may choose
    r"metrics|"  # this machine, or a token; a test's browser is on this machine
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


FETCH_PARTS = ("plans/",)
"""Public pages that do; those of members are visited by browsers, which complain (tests/journeys)."""
ALL = sorted({example(pattern) for pattern in addresses(get_resolver())})
PRIVATE = [path for path in ALL if not PUBLIC.match(path)]


def test_the_walk_finds_the_pages_of_the_contract() -> None:
    wanted = {
        "", "plans/", "app/", "app/client-metadata.json", "privacy/", "terms/", "accessibility/", "home/",
        "claims/", "coverage/", "connections/", "connections/callback", "account/", "healthz", "readyz",
    }  # fmt: skip
    assert wanted <= set(ALL)
    assert len(PRIVATE) >= 10


def test_a_signed_out_visitor_is_sent_to_sign_in(db: None) -> None:
    for path in PRIVATE:
        for method in ("get", "post"):
            answer = getattr(Client(), method)(f"/{path}")
            assert answer.status_code in (302, 404, 405), path
            if answer.status_code == 302:
                assert answer["Location"].startswith("/account/login/"), path


def test_a_password_is_asked_for_by_our_own_sign_in_alone(bob: Member) -> None:
    """Nobody types the one of a plan here: neither a visitor nor a member finds a field for it."""
    asking = set()
    for path in ALL:
        member = Client()  # anew: some of the addresses sign out
        member.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
        for browser in (Client(), member):
            if b'type="password"' in browser.get(f"/{path}").content:
                asking.add(path.split("/")[0])
    assert "account" in asking and asking <= {"account", "admin"}


OURS = {"'self'", "'none'", "'script'", "data:"}
"""All that a page of a visitor may load, ask, or be in: ourselves, or what it holds."""


def sources(policy: str) -> set[str]:
    """Return what a Content-Security-Policy lets a page load, send to and be in."""
    return {word for part in policy.split(";") for word in part.split()[1:]}


def test_every_response_carries_its_security_headers(db: None) -> None:
    for path in ALL:
        answer = Client().get(f"/{path}")
        assert answer.status_code < 500, path
        assert "default-src 'none'" in answer["Content-Security-Policy"], path
        assert sources(answer["Content-Security-Policy"]) <= OURS, path
        # No text becomes markup; but where htmx puts in what it fetched.
        strict = (
            "require-trusted-types-for 'script'; trusted-types 'none'"  # nor by any policy of a script's own
        )
        is_strict = strict in answer["Content-Security-Policy"]
        assert is_strict or path in FETCH_PARTS, path
        assert not (is_strict and b" hx-get=" in answer.content), path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert "Retry-After" not in answer, f"nobody was in haste: {path}"
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["Referrer-Policy"] in ("same-origin", "no-referrer"), path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Embedder-Policy"] == "require-corp", path  # S-12
        shared_with = "cross-origin" if path == "app/client-metadata.json" else "same-origin"
        assert answer["Cross-Origin-Resource-Policy"] == shared_with, path
        for part_of_the_device in ("camera", "geolocation", "microphone", "usb"):
            assert f"{part_of_the_device}=()" in answer["Permissions-Policy"], (path, part_of_the_device)


def test_private_pages_are_kept_out_of_caches_and_search_engines(bob: Member) -> None:
    for path in PRIVATE:
        if "00000007" in path:
            continue
        client = Client()  # anew: some of the addresses sign out
        client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get(f"/{path}")
        assert answer["Cache-Control"] == "no-store, private", path
        assert "noindex" in answer["X-Robots-Tag"], path
