"""The language of the pages: asked for by the browser, chosen, kept on the account."""

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.core.context import request_context
from django.core import mail
from django.core.cache import cache
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.accounts.adapter import AccountAdapter
from apps.accounts.models import Member
from tests.accounts.made_passkeys import a_passkey
from tests.both_languages import untranslated
from tests.conftest import by_passkey, signed_in

PASSWORD = "a long password of alice"
HOSTILE = ["", "de", "es-", "ES", "es\x00", "../../es", "<b>", "e" * 5000, "en\r\nSet-Cookie: a=b", "español"]
ELSEWHERE = [
    "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "javascript:alert(1)",
    "http:evil.example", "\\\\evil.example", "https:///evil.example", "\thttps://evil.example",
    "data:text/html,x",
]  # fmt: skip


def language_of(client: Client, path: str = "/privacy/", **headers: str) -> str:
    """Return the language a page says it is in."""
    answer = client.get(path, headers=headers)
    match = re.search(r'<html lang="([^"]*)"', answer.content.decode())
    assert match
    assert answer.headers["Content-Language"] == match[1]
    return match[1]


def choose(client: Client, language: str, **more: str) -> str:
    """Choose on the page; return where that leads."""
    answer = client.post(reverse("language"), {"language": language, **more})
    return str(answer.headers.get("Location", answer.status_code))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("es", "es"), ("es-MX,es;q=0.9,en;q=0.8", "es"), ("en-US,en;q=0.9,es;q=0.5", "en"),
        ("fr,es;q=0.5", "es"),
        ("fr", "en"), ("", "en"), ("*", "en"), ("es;q=x", "en"), ("\x00", "en"), ("es," * 5000, "es"),
    ],
)  # fmt: skip
def test_a_visitor_reads_what_the_browser_asks_for_else_english(asked: str, spoken: str) -> None:
    assert language_of(Client(), accept_language=asked) == spoken


@pytest.mark.django_db
def test_a_visitor_who_chooses_keeps_it_in_this_browser_whatever_the_browser_asks_for() -> None:
    client = Client()
    assert choose(client, "es", next="/plans/") == "/plans/"
    assert language_of(client, accept_language="en") == "es"
    assert choose(client, "en", next="/plans/") == "/plans/"
    assert language_of(client, accept_language="es") == "en"
    assert language_of(Client(), accept_language="en") == "en"


def test_the_cookie_of_the_choice_is_no_business_of_scripts_or_other_sites(
    settings: object, db: None
) -> None:
    client = Client()
    choose(client, "es")
    cookie = client.cookies["django_language"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_member_keeps_the_choice_over_sessions_and_devices(alice: Member) -> None:
    choose(signed_in(alice), "es")
    assert language_of(signed_in(alice), accept_language="en") == "es"
    alice.refresh_from_db()
    assert alice.language == "es"


def test_the_choice_of_one_member_is_not_that_of_another(alice: Member, bob: Member) -> None:
    choose(signed_in(alice), "es")
    assert language_of(signed_in(bob)) == "en"


def test_a_choice_before_signing_in_is_kept_on_the_account(alice: Member) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    client = Client()
    choose(client, "es")
    client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert language_of(signed_in(alice), accept_language="en") == "es"


def test_a_choice_in_another_browser_does_not_change_what_the_account_keeps(alice: Member) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    choose(signed_in(alice), "es")
    client = Client()
    choose(client, "en")
    client.post(reverse("account_login"), {"login": alice.email, "password": PASSWORD})
    assert language_of(client) == "es"


@pytest.mark.parametrize("language", HOSTILE)
def test_a_language_there_is_not_changes_nothing(alice: Member, language: str) -> None:
    client = signed_in(alice)
    assert choose(client, language, next="/plans/") == "/plans/"
    alice.refresh_from_db()
    assert alice.language == ""
    assert "django_language" not in client.cookies
    assert language_of(client) == "en"


@pytest.mark.parametrize("language", [*HOSTILE[1:], "fr"])
def test_a_made_up_cookie_or_a_row_from_elsewhere_is_as_none(alice: Member, language: str) -> None:
    client = Client()
    client.cookies["django_language"] = re.sub(r"[\x00-\x1f]", "", language)
    assert language_of(client) in {"en", "es"}
    Member.objects.update(language=language[:8].replace("\x00", "\x01"))  # PostgreSQL stores no NUL
    assert language_of(signed_in(alice)) == "en"


@pytest.mark.django_db
@pytest.mark.parametrize("target", ELSEWHERE)
def test_o_37_choosing_a_language_never_leads_to_another_site(target: str) -> None:
    assert choose(Client(), "es", next=target) == "/"
    answer = Client().post(f"{reverse('language')}?next={target}", {"language": "es"})
    assert answer.headers["Location"] == "/"
    referred = Client().post(reverse("language"), {"language": "es"}, headers={"referer": target.strip()})
    assert referred.headers["Location"] == "/"


@pytest.mark.django_db
@pytest.mark.parametrize("target", [*ELSEWHERE, '"><script>alert(1)</script>'])
def test_the_page_of_languages_carries_any_next_as_text_alone(target: str) -> None:
    html = Client().get(reverse("language"), {"next": target}).content.decode()
    assert "<script>alert" not in html
    assert f'href="{target}"' not in html


class AnyLanguage(TestCase):
    """Whatever is sent, the answer is a way back to this site."""

    @given(language=st.text(max_size=40), target=st.text(max_size=40))
    def test_any_text_as_language_and_next_leads_somewhere_on_this_site(
        self, language: str, target: str
    ) -> None:
        where = choose(Client(), language, next=target)
        assert not re.match(r"\s*(//|\\|[a-zA-Z]+:)", where)


def test_the_operators_pages_are_english_whatever_was_chosen(db: None) -> None:
    boss = Member.objects.create_superuser("boss@example.com", "a long password of the boss", language="es")
    client = by_passkey(boss)
    choose(client, "es")
    assert language_of(client) == "es"
    html = client.get("/admin/", headers={"accept-language": "es"}).content.decode()
    assert '<html lang="en"' in html
    assert "Add" in html
    assert "Añadir" not in html


def a_password_change(client: Client, alice: Member) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    new = "nine slow paper boats"
    client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )


