"""Where the browser lands: never where a parameter says, always on an address without secrets."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.conftest import signed_in
from tests.connections.conftest import YES, come_back, forget_tries, leave, nothing_happened
from tests.connections.stub_plan import StubPlan

PAYLOADS = [
    "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example",
    "\\\\evil.example", "/\\/evil.example", "//evil.example/%2f..", "/%09/evil.example", "/%0d/evil.example",
    "/%5cevil.example", "%2f%2fevil.example", "https:evil.example", "https:/evil.example",
    "https://evil.example", "https:///evil.example", "https:\\\\evil.example", "http://evil.example",
    "HTTPS://EVIL.EXAMPLE", "https://127.0.0.1:8000@evil.example", "https://testserver@evil.example",
    "https://testserver.evil.example", "https://evil.example#testserver", "https://evil.example?testserver",
    "https://evil.example\\.testserver", "//testserver@evil.example", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", "javascript://testserver/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>", "vbscript:x", "file:///etc/passwd", "ftp://evil.example",
    "%0d%0aLocation:%20https://evil.example", "\r\nLocation: https://evil.example", "/\r\n//evil.example",
    "/\t/evil.example", " //evil.example", "\x00//evil.example", "．．//evil.example", "//evil。example",
    "〱//evil.example", "///testserver//evil.example", "mailto:x@evil.example",
]  # fmt: skip
NAMES = ("next", "redirect_uri", "return_to", "url", "RelayState", "target_link_uri")


def stays_here(page: HttpResponse) -> bool:
    """Whether the answer leads to a path of ours, or nowhere, and splits no header."""
    where = page.headers.get("Location", "/")
    parts = urlsplit(where)
    return (
        not parts.scheme
        and not parts.netloc
        and not where.startswith(("//", "/\\"))
        and not set("\r\n\t\\") & set(where)
    )


def everywhere(payload: str) -> dict[str, str]:
    """Return the payload under every name a careless view might listen to."""
    return dict.fromkeys(NAMES, payload)


def test_o_37_the_callback_lands_on_our_own_page(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-37: whatever is added to the plan's answer, at either door."""
    for payload in PAYLOADS[::8]:
        forget_tries()
        page = come_back(alice_client, {**stub.sign_in(leave(alice_client, plan)), **everywhere(payload)})
        assert page.status_code == 303, payload
        assert page["Location"].startswith("/connections/"), payload
        assert stays_here(page), payload


def test_o_37_no_other_view_of_connections_follows_a_parameter(
    alice_client: Client, plan: Plan, quiet: Connection
) -> None:
    """O-37: setting out, looking on, ending, and the refusals of the callback."""
    for payload in PAYLOADS[::8]:
        extra = everywhere(payload)
        forget_tries()
        pages = [
            alice_client.get(f"/connections/begin/{plan.slug}/", extra),
            alice_client.post(f"/connections/begin/{plan.slug}/", extra),
            alice_client.get("/connections/callback", {"state": "x", "code": "x", **extra}),
            alice_client.get("/connections/callback", {"state": payload, "code": payload}),
            alice_client.get(f"/connections/callback/{plan.slug}", extra),
            alice_client.get("/connections/", extra),
            alice_client.get(f"/connections/{quiet.pk}/", extra),
            alice_client.get(f"/connections/{quiet.pk}/disconnect/", extra),
            alice_client.post(f"/connections/{quiet.pk}/disconnect/", extra),
        ]
        for page in pages:
            assert stays_here(page), payload
            assert payload not in page.content.decode(), payload


def test_o_37_signing_in_first_leads_to_no_other_site(
    client: Client, alice: Member, plan: Plan, settings: Any
) -> None:
    """O-37: `next` after signing in, on the way to a plan; at least forty payloads, as O-37 asks."""
    assert len(set(PAYLOADS)) >= 40
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    alice.set_password("a long password of alice")
    alice.save()
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    form = {"login": alice.email, "password": "a long password of alice"}
    for payload in PAYLOADS:
        cache.clear()
        page = Client().post("/account/login/", {**form, "next": payload})
        assert page.status_code == 302, payload
        assert stays_here(page), payload


