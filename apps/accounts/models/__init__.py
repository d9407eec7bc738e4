"""The tables of members: accounts, what they agreed to, where they are signed in, what is mailed to them."""

from apps.accounts.models.cache import CacheEntry
from apps.accounts.models.members import (
    Consent,
    MailNotices,
    MailQueue,
    Member,
    PolicyAnnouncement,
    PolicyNotice,
)
from apps.accounts.models.sessions import OpenSession, SecurityEvent, SessionName, SupportCode

__all__ = [
    "CacheEntry",
    "Consent",
    "MailNotices",
    "MailQueue",
    "Member",
    "OpenSession",
    "PolicyAnnouncement",
    "PolicyNotice",
    "SecurityEvent",
    "SessionName",
    "SupportCode",
]
