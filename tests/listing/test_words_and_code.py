"""What policies and pages list, held against the lists that the code has."""

import re
from html import unescape

import pytest
from django.conf import settings
from django.template.loader import get_template
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member, SecurityEvent
from apps.listing import published
from apps.listing.evidence import evidence
from apps.listing.policies import text_of
from apps.listing.published import AUDIENCE
from apps.plans.profiles import PROFILES
from apps.records import activity
from apps.records.models import Record
from apps.records.remarks import Topic
from apps.vault import backups
from tests.care.test_must_support import SETS
from tests.claims.given import a_connection, an_eob, save
from tests.claims.test_reading_second_opinion import FOLDERS
from tests.conftest import ROOT
from tests.plans.test_scopes import ASKED

Kind = SecurityEvent.Kind
ON_SIGNING_IN = "changed how you sign in"
HAPPENED = {
    Kind.SIGNED_IN: "when you signed in",
    Kind.NEW_DEVICE: "when you signed in",
    Kind.ADDRESS: ON_SIGNING_IN,
    Kind.PASSWORD: ON_SIGNING_IN,
    Kind.PASSKEY_ADDED: ON_SIGNING_IN,
    Kind.PASSKEY_REMOVED: ON_SIGNING_IN,
    Kind.CODES: ON_SIGNING_IN,
    Kind.APP_ADDED: ON_SIGNING_IN,
    Kind.APP_REMOVED: ON_SIGNING_IN,
    Kind.PLAN_ADDED: ON_SIGNING_IN,
    Kind.PLAN_REMOVED: ON_SIGNING_IN,
    Kind.SUPPORT_OPENED: "used a code for support",
    Kind.SUPPORT_READ: "used a code for support",
    Kind.SIGNED_OUT: "signed out other browsers",
    Kind.CONNECTED: "connected or left a plan",
    Kind.DISCONNECTED: "connected or left a plan",
    Kind.EXPORTED: "made a file",
    Kind.REVEALED: "had a member number shown",
    Kind.MAILS: "what mails you get",
}
READ = {
    activity.EXPORTED: "made a file",
    activity.REVEALED: "had a member number shown",
    activity.ASKED: "when your plans were asked for news",
    activity.CHANGED: "changed what you noted or chose",
    **dict.fromkeys((activity.CLINICAL, "claim", "approval", "coverage"), "you read records here"),
}
WRITTEN = {
    Topic.PAID: "what you paid",
    Topic.SETTLED: "what you paid",
    Topic.CHECKED: "which boxes you ticked",
    Topic.LETTER: "letters of appeal and their days",
    Topic.APPEAL: "letters of appeal and their days",
    Topic.APPEAL_TEXT: "letters of appeal and their days",
    Topic.COVERAGE: "the kind of coverage",
    Topic.LIMITS: "the limits you type",
    Topic.NAME: "names you give",
    Topic.AGREED: "whose records show and why",
    Topic.HOLDER: "whose records show and why",
    Topic.APART: "which records belong together",
    Topic.UNJOINED: "which records belong together",
    Topic.FOLDED: "which kinds of care are hidden",
    Topic.HIDDEN: "which kinds of care are hidden",
    Topic.SHARED: "or given to others",
    Topic.ASKS: "which new results wait",
    Topic.SEEN: "which new results wait",
}
NEEDS_SCRIPTS = {
    "passkeys.js": "passkeys",
    "session-warning.js": "the warning before you are signed out",
    "password-strength.js": "help while you type a new password",
}
WORKS_WITHOUT = {"clean-address.js", "paper-pictures.js", "operators-markup.js"}
"""What they do is done by the server too, or by loading the page again; the last is for operators."""


def policy(name: str) -> str:
    """Return the words of a policy in English."""
    return unescape(text_of(name, "en"))


@pytest.mark.parametrize("said", [HAPPENED, READ])
def test_all_that_is_noted_of_an_account_is_named_in_the_policy(said: dict[str, str]) -> None:
    known = set(Kind) if said is HAPPENED else set(activity.SENTENCES)
    assert said.keys() == known
    assert [words for words in said.values() if words not in policy("privacy")] == []


def test_g_16_all_that_a_member_can_write_is_named_on_washingtons_page() -> None:
    assert WRITTEN.keys() == set(Topic)
    (told,) = re.findall(r"What you write or choose here: [^.]*", policy("consumer-health"))
    assert [words for words in WRITTEN.values() if words not in told] == []