def a_forgotten_password(_client: Client, alice: Member) -> None:
    Client().post(
        reverse("account_reset_password"), {"email": alice.email}, headers={"accept-language": "en"}
    )


def a_second_account(_client: Client, alice: Member) -> None:
    Client().post(reverse("account_signup"), {"email": alice.email, "password1": "nine slow paper boats"})


def an_address(client: Client, _alice: Member) -> None:
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("account_email"), {"action_add": "", "email": "alice@elsewhere.example.com"})


def a_removed_passkey(client: Client, alice: Member) -> None:
    passkey = a_passkey(alice, "Alicia 1")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("accounts:remove_passkey", args=[passkey.pk]))


@pytest.mark.parametrize(
    "cause",
    [a_password_change, a_forgotten_password, a_second_account, an_address, a_removed_passkey],
)
def test_mails_are_in_the_members_language(alice: Member, cause: Callable[[Client, Member], None]) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    told: dict[str, list[str]] = {}
    for language in ("en", "es"):
        cache.clear()
        with transaction.atomic():
            Member.objects.update(language=language)
            cause(signed_in(alice), alice)
            transaction.set_rollback(True)
        assert mail.outbox
        told[language] = [
            line for sent in mail.outbox for line in (sent.subject, *str(sent.body).splitlines())
        ]
        mail.outbox.clear()
    assert untranslated(told["en"], told["es"]) == []


def test_a_mail_to_nobody_we_know_is_in_the_language_of_the_page(db: None) -> None:
    form = {"email": "charlie@example.com"}
    Client().post(reverse("account_reset_password"), form, headers={"accept-language": "es"})
    assert mail.outbox[0].subject == "No hay cuenta con esta dirección"


@pytest.mark.parametrize(
    "template",
    [
        *(f"account/email/{name}" for name in ("email_changed", "email_confirm", "email_deleted")),
        *(f"account/email/{name}" for name in ("password_reset", "password_set", "email_confirmation")),
        *("mfa/email/recovery_codes_generated", "mfa/email/webauthn_added"),
    ],
)
def test_rare_mails_are_in_the_members_language_too(alice: Member, rf: RequestFactory, template: str) -> None:
    told: dict[str, list[str]] = {}
    for language in ("en", "es"):
        alice.language = language
        context = {
            "user": alice, "request": rf.get("/"), "from_email": "a@example.com", "to_email": "b@example.com",
            "deleted_email": "a@example.com", "timestamp": "2026", "code": "ABCD-EFGH",
            "site_url": "https://plainclaim.example",
        }  # fmt: skip
        with request_context(rf.get("/")):
            AccountAdapter().send_mail(template, str(alice.email), context)
        told[language] = [mail.outbox[-1].subject, *str(mail.outbox[-1].body).splitlines()]
    assert untranslated(told["en"], told["es"], names=["ABCD", "EFGH"]) == []
