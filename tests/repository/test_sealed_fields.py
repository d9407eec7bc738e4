"""Every column of every table is sealed, or on the list of what may be read, with a reason (D-01)."""

from collections import Counter
from collections.abc import Iterator

from django.apps import apps
from django.db import models

from apps.vault.registry import PREFIX, sealed_models, sealed_texts
from tests.repository.readable_fields import READABLE

# Numbers and UUIDs that we made. A primary key of another type may say something, and has to be decided.
OURS = (models.AutoField, models.BigAutoField, models.UUIDField, models.PositiveSmallIntegerField)
SEALED_TEXTS = {(text.label, text.column) for text in sealed_texts()}


def columns() -> Iterator[tuple[str, models.Field]]:
    """Yield every concrete field of every model of every installed app, tables of many-to-many too."""
    for model in apps.get_models(include_auto_created=True):
        for column in model._meta.concrete_fields:
            yield f"{model._meta.label}.{column.name}", column


def is_ours(column: models.Field) -> bool:
    """Whether it is a key of a row that we made, or refers to one."""
    return column.is_relation or (column.primary_key and isinstance(column, OURS))


def is_sealed(column: models.Field) -> bool:
    """Whether all it holds is sealed."""
    return column.name.startswith(PREFIX) or (column.model._meta.label, column.name) in SEALED_TEXTS


def listed() -> list[str]:
    """Return what the list names, once for each time."""
    return [
        f"{label}.{name}"
        for under in READABLE.values()
        for label, names in under.items()
        for name in names.split()
    ]


def test_d_01_every_column_is_sealed_or_listed_with_a_reason() -> None:
    undecided = {name for name, column in columns() if not is_ours(column) and not is_sealed(column)}
    undecided -= set(listed())
    assert not undecided, "seal these (a column named sealed_...) or say in readable_fields.py why not"


def test_the_list_names_nothing_that_is_gone_sealed_or_needs_no_entry_and_nothing_twice() -> None:
    needed = {name for name, column in columns() if not is_ours(column) and not is_sealed(column)}
    assert set(listed()) - needed == set()
    assert [name for name, count in Counter(listed()).items() if count > 1] == []


def test_sealed_columns_hold_bytes_and_their_rows_get_their_key_before_they_are_saved() -> None:
    assert len(sealed_models()) >= 10
    for sealed in sealed_models():
        assert sealed.model._meta.pk.has_default(), f"{sealed.model._meta.label}: its key is the database's"
        for name in sealed.columns:
            assert isinstance(sealed.model._meta.get_field(name), models.BinaryField), name
        if sealed.has_member:
            member = sealed.model._meta.get_field("member")
            assert member.is_relation


def test_w_16_the_texts_that_others_store_sealed_are_known_to_the_vault() -> None:
    assert sorted(SEALED_TEXTS) == [("mfa.Authenticator", "data")]
