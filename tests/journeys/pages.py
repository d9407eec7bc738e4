"""Every page that a visitor, a member or a payer's reviewer can open: one line each.

The list is used by the accessibility tests and by the pictures. A new page joins by one line of PAGES; an
address that shows no page of its own by one line of NO_PAGES. `tests/repository/test_pages.py` compares both
with the site's addresses. How the people of the list come to what they have is told in `household`.
"""

from dataclasses import dataclass
from typing import Literal

Who = Literal[
    "visitor", "member", "by_plan", "newcomer", "joining", "halfway", "traveller", "forgetful", "operator"
]


@dataclass(frozen=True)
class Place:
    """A page, and how to get there.

    `route` is its name among the site's addresses. `path` may name an address that `household` came by,
    in braces. `links` are selectors of the links to follow from there, one after the other. `press` is what
    is pressed at last, each time, for what only an answer to a form shows. `answer` is what a plan answers to
    a trip that began just before; `story` is one of `answers.STORIES`. `status` is checked where it is given.
    A page that `is_core` is also looked at wide, printed and in forced colours.
    """

    name: str
    route: str
    path: str
    links: tuple[str, ...] = ()
    who: Who = "member"
    press: str = ""
    answer: str = ""
    story: str = ""
    status: int = 0
    is_core: bool = False
    is_english: bool = False
    """Whether the page has English first, whoever reads: an operator's, or shown when nothing works."""


CALLBACK = "connections:callback"
CLAIM = "[data-testid=claim-row]"
CARE = "[data-testid=care-row]"
DETAILS = "[data-testid=connection-row] a"