def test_what_needs_javascript_is_named_and_nothing_else_does(db: None, client: Client) -> None:
    here = {path.name for path in (ROOT / "static" / "js").glob("*.js")}
    assert here == NEEDS_SCRIPTS.keys() | WORKS_WITHOUT
    for told in (
        *(unescape(client.get(path).content.decode()) for path in ("/app/", "/accessibility/")),
        AUDIENCE,
    ):
        (sentence,) = re.findall(r"without JavaScript[:;] only ([^.]*) need it\.", told)
        assert [words for words in NEEDS_SCRIPTS.values() if words not in sentence] == []


BY_SCRIPTS = re.compile(
    r"navigator|localStorage|sessionStorage|indexedDB|caches|document\.cookie|screen\b|Intl|matchMedia|geolocation"
)
BY_SERVER = {
    "User-Agent": "which kind of browser",
    "Accept-Language": "the languages that your browser asks for",
    "Cookie": "our cookies",
}
OF_NO_DEVICE = {
    *("Referer", "HX-Request", "HX-Trigger", "Authorization", "Host"), *("REMOTE_ADDR", "X-Forwarded-For"),
    *("X-Seen", "Sec-Fetch-Site"),
}  # fmt: skip
"""From which page of ours, and by whom, a page is asked for; addresses stand in no log (W-33)."""


def test_of_a_device_no_script_reads_more_and_the_server_reads_what_is_said() -> None:
    scripts = "".join(path.read_text() for path in (ROOT / "static" / "js").glob("*.js"))
    assert BY_SCRIPTS.findall(scripts) == []
    ours = [path for room in ("apps", "config") for path in (ROOT / room).rglob("*.py")]
    code = "".join(path.read_text() for path in ours if "demo_payer" not in path.parts)
    read = set(re.findall(r"request\.(?:headers|META)(?:\.get\(|\[)\"([^\"]+)\"", code))
    assert {"User-Agent", "REMOTE_ADDR"} <= read <= BY_SERVER.keys() | OF_NO_DEVICE
    assert [words for words in BY_SERVER.values() if words not in policy("privacy")] == []


def test_the_days_of_backups_are_those_of_the_command(db: None, client: Client) -> None:
    assert settings.BACKUP_RECORDS_DAYS == 90 and backups.KEYS_KEPT.days == 7
    for name in ("privacy", "consumer-health"):
        assert "deletes a backup’s records after 90 days, once it makes a newer one" in policy(name)
    assert "deletes its copies of your key after seven days, once it makes a newer backup" in policy(
        "privacy"
    )
    told = client.get("/app/").content.decode()
    assert "deletes a backup’s records after 90 days and keys after seven, once it makes a newer one" in told


def test_every_scope_that_single_plans_want_besides_has_a_reason(db: None, client: Client) -> None:
    """Of reading scopes and those of the standard the reasons stand already."""
    standard = {part for scope in published.SCOPES for part in scope.name.split()}
    asked = {
        scope for scopes in ASKED.values() for scope in scopes.split() if not scope.startswith("patient/")
    }
    assert {scope.name for scope in published.MORE_SCOPES} == asked - standard
    assert PROFILES["blue-button"].quirks.patient_lookup == "userinfo", "what `profile` is for there"
    html = client.get("/app/").content.decode()
    assert [scope.name for scope in published.MORE_SCOPES if f"<code>{scope.name}</code>" not in html] == []


def test_the_versions_of_us_core_are_those_of_the_tests(db: None, client: Client) -> None:
    told = client.get("/app/fhir-r4/").content.decode()
    assert "us-core-7.0.0" in SETS and "examples of 7.0.0 are read" in told
    assert "US Core 3.1.1 to 8.0.0" in (ROOT / "tests/care/must_support.py").read_text().splitlines()[0]
    assert "Must Support elements is of 3.1.1 to 8.0.0" in told


def test_the_versions_of_carin_are_those_of_the_tests(db: None, client: Client) -> None:
    told = client.get("/app/fhir-r4/").content.decode()
    assert {name for name in FOLDERS if name.startswith("carin-bb-")} == {"carin-bb-1.1.0", "carin-bb-2.2.0"}
    assert "examples of 1.1.0 and 2.2.0 are read in our tests" in told
    lists = [part.title for part in evidence().lists if part.title.startswith("CARIN Blue Button ")]
    assert lists == ["CARIN Blue Button 2.0.0: requirements on an app"]
    assert "CARIN BB 2.0.0" in (ROOT / "tests/sync/must_support_shown.py").read_text().splitlines()[0]
    assert "the demands are those of 2.0.0" in told


