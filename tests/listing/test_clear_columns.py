"""What the policy says of what stands in clear, held against the list of all readable columns."""

import re
from html import unescape
from typing import Final

from django.test import Client

from apps.listing.policies import text_of
from tests.repository.readable_fields import READABLE

SAID: Final = {
    "accounts.Member": "your e-mail address",
    "account.EmailAddress": "your e-mail address",
    "account.EmailConfirmation": "your e-mail address",
    "mfa.Authenticator": "your passkeys’ public half and names",
    "accounts.OpenSession": "where you are signed in",
    "sessions.Session": "where you are signed in",
    "accounts.SessionName": "where you are signed in",
    "accounts.SecurityEvent": "what happened when",
    "records.Activity": "what happened when",
    "accounts.Consent": "what you agreed to",
    "accounts.PolicyNotice": "when a mail to you",
    "accounts.MailNotices": "when a mail to you",
    "accounts.SupportCode": "a code for support is due or over",
    "connections.Connection": "which account and which connection",
    "connections.Identity": "which plan’s sign-in is yours",
    "connections.Handshake": "how each permission",
    "connections.Revocation": "how each permission",
    "connections.Receipt": "how many there are, also on receipts",
    "records.Record": "what type of record",
    "records.EarlierVersion": "when a record came or changed",
    "records.FetchedPaper": "when a record came or changed",
    "records.Book": "the year of a group of records",
    "records.Catalogue": "how many there are",
    "records.Remark": "check sums, most of them under a key of yours",
    "sync.SyncRun": "update",
    "sync.SyncStep": "update",
    "sync.SyncMark": "update",
    "sync.SyncSeen": "check sums",
    "sync.SyncChange": "when a record came or changed",
    "sync.WantedRecord": "check sums",
    "sync.Refresh": "update",
    "sync.LastVisit": "what happened when",
    "takeaway.Export": "file",
    "takeaway.Piece": "file",
    "django_tasks_database.DBTaskResult": "piece of work",
    "vault.DataKey": "sealed with a key that is not in the database",
    "vault.Rotation": "piece of work",
}
"""Of each table that is about a member, the words that say what of it can be read."""
ELSEWHERE: Final = {
    "connections.Attempt": "noted under a number made up for it",
    "plans.MissingPlan": "how often it was asked for, and when first and last, not by whom",
    "claims.NotUnderstood": "which elements and code systems our software does not understand",
    "listing.TransferCount": "each plan sent records for, and to how many of them more than once",
    "sync.PlanPace": "what its server takes, refuses or lacks, and how fast it may be asked",
    "accounts.CacheEntry": "under a scrambled form of the network address",
    "audit.AuditEntry": "the note of it stays for a year",
    "admin.LogEntry": "the note of it stays for a year",
}
"""The same of what counts or notes without a name, in other sentences."""
OF_NO_MEMBER: Final = {
    "accounts.PolicyAnnouncement", "appeals.CheckedRule", "auth.Group", "auth.Permission",
    "connections.ClientKey", "contenttypes.ContentType", "listing.AccessedData", "listing.AppListing",
    "listing.GatheredEvidence", "listing.Logo", "listing.SignedAnswer", "plans.HeldChange", "plans.Plan",
    "plans.Registration", "plans.RegistrationStep", "sync.Beat",
}  # fmt: skip


def test_what_stands_in_clear_is_what_the_policy_says() -> None:
    """Also the wide words: a passkey's name, what a permission covers."""
    told = unescape(text_of("privacy", "en"))
    readable = {model for reason in READABLE.values() for model in reason}
    assert readable == SAID.keys() | ELSEWHERE.keys() | OF_NO_MEMBER
    in_clear = re.search(r"In clear we keep.*?\. ", told)
    assert in_clear
    assert [words for words in SAID.values() if words not in told] == []
    of_it = {model: words for model, words in SAID.items() if model != "vault.DataKey"}
    assert [words for words in of_it.values() if words not in in_clear[0]] == []
    assert [words for words in ELSEWHERE.values() if words not in told] == []
    assert "What you call a passkey is not sealed" in told
    assert "what a permission covers" in in_clear[0]
    spanish = unescape(text_of("privacy", "es"))
    for words in ("clave suya", "llaves de acceso", "recibos", "código para soporte"):
        assert words in spanish


OF_THE_APP: Final = {
    "your e-mail address": "the e-mail address of the account",
    "your passkeys’ public half and names": "passkeys (public half, name)",
    "where you are signed in": "sessions",
    "what happened when": "events",
    "what you agreed to": "consents",
    "when a mail to you": "when mails are due",
    "a code for support is due or over": "codes for support over",
    "which account and which connection": "owner, connection",
    "which plan’s sign-in is yours": "the issuer of a sign-in",
    "how each permission": "states and counts of permissions",
    "how many there are, also on receipts": "receipts",
    "what type of record": "FHIR type",
    "when a record came or changed": "when a record came or changed",
    "the year of a group of records": "the year of a group of records",
    "how many there are": "states and counts of",
    "check sums, most of them under a key of yours": "digests, most of them under a key of the member",
    "update": "updates",
    "check sums": "digests",
    "file": "files",
    "piece of work": "queue rows",
    "sealed with a key that is not in the database": "owner",
}
"""The same in the words of the page about the app."""


def test_what_stands_in_clear_is_what_the_page_about_the_app_says(db: None, client: Client) -> None:
    page = unescape(client.get("/app/").content.decode())
    (told,) = re.findall(r"<li>In clear stand ([^<]*)</li>", page)
    assert OF_THE_APP.keys() == set(SAID.values())
    assert [words for words in OF_THE_APP.values() if words not in told] == []
    assert "granted scopes" in told and "its language" in told
