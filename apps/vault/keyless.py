"""Members whose keys are not here: after a restore of older records, those who closed their account since."""

from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.vault.models import DataKey
from apps.vault.registry import sealed_models


def sealed_without_key() -> QuerySet[Any]:
    """Members who have sealed records and no key at all: nobody can ever open them."""
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
    found = Q()
    for sealed in sealed_models():
        if not sealed.has_member:
            continue
        holds = Q()
        for column in sealed.columns:
            holds |= Q(**{f"{column}__isnull": False}) & ~Q(**{column: b""})
        found |= Q(Exists(sealed.model._base_manager.filter(holds, member_id=OuterRef("pk"))))
    return found