FILLED_IN = re.compile(
    r"app|app_name|app_path|activate_url|browser|code|day|deleted_email|email|email_path|from_email|home_path|"
    r"mails_path|"
    r"news\.changes|password_reset_url|policies_path|privacy_path|reset_path|activity_path|signup_url|site_url|"
    r"stop_url|terms_path|timestamp|to_email"
)
OF_HEALTH = re.compile(
    r"claim|diagnos|medicine|test result|doctor|hospital|clinic|treatment|denied|bill|"
    r"reclamaci|medicina|resultado|médic|tratamiento|negad|factura",
    re.IGNORECASE,
)
MAILS = sorted(
    str(path.relative_to(ROOT / "templates"))
    for path in (ROOT / "templates").rglob("*.txt")
    if path.parent.name == "email"
)


ASKED_FOR = {f"account/email/{name}_message.txt" for name in ("email_confirmation", "password_reset_key")}
"""With a code or a link for who asked: nothing is changed yet."""


def test_there_are_mails() -> None:
    assert len(MAILS) > 30 and any(name.startswith("mfa/") for name in MAILS)


@pytest.mark.parametrize("name", MAILS)
@pytest.mark.parametrize("language", ["en", "es"])
def test_no_mail_of_the_software_says_anything_about_health_or_takes_in_what_could(
    db: None, name: str, language: str
) -> None:
    source = (ROOT / "templates" / name).read_text()
    filled_in = {found.partition("|")[0].strip() for found in re.findall(r"{{(.*?)}}", source)}
    assert {
        each for each in filled_in if not FILLED_IN.fullmatch(each) and not each.startswith("block")
    } == set()
    with translation.override(language):
        told = get_template(name).render(
            {"app_name": "Reader", "app": "Reader", "site_url": "https://x.example"}
        )
    assert OF_HEALTH.findall(told) == []


ON_WAYS_IN = re.compile(
    r"email_(changed|confirm|deleted)|new_device|password_(changed|reset|set)|plan_added|mfa/"
)


@pytest.mark.parametrize("browser", ["Firefox, Linux", ""])
def test_a_mail_about_a_way_in_says_when_and_with_which_browser(db: None, browser: str) -> None:
    told = {
        name: get_template(name).render({"timestamp": "NOON", "browser": browser})
        for name in MAILS
        if ON_WAYS_IN.search(name) and name.endswith("_message.txt") and name not in ASKED_FOR
    }
    assert len(told) > 8
    assert [name for name, text in told.items() if not ("NOON" in text and browser in text)] == []


def test_of_notices_those_of_a_changed_or_withdrawn_address_alone_name_one() -> None:
    notices = {name: (ROOT / "templates" / name).read_text() for name in MAILS}
    told = {name for name, text in notices.items() if "base_notification" in text} | {
        "account/email/account_closed_message.txt"
    }
    assert len(told) >= 15
    assert {name for name in told if re.search(r"{{ \w*email\b", notices[name])} == {
        "account/email/email_changed_message.txt",
        "account/email/email_deleted_message.txt",
    }


def test_a_claims_page_says_of_each_figure_where_it_came_from(alice: Member, alice_client: Client) -> None:
    """Every amount of the receipt stands once more under its own name, with the element it was sent in."""
    save(a_connection(alice), an_eob(1))
    html = alice_client.get(f"/claims/{Record.objects.get().pk}/").content.decode()
    receipt, _, sources = html.split('data-testid="receipt"')[1].partition('data-testid="sources"')
    figures = set()
    for row in receipt.split("<tr ")[1:]:
        label = re.search(r'sum__label">(?:<[^>]+>)*([^<]+)', row)
        amount = re.search(r'<td role="cell" class="money" [^>]*>([^<]+)', row)
        figures |= {f"{label[1].strip()}: {amount[1].strip()}"} if label and amount else set()
    origins = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", sources, re.S))
    sent = {"Billed: $480.00", "Your share: $53.52"}
    assert sent < figures <= origins.keys()
    assert all("your plan sent it in the totals of the claim" in origins[figure] for figure in sent)
    assert all("We worked it out" in origins[figure] for figure in figures - sent)
