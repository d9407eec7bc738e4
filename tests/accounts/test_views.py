"""The account page and what can be changed from it."""

import re

from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from tests.accounts.made_passkeys import a_passkey
from tests.conftest import by_passkey, signed_in


def test_the_account_page_shows_only_the_members_own_address(alice_client: Client, bob: Member) -> None:
    html = alice_client.get(reverse("accounts:account")).content.decode()
    assert "alice@example.com" in html
    assert bob.email not in html
    for name in ("account_change_password", "account_email", "account_logout", "connections:list"):
        assert reverse(name) in html


def test_who_has_one_way_in_is_told_so_and_who_has_two_is_not(alice: Member, alice_client: Client) -> None:
    told = "There is one way into your account"
    assert told in alice_client.get(reverse("accounts:account")).content.decode()
    a_passkey(alice, "phone")
    assert told not in alice_client.get(reverse("accounts:account")).content.decode()


def test_every_link_of_a_members_page_leads_somewhere(alice_client: Client) -> None:
    links = re.findall(
        r'<a [^>]*href="([^"]*)"', alice_client.get(reverse("accounts:account")).content.decode()
    )
    assert {"/home/", "/claims/", "/coverage/", "/connections/", "/account/"} <= set(links)
    assert "" not in links


def test_a_new_password_signs_out_the_other_browser_w_13(alice: Member, alice_client: Client) -> None:
    other = signed_in(alice)
    new = "nine slow paper boats"
    form = {"oldpassword": "a long password of alice", "password1": new, "password2": new}
    confirm_it_is_alice(alice_client)
    answer = alice_client.post(reverse("account_change_password"), form)
    assert answer.headers["Location"] == reverse("accounts:account")
    assert alice_client.get(reverse("accounts:account")).status_code == 200
    assert other.get(reverse("accounts:account")).status_code == 302
    assert mail.outbox[-1].subject == "Your password was changed"


def test_a_new_address_counts_only_after_its_code(alice: Member, alice_client: Client) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    confirm_it_is_alice(alice_client)
    answer = alice_client.post(reverse("account_email"), {"email": "new@example.com", "action_add": ""})
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    code = re.search(r"^ {4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code
    alice_client.post(answer.headers["Location"], {"code": code[1]})
    assert EmailAddress.objects.filter(user=alice, email="new@example.com", verified=True).exists()


def test_account_pages_are_ours_and_free_of_inline_style(alice: Member, alice_client: Client) -> None:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    confirm_it_is_alice(alice_client)
    for name in ("account_email", "account_change_password", "account_logout", "account_reauthenticate"):
        html = alice_client.get(reverse(name)).content.decode()
        assert 'class="brand"' in html
        assert "style=" not in html
        assert "<script>" not in html


def confirm_it_is_alice(client: Client) -> None:
    """Enter the password once more, as changing the account asks for."""
    client.post(reverse("account_reauthenticate"), {"password": "a long password of alice"})


def test_a_form_sent_without_its_proof_gets_a_page_that_says_what_to_do(alice: Member) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": alice.email, "password": "x"})
    assert answer.status_code == 403
    assert "Please send that again" in answer.content.decode()


def test_browsers_send_the_origin_that_forms_are_checked_by(settings: object) -> None:
    # With "no-referrer" a browser sends "Origin: null" with every form, and every form is refused.
    assert getattr(settings, "SECURE_REFERRER_POLICY", "") == "same-origin"


def test_what_we_know_names_nothing_as_there_that_this_account_may_not_have(alice: Member) -> None:
    """Who comes in by passkey or plan alone has no password, and a password needs an address."""
    alice.set_unusable_password()
    alice.email = ""
    alice.save()
    browser = signed_in(alice)
    html = browser.get(reverse("accounts:account")).content.decode()
    assert "whichever you use" in html
    assert "your password, when you joined" not in html
    assert "works together with your e-mail address" not in html
    assert "Give an e-mail address first" in html


def test_an_operators_account_offers_no_sign_in_by_a_plan(bob: Member, alice_client: Client) -> None:
    """A plan never opens an account that may enter the admin."""
    Member.objects.filter(pk=bob.pk).update(is_staff=True)
    a_passkey(bob, "key")
    pages = [client.get("/account/").content.decode() for client in (alice_client, by_passkey(bob))]
    assert ["Some plans can sign you in here too" in page for page in pages] == [True, False]
