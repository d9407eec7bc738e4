"""The member: an account that signs in with an address, what they agreed to, what is mailed to them."""

import uuid
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as lazy

from apps.audit import trail


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
        operator = self.create_user(email, password, is_staff=True, is_superuser=True, **fields)
        operator.vouch_for_address()
        rights = {"is_staff": (None, True), "is_superuser": (None, True)}
        trail.record(action="createsuperuser", subject=trail.name_of(operator), changes=rights)
        return operator

    def operators(self) -> models.QuerySet["Member"]:
        """Those who may enter the admin, once they have used their passkey."""
        return self.filter(is_staff=True, is_active=True)


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
    rights_changed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When another operator changed in the admin what this one may do.",
    )
    signed_out_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When an operator ended every session; nothing is asked of plans until the next sign-in.",
    )
    browsers_known_since = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When every session was ended last: a browser that was signed in before is a stranger's.",
    )
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

    def vouch_for_address(self) -> None:
        """Count the e-mail address as confirmed: whoever works on the machine itself says whose it is."""
        addresses: Any = self.emailaddress_set  # type: ignore[attr-defined] # allauth's
        addresses.update_or_create(email=self.email, defaults={"verified": True, "primary": True})

    def __str__(self) -> str:
        # Never the address: this text ends up in admin lists, history and logs.
        return f"member {str(self.pk)[:8]}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Questions asked about what members agreed to."""

    def standing(self) -> Self:
        """Those that were not taken back."""
        return self.filter(withdrawn_at__isnull=True)


class Consent(models.Model):
    """That a member agreed to one version of the policies, and when; kept as long as the account.

    Given on the way to a plan it is about that plan, for these scopes; else about all of the member's.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="consents")
    policy_version = models.CharField(max_length=40)
    given_at = models.DateTimeField()
    plan = models.CharField(max_length=100, blank=True, default="", db_default="", help_text="Its slug.")
    scopes = models.TextField(blank=True, default="", db_default="", help_text="As we asked for them.")
    language = models.CharField(
        max_length=8, blank=True, default="", db_default="", help_text="In which it was read; empty: unknown."
    )
    withdrawn_at = models.DateTimeField(
        null=True, blank=True, help_text="Taken back, or another yes took its place."
    )

    objects = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = "consent"
        constraints = [
            models.UniqueConstraint(
                fields=["member", "policy_version", "plan"],
                condition=Q(withdrawn_at__isnull=True),
                name="accounts_one_standing_consent",
            )
        ]

    def __str__(self) -> str:
        return f"consent {self.pk}"


class PolicyAnnouncement(models.Model):
    """That a version of the policies is told to the members of this site, and from which day it holds here.

    `queued_until`: whose notices stand in the queue, in the order of the members' keys.
    """

    version = models.CharField(max_length=40, primary_key=True)
    announced_at = models.DateTimeField()
    in_force = models.DateField()
    queued_until = models.UUIDField(null=True)
    is_queued = models.BooleanField(default=False)

    class Meta:
        verbose_name = "announcement of policies"
        verbose_name_plural = "announcements of policies"

    def __str__(self) -> str:
        return f"policies {self.version}"


class MailQueue[Row: models.Model](models.QuerySet[Row]):
    """Questions asked about what waits to be mailed to members."""

    def due(self, *, now: datetime) -> Self:
        """Those to look for, the ones that wait longest first; of no account that is closed or suspended."""
        return self.filter(look_at__lte=now, member__is_active=True).order_by("look_at", "pk")


class PolicyNotice(models.Model):
    """That a member is told of a version: by mail, and on their pages since `shown_from`."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.CASCADE, related_name="policy_notices")
    announcement = models.ForeignKey(PolicyAnnouncement, on_delete=models.CASCADE, related_name="notices")
    look_at = models.DateTimeField(null=True, help_text="When the mail is due; empty: done, or no address.")
    mailed_at = models.DateTimeField(null=True)
    shown_from = models.DateTimeField(null=True)

    objects = MailQueue.as_manager()

    class Meta:
        verbose_name = "notice of policies"
        verbose_name_plural = "notices of policies"
        constraints = [
            models.UniqueConstraint(fields=["member", "announcement"], name="accounts_one_notice_per_version")
        ]
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="accounts_notices_due")
        ]

    def __str__(self) -> str:
        return f"notice {self.pk}"


class MailNotices(models.Model):
    """What a member chose to be told of by mail, sealed, and when it is looked for next (`mail_notices`).

    `looked_until`: what happened before was told, or was no news. The row stays where nothing is chosen any
    more: the link in an old mail goes on stopping what comes later.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    member = models.OneToOneField(Member, on_delete=models.CASCADE, related_name="mail_notices")
    sealed_kinds = models.BinaryField()
    looked_until = models.DateTimeField()
    look_at = models.DateTimeField(null=True, help_text="Empty: nothing is chosen.")

    objects = MailQueue.as_manager()

    class Meta:
        verbose_name = "mails of a member"
        verbose_name_plural = "mails of members"
        indexes = [
            models.Index(fields=["look_at"], condition=Q(look_at__isnull=False), name="accounts_mails_due")
        ]

    def __str__(self) -> str:
        return f"mails {self.pk}"