PAGES = (
    # What anybody may read, and a payer's reviewer does.
    Place("landing", "listing:landing", "/", who="visitor"),
    Place("listing", "listing:app", "/app/", who="visitor"),
    Place("fhir-r4", "listing:fhir_r4", "/app/fhir-r4/", who="visitor"),
    Place("annex", "listing:annex", "/app/annex/carin/", who="visitor"),
    Place("packets", "listing:packets", "/app/packet/", who="operator"),
    Place("packet", "listing:packet", "/app/packet/", links=("main li a",), who="operator"),
    Place("privacy", "listing:privacy", "/privacy/", who="visitor"),
    Place("terms", "listing:terms", "/terms/", who="visitor"),
    Place("accessibility", "listing:accessibility", "/accessibility/", who="visitor"),
    Place("glossary", "listing:glossary", "/glossary/", who="visitor", is_core=True),
    Place("language", "language", "/language/", who="visitor"),
    Place("plans", "plans:list", "/plans/", who="visitor"),
    Place("plan", "plans:plan", "/plans/harborlight-health/", who="visitor"),
    Place("preflight-visitor", "connections:begin", "/connections/begin/harborlight-health/", who="visitor"),
    Place("preflight-account-first", "connections:begin", "/connections/begin/harborlight-no-openid/",
          who="visitor"),
    Place("preflight-not-agreed", "connections:begin", "/connections/begin/harborlight-health/",
          who="visitor", press="[data-testid=go]"),
    Place("launch", "connections:begin", "{launch}", who="visitor"),
    # What the site says when it refuses, and when it fails.
    Place("bad-request", "", "/plans/", who="visitor", story="sending_too_much", status=400),
    Place("not-allowed", "", "/admin/accounts/member/add/", who="operator", status=403,
          is_english=True),
    Place("form-refused", "", "/account/login/", who="visitor", story="sending_without_proof", status=403),
    Place("not-found", "", "/no-such-page/", who="visitor", status=404),
    Place("too-many-tries", "", "/account/password/reset/", who="visitor", story="asking_too_often",
          status=429),
    Place("broken", "", "/connections/begin/harborlight-uhc/", who="visitor", status=500, is_english=True),
    # The ways in.
    Place("sign-up", "account_signup", "/account/signup/", who="visitor"),
    Place("sign-up-refused", "account_signup", "/account/signup/", who="visitor",
          press="main form.card button[type=submit]"),
    Place("verify-email", "account_email_verification_sent", "/account/confirm-email/", who="joining"),
    Place("sign-in", "account_login", "/account/login/", who="visitor"),
    Place("password-reset", "account_reset_password", "/account/password/reset/", who="visitor"),
    Place("password-reset-sent", "account_reset_password_done", "/account/password/reset/done/",
          who="visitor"),
    Place("password-reset-link-used", "account_reset_password_from_key", "/account/password/reset/key/1-x/",
          who="visitor"),
    Place("password-reset-new", "account_reset_password_from_key", "{new_password}", who="forgetful"),
    Place("password-reset-done", "account_reset_password_from_key_done", "/account/password/reset/key/done/",
          who="visitor"),
    Place("activity", "accounts:activity", "/account/activity/"),
    Place("operator-link-over", "accounts:operator_link",
          "/account/operator/00000000-0000-0000-0000-000000000000/x/", who="visitor", status=404),
    Place("account-inactive", "account_inactive", "/account/inactive/", who="visitor"),
    Place("goodbye", "closed", "/account/closed/", who="visitor"),
    Place("ask-for-passkey", "mfa_authenticate", "/account/2fa/authenticate/", who="halfway"),
    # To a plan and back.
    Place("callback-incomplete", "connections:callback", "/connections/callback", who="visitor"),
    Place("callback-unknown", "connections:callback", "/connections/callback?code=y&state=x"),
    Place("callback-expired", CALLBACK, "{late}"),
    Place("callback-used", CALLBACK, "{used}"),
    Place("callback-foreign", CALLBACK, "{hers}", who="traveller"),
    Place("callback-signed-out", CALLBACK, "{hers}", who="visitor"),
    Place("callback-contradicting", CALLBACK, "", answer="code=y&code=z"),
    Place("callback-denied", CALLBACK, "", answer="error=access_denied"),
    Place("callback-plan-busy", CALLBACK, "", answer="error=server_error"),
    Place("callback-plan-refused", CALLBACK, "", answer="error=invalid_scope"),
    Place("callback-plan-refuses-us", CALLBACK, "", answer="error=unauthorized_client"),
    Place("callback-plan-says-no", CALLBACK, "", answer="error=unheard_of"),
    Place("callback-code-refused", CALLBACK, "", answer="code=spent"),
    Place("launch-unknown", "launch", "/launch?iss=https://plan.example/r4&launch=x", who="visitor"),
    Place("preflight-member", "connections:begin", "/connections/begin/harborlight-declines-scopes/"),
    Place("whose-records", "connections:choose", "{choose}"),
    Place("other-person", "connections:choose", "{other_person}", who="traveller"),
    Place("preflight-renew", "connections:begin", "{renew}", who="traveller"),
    Place("progress-running", "sync:run", "{running}", who="traveller"),
    Place("progress-waiting", "sync:run", "{waiting}", who="traveller"),
    Place("progress-partial", "sync:run", "{partial}", who="traveller"),
    Place("progress-failed", "sync:run", "{failed}", who="traveller"),
    Place("progress-ended", "sync:run", "{ended_run}", who="traveller"),
    Place("progress-done", "sync:run", "{run}"),
    # What a member comes for.
    Place("home-empty", "overview:home", "/home/", who="newcomer"),
    Place("home", "overview:home", "/home/", is_core=True),
    Place("care-empty", "care:list", "/care/", who="newcomer"),
    Place("care", "care:list", "/care/", is_core=True),
    Place("care-tests", "care:list", "/care/?kind=test"),
    Place("care-medicines", "care:list", "/care/?kind=medicine"),
    Place("care-medicine", "care:record", "/care/?kind=medicine", (CARE,)),
    Place("care-test", "care:record", "/care/?kind=test", (CARE,), is_core=True),
    Place("care-paper", "care:paper", "/care/?kind=paper", (CARE, "li:last-child > a[data-testid=form]")),
    Place("care-as-sent", "sync:record", "/care/?kind=test", (CARE, "a[href^='/sync/records/']")),
    Place("claims-empty", "claims:list", "/claims/", who="newcomer"),
    Place("claims", "claims:list", "/claims/", is_core=True),
    Place("claims-by-share", "claims:list", "/claims/?kind=professional&from=1&sort=share", is_core=True),
    Place("claims-none-found", "claims:list", "/claims/?from=99999"),
    Place("claims-choice-unknown", "claims:list", "/claims/?year=1999"),
    Place("claims-search-gone", "claims:list", "/claims/?q=x"),
    Place("claim", "claims:claim", "/claims/", (CLAIM,), is_core=True),
    Place("claim-not-covered", "claims:claim", "/claims/?state=not_covered", (CLAIM,), is_core=True),
    Place("appeal", "appeals:appeal", "/claims/?state=not_covered", (CLAIM, "[data-testid=appeal]"),
          is_core=True),
    Place("claim-hospital", "claims:claim", "{hospital}", who="traveller"),
    Place("claim-replaced", "claims:claim", "{hospital}", ("[data-testid=version] a >> nth=-1",),
          "traveller"),
    Place("claim-emergency", "claims:claim", "{emergency}", who="traveller"),
    Place("claim-pharmacy", "claims:claim", "{pharmacy}", who="traveller"),
    Place("claim-dental", "claims:claim", "{dental}", who="traveller"),
    Place("claim-voided", "claims:claim", "{voided}", who="traveller"),
    Place("claim-cancelled", "claims:claim", "{cancelled}"),
    Place("claim-without-amounts", "claims:claim", "{unpriced}", who="traveller"),
    Place("claim-twin", "claims:claim", "{twin}", who="traveller"),
    Place("claim-closed", "claims:claim", "{damaged}", who="traveller", status=500),
    Place("claims-of-several", "claims:list", "/claims/", who="traveller"),
    Place("claim-record", "sync:claim_record", "/claims/", (CLAIM, "a[href^='/sync/claims/']"), is_core=True),
    Place("providers-empty", "claims:providers", "/claims/providers/", who="newcomer"),
    Place("providers", "claims:providers", "/claims/providers/", is_core=True),
    Place("provider", "claims:provider", "/claims/providers/", ("[data-testid=provider-row]",), is_core=True),
    Place("approvals-empty", "approvals:list", "/claims/approvals/", who="newcomer"),
    Place("approvals", "approvals:list", "/claims/approvals/", is_core=True),
    Place("approval", "approvals:approval", "/claims/approvals/", ("[data-testid=approval-row]",),
          is_core=True),
    Place("approval-refused", "approvals:approval", "/claims/approvals/",
          ("[data-testid=approval-row]:has(.badge--denied)",)),
    Place("estimate", "approvals:approval", "/claims/approvals/", ("[data-testid=approval-row]",),
          "traveller"),
    Place("search", "overview:search", "/search/", is_core=True),
    Place("household-empty", "overview:people", "/people/", who="newcomer"),
    Place("household", "overview:people", "/people/", who="traveller"),
    Place("hidden", "overview:hiding", "/hiding/", is_core=True),
    Place("year-empty", "overview:year", "/money/", who="newcomer"),
    Place("year", "overview:year", "/money/", (".choices li:nth-child(2) a",), is_core=True),
    Place("coverage-empty", "coverage:list", "/coverage/", who="newcomer"),
    Place("coverage", "coverage:list", "/coverage/", is_core=True),
    Place("coverage-number-shown", "coverage:list", "/coverage/", press="main form button"),
    Place("insurance-card", "coverage:card", "/coverage/", ("a[href$='/card/']",), is_core=True),
    Place("insurance-card-shown", "coverage:card", "/coverage/", ("a[href$='/card/']",),
          press="main form button"),
    Place("take-along", "takeaway:choose", "/take-along/", is_core=True),
    Place("take-along-claim", "takeaway:choose", "/claims/", (CLAIM, "[data-testid=take-along]")),
    Place("take-along-file", "takeaway:export", "{export}"),
    # What a member allowed, and its end.
    Place("connections-empty", "connections:list", "/connections/", who="newcomer"),
    Place("connections", "connections:list", "/connections/"),
    Place("connections-several", "connections:list", "/connections/", who="traveller"),
    Place("connection", "connections:connection", "/connections/", (DETAILS,)),
    Place("connection-ended", "connections:connection", "{day_pass}", who="traveller"),
    Place("connection-withheld", "connections:connection", "{half}", who="traveller"),
    Place("permission-ending", "connections:connection", "{soon}", who="traveller"),
    Place("people", "sync:people", "{charts}", ("a[href^='/sync/'][href$='/people/']",)),
    Place("clinical-half", "sync:clinical", "{charts}", ("[data-testid=clinical-change]",)),
    Place("connection-kept", "connections:connection", "{kept}"),
    Place("disconnect", "connections:disconnect", "{kept}disconnect/"),
    Place("disconnect-and-more", "connections:disconnect", "{notary}disconnect/", who="traveller"),
    Place("connection-gone", "connections:disconnect",
          "/connections/00000000-0000-4000-8000-000000000000/disconnect/", status=404),
    Place("receipts", "connections:receipts", "/connections/receipts/"),
    Place("receipt", "connections:receipt", "/connections/receipts/", ("[data-testid=receipt-row]",)),
    # The account.
    Place("account", "accounts:account", "/account/"),
    Place("account-without-email", "accounts:account", "/account/", who="traveller"),
    Place("account-with-passkey", "accounts:account", "/account/", who="by_plan"),
    Place("stop-signing-in-with-plan", "connections:unlink", "/account/", ("a[href*='/sign-in/']",),
          "by_plan"),
    Place("email-change", "accounts:email", "/account/email/"),
    Place("password-change", "account_change_password", "/account/password/change/"),
    Place("password-set", "accounts:set_password", "/account/password/set/", who="by_plan"),
    Place("sign-out", "account_logout", "/account/logout/"),
    Place("confirm-it-is-you", "account_reauthenticate", "/account/reauthenticate/"),
    Place("confirm-with-passkey", "mfa_reauthenticate_webauthn", "/account/2fa/webauthn/reauthenticate/",
          who="by_plan"),
    Place("passkeys-overview", "mfa_index", "/account/2fa/", who="by_plan"),
    Place("passkeys", "mfa_list_webauthn", "/account/2fa/webauthn/", who="by_plan"),
    Place("mails", "accounts:mails", "/account/mails/"),
    Place("mails-unconfirmed", "accounts:mails", "/account/mails/", who="by_plan"),
    Place("mails-stop", "accounts:stop_mails", "{stop_mails}", who="visitor"),
    Place("support", "accounts:support", "/account/support/"),
    Place("app-add", "accounts:add_app", "/account/2fa/totp/activate/", who="by_plan"),
    Place("passkey-add", "accounts:add_passkey", "/account/2fa/webauthn/add/", who="by_plan"),
    Place("passkey-rename", "mfa_edit_webauthn", "/account/2fa/webauthn/", ("a[href*='/edit/']",), "by_plan"),
    Place("passkey-remove", "accounts:remove_passkey", "/account/2fa/webauthn/", ("a[href*='/remove/']",),
          "by_plan"),
    Place("codes", "mfa_view_recovery_codes", "/account/2fa/recovery-codes/", who="by_plan"),
    Place("codes-new", "mfa_generate_recovery_codes", "/account/2fa/recovery-codes/generate/", who="by_plan"),
    Place("account-close", "close", "/account/close/"),
)  # fmt: skip

