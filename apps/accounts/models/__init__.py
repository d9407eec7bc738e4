"""The tables of members: accounts, what they agreed to, where they are signed in, what is mailed to them."""

from apps.accounts.models.members import (
    Consent,
    ConsentQuerySet,
    Member,
    MemberManager,
    PolicyAnnouncement,
    PolicyNotice,
    PolicyNoticeQuerySet,
)
from apps.accounts.models.sending import CacheEntry, CacheEntryQuerySet, MailNotices, MailNoticesQuerySet
from apps.accounts.models.sessions import (
    OpenSession,
    OpenSessionQuerySet,
    SecurityEvent,
    SessionName,
    SupportCode,
    SupportCodeQuerySet,
)

__all__ = [
    "CacheEntry",
    "CacheEntryQuerySet",
    "Consent",
    "ConsentQuerySet",
    "MailNotices",
    "MailNoticesQuerySet",
    "Member",
    "MemberManager",
    "OpenSession",
    "OpenSessionQuerySet",
    "PolicyAnnouncement",
    "PolicyNotice",
    "PolicyNoticeQuerySet",
    "SecurityEvent",
    "SessionName",
    "SupportCode",
    "SupportCodeQuerySet",
]
