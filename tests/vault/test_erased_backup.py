"""A drill: what an old backup still holds of a member who left cannot be read, and the others' can (D-09)."""

from pathlib import Path

from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import closing
from tests.vault.copies import Backup, looked_at, managed
from tests.vault.given import body_of, resources


def test_d_09_old_records_and_present_keys_open_for_who_stayed_and_not_for_who_left(
    shared_database: None, alice: Member, bob: Member, tmp_path: Path
) -> None:
    hers, his = resources(alice, 3), resources(bob, 2)
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir(), after.mkdir()
    kept = Backup(before), Backup(after)
    joined_later = Member.objects.create_user("carol@example.com", "a long password of carol")
    resources(joined_later, 1)
    try:
        whole = looked_at(kept[0].restored_with_present_keys())
        closing.close(member=alice, now=timezone.now())
        address = kept[1].restored_with_present_keys()
        after_erasing = looked_at(address)
        said = managed(address, "forget_erased", "--yes")
        after_it = looked_at(address)
    finally:
        kept[1].drop()
    assert sorted(whole["alice@example.com"]) == sorted(body_of(row, 0).decode() for row in hers)
    assert after_erasing["alice@example.com"] == ["KeyMissing"] * len(hers)
    assert sorted(after_erasing["bob@example.com"]) == sorted(body_of(row, 0).decode() for row in his)
    assert "members with sealed records and no data key: 1\n" in said
    assert after_it == {"bob@example.com": after_erasing["bob@example.com"]}
