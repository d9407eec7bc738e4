"""What an operator sees of members."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.admin import MemberAdmin
from apps.accounts.models import Member
from tests.conftest import by_passkey


def test_the_list_shows_no_address_of_a_member(operator: Client, alice: Member) -> None:
    html = operator.get(reverse("admin:accounts_member_changelist")).content.decode()
    assert str(alice.pk) in html
    assert alice.email not in html


def test_only_the_whole_address_finds_a_member(operator: Client, alice: Member) -> None:
    url = reverse("admin:accounts_member_changelist")
    assert str(alice.pk) in operator.get(url, {"q": " Alice@example.com "}).content.decode()
    assert str(alice.pk) not in operator.get(url, {"q": "alice"}).content.decode()


def test_members_are_neither_made_nor_deleted_here(operator: Client, alice: Member) -> None:
    assert operator.get(reverse("admin:accounts_member_add")).status_code == 403
    assert operator.get(reverse("admin:accounts_member_delete", args=[alice.pk])).status_code == 403


def test_a_closed_account_is_signed_out_at_once(
    operator: Client, alice: Member, alice_client: Client
) -> None:
    Member.objects.filter(pk=alice.pk).update(is_active=False)
    assert alice_client.get(reverse("accounts:account")).status_code == 302
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    form, again = {"login": alice.email, "password": "a long password of alice"}, Client()
    again.post(reverse("account_login"), form)
    assert "_auth_user_id" not in again.session, "nor is anybody signed in anew"
    Member.objects.filter(pk=alice.pk).update(is_active=True)
    again.post(reverse("account_login"), form)
    assert "_auth_user_id" in again.session


def test_an_account_that_is_being_erased_cannot_be_opened_again(operator: Client, alice: Member) -> None:
    """Half of its rows may be gone: neither the admin nor a mistake of ours lets anybody in."""
    Member.objects.filter(pk=alice.pk).update(is_active=False, closing_at=timezone.now())
    url = reverse("admin:accounts_member_change", args=[alice.pk])
    assert 'name="is_active"' not in operator.get(url).content.decode()
    assert operator.post(url, {"is_active": "on"}).status_code == 302
    alice.refresh_from_db()
    assert not alice.is_active
    with pytest.raises(IntegrityError), transaction.atomic():
        Member.objects.filter(pk=alice.pk).update(is_active=True)


def test_what_a_member_changes_while_the_account_is_suspended_stays(
    operator: Client, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Her new address arrives after the row was read for the form, and before it is saved."""
    read = MemberAdmin.has_change_permission

    def and_she_changes(*asked: Any) -> bool:
        Member.objects.filter(pk=alice.pk).update(email="new@example.com")
        return read(*asked)

    monkeypatch.setattr(MemberAdmin, "has_change_permission", and_she_changes)
    operator.post(reverse("admin:accounts_member_change", args=[alice.pk]), {})
    alice.refresh_from_db()
    assert (alice.email, alice.is_active) == ("new@example.com", False)


def test_addresses_have_no_list_of_their_own(operator: Client) -> None:
    html = operator.get(reverse("admin:index")).content.decode()
    assert "emailaddress" not in html.lower()


def test_an_operator_who_is_no_superuser_cannot_make_operators(alice: Member) -> None:
    from django.contrib.auth.models import Permission  # noqa: PLC0415

    alice.is_staff = True
    alice.save()
    alice.user_permissions.set(Permission.objects.filter(codename__in=["change_member", "view_member"]))
    client = by_passkey(alice)
    url = reverse("admin:accounts_member_change", args=[alice.pk])
    client.post(url, {"is_active": "on", "is_staff": "on", "is_superuser": "on"})
    alice.refresh_from_db()
    assert not alice.is_superuser


def test_operators_sign_in_where_members_do_with_the_same_limits(client: Client) -> None:
    """W-18: Django's own admin form knows no rate limit."""
    answer = client.get("/admin/login/?next=/admin/")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/account/login/")
