"""One wrapped data key per member, and one for the house."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q, Value


class DataKey(models.Model):
    """A member's data key, encrypted under a key of the environment; deleting it makes their data unreadable.

    ``member`` is null for the one key of the house, which seals operators' secrets such as client secrets.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="data_key"
    )
    key_name = models.CharField(max_length=32)
    wrapped = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            # A constant expression: NULLs never collide, so uniqueness of the house's row needs a value.
            models.UniqueConstraint(Value(1), condition=Q(member__isnull=True), name="vault_one_house_key"),
        ]

    def __str__(self) -> str:
        return f"data key {self.pk}"