def test_o_37_signing_out_leads_to_no_other_site(alice: Member) -> None:
    for payload in PAYLOADS[::2]:
        browser = signed_in(alice)
        page = browser.post("/account/logout/", {"next": payload})
        assert page.status_code == 302, payload
        assert stays_here(page), payload


@pytest.mark.parametrize("answer", ["good", "error", "unknown", "incomplete", "signed out"])
def test_o_38_the_callback_is_kept_nowhere_and_passed_on_to_nobody(
    alice_client: Client, plan: Plan, stub: StubPlan, answer: str
) -> None:
    """O-38: no referrer, no cache, nothing of third parties, no code in the page, a 303 for good news."""
    good = stub.sign_in(leave(alice_client, plan))
    sent = {
        "error": {"state": good["state"], "error": "access_denied"},
        "unknown": {**good, "state": "unknown"},
        "incomplete": {"code": good["code"]},
    }.get(answer, good)
    page = come_back(Client() if answer == "signed out" else alice_client, sent)
    assert page["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page["Cache-Control"]
    text = page.content.decode()
    assert good["code"] not in text
    assert good["state"] not in text
    for attribute in ('src="', "src='", 'action="', '<link rel="stylesheet" href="'):
        for piece in text.split(attribute)[1:]:
            assert piece.startswith("/") and not piece.startswith("//")
    if answer == "good":
        assert page.status_code == 303
        assert not urlsplit(page["Location"]).netloc
        assert "code=" not in page["Location"]


def test_o_39_two_tabs_for_one_plan_end_in_one_connection(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-39: whichever comes back first."""
    first, second = leave(alice_client, plan), leave(alice_client, plan)
    assert come_back(alice_client, stub.sign_in(second)).status_code == 303
    assert come_back(alice_client, stub.sign_in(first)).status_code == 303
    assert alice.connections.count() == 1


def test_o_39_another_member_who_signed_in_meanwhile_gets_nothing(
    alice_client: Client, bob: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-39: one browser, Alice left for the plan, Bob signed in, the plan answers: no cross-user link."""
    answer = stub.sign_in(leave(alice_client, plan))
    alice_client.logout()
    alice_client.force_login(bob, backend="django.contrib.auth.backends.ModelBackend")
    page = come_back(alice_client, answer)
    assert page.status_code == 403
    assert b"another sign-in" in page.content
    assert nothing_happened(stub)
    assert not bob.connections.exists()


def test_o_40_an_attackers_answer_cannot_be_planted_on_a_member(
    alice_client: Client, bob_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-40: Bob stops before coming back and has Alice's browser open his answer, also with her state."""
    bobs = stub.sign_in(leave(bob_client, plan))
    hers = stub.sign_in(leave(alice_client, plan))
    assert come_back(alice_client, bobs).status_code == 403
    assert nothing_happened(stub)
    # His code under her state: the plan itself refuses it, because the verifier does not fit (RFC 7636).
    page = come_back(alice_client, {"state": hers["state"], "code": bobs["code"]})
    assert page.status_code == 400
    assert not alice.connections.exists()


def test_o_41_the_session_cookie_is_lax_and_answers_come_in_the_address(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-41: Strict would be left out on the way back; form_post would need None."""
    assert site.SESSION_COOKIE_SAMESITE == "Lax"
    assert site.SESSION_COOKIE_HTTPONLY
    page: Any = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    for cookie in page.cookies.values():
        assert cookie["samesite"] == "Lax"
    assert "response_mode" not in page.content.decode()
    answer = stub.sign_in(leave(alice_client, plan))
    assert alice_client.post("/connections/callback", answer).status_code == 405
    assert nothing_happened(stub)
