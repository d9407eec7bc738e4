"""Which columns hold sealed values, and who has any: found by name in Django's registry, texts by hand."""

import uuid
from dataclasses import dataclass
from functools import cache, cached_property, reduce
from operator import or_
from typing import Any, Final

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.vault.models import DataKey

PREFIX: Final = "sealed_"


@dataclass(frozen=True)
class SealedModel:
    """A model with sealed columns. Without a `member` its rows are the house's."""

    model: type[models.Model]
    columns: tuple[str, ...]
    has_member: bool

    @cached_property
    def holding(self) -> QuerySet[Any]:
        """The rows of everybody that hold a sealed value; made once, each owner is a filter more."""
        any_sealed = Q()
        for column in self.columns:
            any_sealed |= Q(**{f"{column}__gt": b""})
        return self.model._base_manager.filter(any_sealed)

    def rows(self, member_id: uuid.UUID | None) -> QuerySet[Any]:
        """Return the rows of a member, or of the house (None)."""
        return self.of(member_id, self.model._base_manager.all())

    def of(self, member_id: uuid.UUID | None, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Return those of *rows* that are a member's, or the house's (None)."""
        if self.has_member:
            return rows.filter(member_id=member_id) if member_id else rows.filter(member__isnull=True)
        return rows.none() if member_id else rows


@dataclass(frozen=True)
class SealedText:
    """Sealed texts inside a JSON column of a model that is not ours; they are the house's.

    Under each of `keys` there is a text, a list of texts, or nothing.
    """

    label: str
    column: str
    purpose: str
    keys: tuple[str, ...]

    @property
    def model(self) -> type[models.Model]:
        """The model that has the column."""
        return apps.get_model(self.label)


_texts: dict[tuple[str, str], SealedText] = {}


def seals_text(text: SealedText) -> None:
    """Tell the vault where others keep what `Box.seal_text` made; called when the apps start."""
    _texts[text.label, text.column] = text


def sealed_texts() -> tuple[SealedText, ...]:
    """Return every such place."""
    return tuple(_texts.values())


@cache
def sealed_models() -> tuple[SealedModel, ...]:
    """Return every model with columns named ``sealed_...``."""
    return tuple(
        SealedModel(model, columns, has_member=any(column.name == "member" for column in model._meta.fields))
        for model in apps.get_models(include_auto_created=True)
        if (columns := _sealed_columns(model))
    )


def has_sealed(member_id: uuid.UUID | None) -> bool:
    """Whether the owner has any sealed value in a column."""
    return any(sealed.of(member_id, sealed.holding).exists() for sealed in sealed_models())


def sealed_without_key() -> QuerySet[Any]:
    """Members who have sealed records and no key at all: nobody can ever open them.

    After a restore of older records these are those who closed their account since.
    """
    return _without_key().filter(_has_sealed())


def empty_without_key() -> QuerySet[Any]:
    """Members who have neither; a member's keys are made with the first record, so they may be anybody.

    Operators are left out: they never get a key.
    """
    return _without_key().exclude(_has_sealed()).filter(is_staff=False, is_superuser=False)


def _without_key() -> QuerySet[Any]:
    """Not of accounts that are being erased: workers do that whether there are keys or not."""
    keys = DataKey.objects.filter(member_id=OuterRef("pk"))
    return get_user_model()._default_manager.filter(~Exists(keys), closing_at=None)


def _has_sealed() -> Q:
    sealed_of = (sealed.holding for sealed in sealed_models() if sealed.has_member)
    return reduce(or_, (Q(Exists(rows.filter(member_id=OuterRef("pk")))) for rows in sealed_of))


def _sealed_columns(model: type[models.Model]) -> tuple[str, ...]:
    return tuple(column.name for column in model._meta.fields if column.name.startswith(PREFIX))