NO_PAGES = {
    "listing:client_metadata": "JSON for a plan's register",
    "listing:capability_statement": "JSON for whoever runs a plan's FHIR server",
    "listing:packet_zip": "an archive",
    "listing:packet_key": "a public key",
    "listing:security_txt": "plain text",
    "listing:robots_txt": "plain text",
    "jwks": "JSON of public keys",
    "accounts:curtain": "covers a whole session, which others of the list would find covered",
    "care:show": "answers a form only",
    "takeaway:schema": "JSON for programs",
    "healthz": "plain text for whoever runs the site",
    "readyz": "plain text for whoever runs the site",
    "metrics": "plain text for Prometheus",
    "overview:money": "leads to the newest year",
    "overview:before": "where the money page was before: leads there",
    "connections:callback_of": "the callback at a plan's own address: the same pages",
    "connections:go_on": "leads on from a trip, once",
    "connections:link": "answers a form only",
    "overview:type_limits": "answers a form only",
    "plans:ask": "answers a form only",
    "accounts:still_here": "JSON for an open page",
    "accounts:password_strength": "JSON for a form",
    "accounts:remove_app": "two buttons, for a member with an app: tests/accounts/test_authenticator_app.py",
    "mfa_activate_totp": "the same address as accounts:add_app, which stands before it",
    "mfa_deactivate_totp": "the same address as accounts:remove_app, which stands before it",
    "accounts:sign_out_one": "answers a form only",
    "accounts:sign_out_others": "answers a form only",
    "sync:again": "answers a form only",
    "claims:search": "answers a form only: leads to the list",
    "claims:compare": "answers a form only, with the page of the claim",
    "claims:paid": "answers a form only",
    "claims:checks": "answers a form only",
    "claims:undo": "answers a form only",
    "appeals:letter": "answers a form only",
    "appeals:text": "answers a form only",
    "appeals:packet": "a file",
    "appeals:progress": "answers a form only",
    "appeals:undo": "answers a form only",
    "appeals:day": "a file",
    "claims:apart": "answers a form only",
    "joined:apart": "answers a form only",
    "overview:settle": "answers a form only",
    "coverage:number": "answers a form only, with the page of coverage",
    "takeaway:make": "answers a form only",
    "takeaway:download": "a file",
    "care:form": "a file",
    "care:picture": "a picture",
    "takeaway:delete": "answers a form only",
    "account_email": "the same address as accounts:email, which stands before it",
    "account_set_password": "the same address as accounts:set_password, which stands before it",
    "mfa_add_webauthn": "the same address as accounts:add_passkey, which stands before it",
    "mfa_remove_webauthn": "the same address as accounts:remove_passkey, which stands before it",
    "account_confirm_login_code": "an operator's first sign-in: the page of verify-email at another address",
    "mfa_reauthenticate": "asks for a code of the lost device: the passkey's question offers it",
    "mfa_download_recovery_codes": "a file",
    "mfa_login_webauthn": "JSON for the script of the sign-in page",
}
