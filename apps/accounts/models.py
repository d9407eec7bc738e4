"""The member: an account that signs in with an e-mail address."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy


class MemberManager(BaseUserManager["Member"]):
    """Makes members and operators."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Return a new member; raise ValueError without an e-mail address."""
        if not email:
            raise ValueError("a member needs an e-mail address")
        member = self.model(email=self.normalize_email(email).lower(), **fields)
        member.set_password(password)
        member.save(using=self._db)
        return member

    def create_from_plan(self) -> "Member":
        """Return a new member without an address or password: a plan's sign-in vouches for them."""
        member = self.model(email=None)
        member.set_unusable_password()
        member.save(using=self._db)
        return member

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Member":
        """Return a new operator with every right in the admin."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class Member(AbstractBaseUser, PermissionsMixin):
    """Someone with an account. Nothing about their health is on this row."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # None: a member who signs in with their plan and gave no address.
    email = models.EmailField(lazy("e-mail address"), unique=True, null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("operator", default=False, help_text="May sign in to the admin.")
    # "": as the browser asks for.
    language = models.CharField(max_length=8, blank=True, default="")
    date_joined = models.DateTimeField(default=timezone.now)
    closing_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when the account is being erased; for good."
    )

    objects: ClassVar[MemberManager] = MemberManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "member"
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_one_member_per_email"),
            models.CheckConstraint(
                condition=Q(closing_at__isnull=True) | Q(is_active=False),
                name="accounts_closed_for_good",
            ),
        ]
        indexes = [
            models.Index(
                fields=["closing_at"], condition=Q(closing_at__isnull=False), name="accounts_closing"
            )
        ]

    @property
    def may_use_plans(self) -> bool:
        """Whether a plan may open this account: never one that may enter the admin."""
        return not (self.is_staff or self.is_superuser)

    def __str__(self) -> str:
        # Never the address: this text ends up in admin lists, history and logs.
        return f"member {str(self.pk)[:8]}"


class Consent(models.Model):
    """That a member agreed to one version of the privacy policy, and when; kept as long as the account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    policy_version = models.CharField(max_length=40)
    given_at = models.DateTimeField()

    class Meta:
        verbose_name = "consent"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "policy_version"], name="accounts_one_consent_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class SessionName(models.Model):
    """That a session names somebody, by a keyed digest: who leaves is found without opening every session."""

    id = models.BigAutoField(primary_key=True)
    # By the database: a name that a request adds while another ends the session goes with it too.
    session = models.ForeignKey(Session, on_delete=models.DB_CASCADE, related_name="names")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = "name in a session"
        verbose_name_plural = "names in sessions"
        indexes = [models.Index(fields=["digest"], name="accounts_session_by_name")]
        constraints = [
            models.UniqueConstraint(fields=["session", "digest"], name="accounts_one_name_per_session")
        ]

    def __str__(self) -> str:
        return f"name {self.pk} in a session"


class CacheEntryQuerySet(models.QuerySet["CacheEntry"]):
    """Questions asked about the shared cache."""

    def over(self, *, now: datetime) -> Self:
        """Entries that hold no longer."""
        return self.filter(expires_at__lte=now)


class CacheEntry(models.Model):
    """One entry of the cache all processes share (`config.shared_cache`): counters, plans' public keys."""

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of the key.")
    value = models.TextField(help_text="JSON.")
    expires_at = models.DateTimeField(db_index=True)

    objects = CacheEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "cache entry"
        verbose_name_plural = "cache entries"

    def __str__(self) -> str:
        return "cache entry"
