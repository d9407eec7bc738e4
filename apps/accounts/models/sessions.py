"""Where a member is signed in, what happened to their account, and codes that they give to support."""

from datetime import datetime
from typing import Any, Self

from django.contrib.sessions.models import Session
from django.db import models
from django.db.models import Q

from apps.accounts.models.members import Member


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


class OpenSessionQuerySet(models.QuerySet["OpenSession"]):
    """Questions asked about who is signed in where."""

    def still_open(self, *, now: datetime) -> Self:
        """Those that are not over, the one used last first."""
        return self.filter(session__expire_date__gt=now).order_by("-seen_at", "-pk")

    def of(self, session: Any) -> Self:
        """The browser that asks, whose `request.session` it is."""
        return self.filter(session_id=session.stored_key)

    def under(self, stored_key: str) -> Self:
        """The session that is stored so, or was until its key changed."""
        return self.filter(Q(session_id=stored_key) | Q(stored_before=stored_key))


class OpenSession(models.Model):
    """A browser where a member is signed in, as they read it: since when, last used, what kind; no address.

    Written with the session itself, which holds the same (`session_lives`), and gone with it.
    """

    id = models.BigAutoField(primary_key=True)
    session = models.OneToOneField(Session, on_delete=models.DB_CASCADE, related_name="opened")
    member = models.ForeignKey(Member, on_delete=models.DB_CASCADE, related_name="open_sessions")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    browser = models.CharField(max_length=40, blank=True)
    is_kept = models.BooleanField(default=False, help_text="Kept on this device, behind a passkey.")
    # Alone not in the session's contents, which whichever request ends last writes as it read them.
    covered_at = models.DateTimeField(null=True, help_text="When the curtain was drawn there last.")
    # A button may be pressed while another request changes the key.
    stored_before = models.CharField(
        max_length=40, blank=True, default="", db_default="", help_text="As what it was stored before this."
    )

    objects = OpenSessionQuerySet.as_manager()

    class Meta:
        verbose_name = "open session"
        indexes = [
            models.Index(
                fields=["stored_before"], condition=~Q(stored_before=""), name="accounts_session_before"
            )
        ]

    def __str__(self) -> str:
        return f"open session {self.pk}"

    def is_of(self, session: Any) -> bool:
        """Whether this is the browser that asks, whose `request.session` it is."""
        return bool(self.session_id == session.stored_key)


class SecurityEvent(models.Model):
    """One line of what happened to an account (`security_log`): what, when, with which kind of browser."""

    class Kind(models.TextChoices):
        """What happened; the words for it are in `security_log`."""

        SIGNED_IN = "signed_in"
        NEW_DEVICE = "new_device"
        ADDRESS = "address"
        PASSWORD = "password"  # noqa: S105 - the name of a kind
        PASSKEY_ADDED = "passkey_added"
        PASSKEY_REMOVED = "passkey_removed"
        CODES = "codes"
        APP_ADDED = "app_added"
        APP_REMOVED = "app_removed"
        SUPPORT_OPENED = "support_opened"
        SUPPORT_READ = "support_read"
        PLAN_ADDED = "plan_added"
        PLAN_REMOVED = "plan_removed"
        SIGNED_OUT = "signed_out"
        CONNECTED = "connected"
        DISCONNECTED = "disconnected"
        EXPORTED = "exported"  # as REVEALED, of before both were sealed with what else is done with records
        REVEALED = "revealed"
        MAILS = "mails"

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.DB_CASCADE, related_name="security_events")
    kind = models.CharField(max_length=20, choices=Kind)
    at = models.DateTimeField()
    browser = models.CharField(max_length=40, blank=True)

    class Meta:
        verbose_name = "security event"
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["member", "-at"], name="accounts_events_of_member")]

    def __str__(self) -> str:
        return f"security event {self.pk}"


class SupportCodeQuerySet(models.QuerySet["SupportCode"]):
    """Questions asked about support codes."""

    def still_open(self, *, now: datetime) -> Self:
        """Those that last."""
        return self.filter(ends_at__gt=now)


class SupportCode(models.Model):
    """That operators who know the code see how a member's updates went (`support_codes`), until a moment."""

    id = models.BigAutoField(primary_key=True)
    member = models.ForeignKey(Member, on_delete=models.DB_CASCADE, related_name="support_codes")
    digest = models.CharField(max_length=64, unique=True)
    opened_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    objects = SupportCodeQuerySet.as_manager()

    class Meta:
        verbose_name = "support code"

    def __str__(self) -> str:
        return f"support code {self.pk}"
