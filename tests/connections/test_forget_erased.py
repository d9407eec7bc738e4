"""`manage.py forget_erased`: after a restore, whose keys are gone is not there as if alive."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import account_closure
from apps.connections.models import Identity
from apps.vault.boxes import house_box
from apps.vault.models import DataKey
from tests.conftest import signed_in
from tests.connections.everything import tables_with
from tests.vault.given import resources


@pytest.fixture
def restored(alice: Member, bob: Member) -> Member:
    """Return who closed the account after the backup of the records: there with records, without keys."""
    resources(alice, 3), resources(bob, 2)
    plan = bob.connections.get().plan
    Identity.objects.create(
        member=alice, plan=plan, issuer="i", subject_digest="d", created_at=timezone.now()
    )
    DataKey.objects.filter(member=alice).delete()
    return alice


def run(**options: Any) -> str:
    """Run the command and return what it says."""
    said = StringIO()
    call_command("forget_erased", stdout=said, stderr=said, **options)
    return said.getvalue()


def test_who_closed_the_account_is_gone_and_who_did_not_is_untouched(restored: Member, bob: Member) -> None:
    names = (str(restored.pk), restored.pk.hex, str(restored.email))
    signed_in(restored)
    said = run(yes=True)
    assert "members with sealed records and no data key: 1\n" in said
    assert said.endswith("Erased: 1, and accounts that were being closed.\n")
    assert tables_with(*names) == set()
    assert bob.records.count() == 2
    assert Member.objects.get() == bob
    assert "There is nobody to erase." in run(yes=True)


def test_it_asks_first(restored: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("builtins.input", lambda text: asked.append(text) or "no")
    with pytest.raises(CommandError, match=r"Nothing was changed"):
        run()
    assert asked == ["Erase 1 members for good? (yes/no) "]
    assert Member.objects.get(pk=restored.pk).is_active
    monkeypatch.setattr("builtins.input", lambda _: "yes")
    run()
    assert not Member.objects.filter(pk=restored.pk).exists()


@pytest.mark.parametrize("is_house_there", [True, False])
def test_without_any_members_key_it_is_a_restore_without_keys_and_nothing_is_erased(
    restored: Member, is_house_there: bool
) -> None:
    DataKey.objects.all().delete()
    if is_house_there:
        house_box()
    with pytest.raises(CommandError, match=r"a restore without keys"):
        run(yes=True, also_empty=True)
    assert Member.objects.filter(is_active=True).count() == 2


def test_who_has_no_records_stays_unless_it_is_said_and_an_operator_always(restored: Member) -> None:
    empty = Member.objects.create_user("carol@example.com", "a long password of carol")
    Member.objects.create_superuser("olga@example.com", "a long password of olga")
    Member.objects.create_user("omar@example.com", "a long password of omar", is_staff=True)
    assert "members with neither: 1 (they stay)" in run(yes=True)
    assert Member.objects.filter(pk=empty.pk).exists()
    assert "Erased: 1," in run(yes=True, also_empty=True)
    assert not Member.objects.filter(pk=empty.pk).exists()
    assert Member.objects.filter(email__startswith="o", is_active=True).count() == 2


def test_keys_that_look_older_than_the_records_are_told_of(restored: Member, monkeypatch: Any) -> None:
    Member.objects.filter(pk=restored.pk).update(date_joined=timezone.now() + timedelta(minutes=1))
    monkeypatch.setattr("builtins.input", lambda _: "no")
    said = StringIO()
    with pytest.raises(CommandError, match=r"Nothing was changed"):
        call_command("forget_erased", stdout=StringIO(), stderr=said)
    assert "1 of them joined after the newest key was made" in said.getvalue()
    assert "restore newer keys." in said.getvalue()


def test_cut_off_it_goes_on(restored: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody gets in from its first moment on; workers, or the command again, erase what is left."""

    class Killed(BaseException):
        pass

    def killed(*_: Any, **__: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(account_closure, "_erase", killed)
        with pytest.raises(Killed):
            run(yes=True)
    half = Member.objects.get(pk=restored.pk)
    assert not half.is_active
    assert not half.identities.exists()
    assert account_closure.finish_all(now=timezone.now()) == 1
    assert not Member.objects.filter(pk=restored.pk).exists()


def test_what_could_not_be_erased_is_said(restored: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(account_closure, "_what_points_to_members", lambda: 1 / 0)
        with pytest.raises(CommandError, match=r"1 closed accounts are not erased yet"):
            run(yes=True)
    assert "Erased: 0, and accounts that were being closed." in run(yes=True)
    assert not Member.objects.filter(pk=restored.pk).exists()


def test_the_status_of_the_keys_names_how_many_there_are(restored: Member) -> None:
    said = StringIO()
    call_command("rotate_keys", status=True, stdout=said)
    assert "members with sealed records and no data key: 1 " in said.getvalue()
    run(yes=True)
    said = StringIO()
    call_command("rotate_keys", status=True, stdout=said)
    assert "no data key" not in said.getvalue()
