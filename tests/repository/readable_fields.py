"""Every column that a reader of a database dump can read, and why that is so; all others are sealed."""

from typing import Final

# One entry a reason; under it the model and its columns. Keys of rows and references to rows need no entry:
# they are numbers and UUIDs that we made.
READABLE: Final[dict[str, dict[str, str]]] = {
    "wrapped by a key that is not in the database": {"vault.DataKey": "wrapped"},
    "which key opens what, and when it came and went": {
        "vault.DataKey": "use number key_name created_at retired_at",
        "vault.Rotation": "whose asked_at finished_at renewed resealed destroyed",
    },
    "the account signs in with it: an e-mail address, a hashed password, rights": {
        "accounts.Member": "email password last_login is_active is_staff is_superuser date_joined closing_at "
        "rights_changed_at signed_out_at browsers_known_since",
        "account.EmailAddress": "email verified primary",
        "account.EmailConfirmation": "created sent key",  # a key made for one e-mail; not used with codes
        # Its data counts as sealed: seeds and codes are; a passkey is a public key and what it is called.
        "mfa.Authenticator": "type created_at last_used_at",
    },
    "what the member chose for the site itself": {
        "accounts.Member": "language",
        "accounts.Consent": "policy_version given_at language withdrawn_at",
        "connections.Handshake": "consent_version",
    },
    "to what of which plan a member agreed, as a connection tells anyway: nothing about what came": {
        "accounts.Consent": "plan scopes",
    },
    "which version of the policies everybody is told of, and when a member was": {
        "accounts.PolicyAnnouncement": "version announced_at in_force queued_until is_queued",
        "accounts.PolicyNotice": "look_at mailed_at shown_from",
    },
    "that a member gets mails when something is new, and when it is looked for; of what is sealed": {
        "accounts.MailNotices": "looked_until look_at",
    },
    "where a member is signed in, as their account page says: when, and which kind of browser": {
        "accounts.OpenSession": "began_at seen_at browser is_kept covered_at stored_before",
    },
    "that support may see how updates went, until when; a digest of what cannot be guessed, keyed": {
        "accounts.SupportCode": "digest opened_at ends_at",
    },
    "what happened to an account, as its member reads it: a kind, a moment, a kind of browser": {
        "accounts.SecurityEvent": "kind at browser",
    },
    "what operators and commands did to plans, settings and accounts; secrets and addresses as digests": {
        "audit.AuditEntry": "number at actor action subject changes key_name code",
    },
    "a session ends by itself; it names the account and no record (D-13, tested by canaries)": {
        "sessions.Session": "session_data expire_date session_key",
    },
    "about a plan or the operator's listing, not about a member": {
        "appeals.CheckedRule": "rule version page checked_on",
        "plans.MissingPlan": "name times first_asked_at last_asked_at",
        "plans.Plan": (
            "slug name other_names website states lines_of_business is_listed status fhir_base_url "
            "authorize_url token_url revoke_url issuer system_id profile own_quirks "
            "member_note confirmed_origins moved_from notes imported_from "
            "discovery discovered_at discovery_tried_at discovery_problem drift drift_found_at search_name "
            "search_states search_kinds client_refused_at created_at updated_at"
        ),
        "plans.HeldChange": "values before asked_at",
        "listing.GatheredEvidence": "payer environment version commit gathered_at seen",
        "listing.Logo": "png_192 png_512 png_1024 changed_at",
        "listing.TransferCount": "payer year members members_more counted_at",
        "listing.SignedAnswer": "questionnaire question answer evidence signer signed_on",
        "plans.Registration": (
            "name server environment asker client_id next_secret_taken_by origins contacts notes created_at "
            "management_uri "
            "updated_at"
        ),
        "plans.RegistrationStep": "state on note",
        "sync.PlanPace": (
            "busy_in_a_row free_at is_widespread learned_per_minute outages paused_until pauses "
            "slowed_at taken_at wait_until page_size page_size_until without_changes_until by_post_until "
            "forms met"
        ),
        "sync.Beat": "name at",
        "claims.NotUnderstood": "element system claims first_seen_at last_seen_at",
        "connections.ClientKey": "kid alg public_jwk created_at sign_from publish_until",
        "listing.AppListing": (
            "name operator tagline description website support_url source_url "
            "support_email support_phone privacy_officer privacy_email security_email log_days updated_at "
            "company_address duns accountable_officer risk_owner incident_owner counsel_read_on "
            "health_page_read_on recording_url dead_links"
        ),
        "listing.AccessedData": "position what fhir_types why",
    },
    "names no member: a funnel of tries per plan, and tokens a plan is asked to forget": {
        "connections.Attempt": "reference purpose stage failure detail fault started_at ended_at",
        "connections.Revocation": (
            "state attempts created_at next_try_at ended_at problem access_ends_at proof bound_to"
        ),
    },
    "how a permission or a piece of work stands, for workers and operators: states, times, counts, codes": {
        "connections.Connection": (
            "status scopes_granted scopes_asked connected_at access_expires_at permission_ends_at "
            "ended_because ended_at tokens_version bound_to refresh_lease refresh_lease_until clinical_since "
            "renewal_refused_at renewal_refused_days"
        ),
        "connections.Receipt": "records_kept counts ended_at",
        "connections.Handshake": "purpose created_at expires_at used_at with_clinical",
        "sync.SyncRun": (
            "state problem asks_everything is_scheduled attempts fence lease_until next_try_at queued_at "
            "created_at started_at finished_at"
        ),
        "sync.SyncStep": (
            "position resource_type state received changed unreadable misdirected set_aside missing "
            "departures pages farthest problem http_status is_full since began_at new back gone total "
            "has_gaps holds_back detail"
        ),
        "sync.SyncMark": (
            "resource_type known_since complete_at updated_at up_to refused_at empty_at is_doubtful"
        ),
        "sync.SyncSeen": "page",
        "records.Catalogue": "revision projected counted made_by",
        "sync.WantedRecord": "asked_at fruitless",
        "sync.Refresh": ("bucket due_at failures hours problem rests_because rests_since succeeded_at"),
        "sync.SyncChange": "what at",
        "sync.LastVisit": "since seen_at news_at",
        "takeaway.Export": (
            "format year state done total closed written at_section at_connection cursor attempts fence "
            "began_at beginnings changes is_mixed lease_until queued_at created_at finished_at expires_at"
        ),
        "takeaway.Piece": "position section",
    },
    "found or ordered by it: a moment, a FHIR type, a year, never what was done or by whom": {
        "records.Record": "fhir_type last_updated first_stored_at stored_at gone_at revision",
        "records.EarlierVersion": "stored_at replaced_at",
        "records.FetchedPaper": "fetched_at",
        "records.Book": "year part",
        "records.Activity": "at",
    },
    "a digest under a key of the owner (D-12)": {
        "sync.SyncStep": "link_mark",
        "records.Record": "source_key digest",
        "records.EarlierVersion": "digest",
        "records.Book": "shelf",
        "records.Remark": "topic_key subject_key",
        "records.FetchedPaper": "address",
        "records.Activity": "mark",
        "sync.SyncSeen": "digests",
        "sync.WantedRecord": "source_key",
        "connections.Identity": "subject_digest",
    },
    "a digest under the key that signs sessions, which is not in the database": {
        "accounts.SessionName": "digest",
        "sync.PlanPace": "failing_run",
    },
    "a digest of what cannot be guessed: 256 bits of our own": {
        "connections.Handshake": "state_digest session_digest",
    },
    "which plan's sign-in belongs to the account": {
        "connections.Identity": "issuer created_at last_used_at",
    },
    "counters of rate limits and public keys of plans; keys are keyed digests (D-13, tested by canaries)": {
        "accounts.CacheEntry": "key value expires_at",
    },
    "the queue: a task takes ids alone, returns nothing, and ends without an error's text (D-14)": {
        "django_tasks_database.DBTaskResult": (
            "status enqueued_at started_at finished_at args_kwargs priority task_path worker_ids queue_name "
            "backend_name run_after return_value exception_class_path traceback"
        ),
    },
    "what an operator changed in the admin, which shows no member's data": {
        "admin.LogEntry": "action_time object_id object_repr action_flag change_message",
    },
    "Django's own tables of rights and models": {
        "auth.Permission": "name codename",
        "auth.Group": "name",
        "contenttypes.ContentType": "app_label model",
    },
}
