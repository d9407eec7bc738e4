"""What packets answer of policies, plans and the device, where no other room's tests look."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from apps.accounts import policies
from apps.fhir.client import IDS_PER_SEARCH
from apps.listing import capability
from apps.listing.documents import ShippedRow, shipped
from apps.listing.policies import POLICIES, html_of
from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks
from apps.sync import marks
from apps.sync.models import paces
from tests.conftest import ROOT
from tests.listing.test_sentences import sentences

HEADINGS = (
    "HIPAA", "Use", "Share", "Sell", "Store", "Encryption", "Privacy", "User options", "Deactivation",
    "Policy changes", "Breach", "Contact us",
)  # fmt: skip
PRINCIPLES = (
    "Transparency", "Consent", "Use and disclosure", "Individual access", "Right to be forgotten", "Security",
    "Provenance", "Accountability", "Education", "Availability",
)  # fmt: skip
CLAUSES = {
    "Consent: informed": "1.1 1.2 1.3", "Consent: marketing": "1.4", "Consent: children": "1.5",
    "Transparency: changes": "1.6 5.3", "Consent: how it is taken back": "1.7", "Consent: who asks": "1.8",
    "Use and disclosure: vendors": "2.1", "Use and disclosure: no more": "2.2",
    "Use and disclosure: stated": "2.3", "Individual access: see": "3.1", "Individual access: for": "3.1",
    "Individual access: what may be late": "3.2", "Right to be forgotten": "3.3", "Security": "4.1 4.3",
    "Security: sealed": "4.2", "Security: what follows": "4.4", "Transparency: a policy": "5.1 5.4",
    "Transparency: what": "5.2 5.5", "Provenance: who supplied": "6.1", "Provenance: who changed": "6.1",
    "Accountability: an officer": "7.1", "Accountability: staff": "7.2",
    "Accountability: no certificate": "7.3", "Education": "8.1", "Education: choices": "8.2",
    "Availability": "9.1 9.2",
}  # fmt: skip
"""Where each clause of the code's first version is answered, by its number in a published questionnaire."""
CLAUSES_OF_HEADINGS = (8, 3, 3, 4, 5, 1, 3, 2, 2)
PLAIN = 60
"""Flesch, A new readability yardstick (1948): from 60 to 70 is plain English, more is easier."""


def answers(slug: str) -> dict[str, ShippedRow]:
    """Return the rows of a document by what they answer."""
    (document,) = [each for each in shipped().documents if each.slug == slug]
    return {row.ask: row for row in document.rows}


def section(client: Client, heading: str) -> str:
    """Return the part of the privacy policy under a heading, with its tags."""
    return client.get("/privacy/").content.decode().split(f"<h2>{heading}</h2>")[1].split("<h2>")[0]


def test_g_14_every_heading_of_the_template_of_2018_is_answered_in_its_order() -> None:
    asked = [ask.partition(":")[0] for ask in answers("notice")]
    assert asked == list(HEADINGS)


def test_g_10_every_principle_and_clause_of_the_code_is_answered_with_what_proves_it() -> None:
    """G-10: not one principle by a promise alone."""
    rows = answers("carin")
    assert tuple(dict.fromkeys(ask.partition(":")[0] for ask in rows)) == PRINCIPLES
    for principle in PRINCIPLES:
        proofs = [name[0] for ask, row in rows.items() if ask.startswith(principle) for name in row.proof]
        assert any(name[0] in "GWDO" or "test_" in name for name in proofs), principle
    assert {start for start in CLAUSES for ask in rows if ask.startswith(start)} == CLAUSES.keys()
    assert [ask for ask in rows if not ask.startswith(tuple(CLAUSES))] == []
    headings = enumerate(CLAUSES_OF_HEADINGS, 1)
    every = {f"{heading}.{1 + at}" for heading, clauses in headings for at in range(clauses)}
    assert {number for numbers in CLAUSES.values() for number in numbers.split()} == every


@pytest.mark.django_db
def test_the_policy_says_what_is_collected_from_whom_and_when(client: Client) -> None:
    told = section(client, "What we collect")
    for wanted in ("From you: your e-mail", "From each plan", "read again", "claims", "coverage", "Clinical"):
        assert wanted in told, wanted


@pytest.mark.django_db
def test_the_policy_says_what_operators_can_see(client: Client) -> None:
    told = section(client, "How it is kept")
    assert "perators can see that a connection exists" in told
    assert "no claim, no diagnosis and no token" in told


@pytest.mark.django_db
def test_what_the_terms_say_that_it_is_not(client: Client) -> None:
    told = client.get("/terms/").content.decode()
    assert "It is not a bill" in told and "Not a bill: pay by the bill of your doctor" in told


@pytest.mark.parametrize("policy", POLICIES)
def test_the_policies_are_in_plain_language_by_flesch(policy: str) -> None:
    """Groups of vowels stand for syllables; an `e` at a word's end is not spoken."""
    told = sentences(re.sub(r"<h2>.*?</h2>", "", html_of(policy, "en")))
    words = [word.lower() for sentence in told for word in re.findall(r"[A-Za-z’']+", sentence)]
    syllables = sum(
        len(re.findall(r"[aeiouy]+", re.sub(r"(?<=..)(?<!l)e$", "", word))) or 1 for word in words
    )
    assert 206.835 - 1.015 * len(words) / len(told) - 84.6 * syllables / len(words) >= PLAIN


def test_no_page_plays_anything_or_asks_how_the_device_moves() -> None:
    """What WCAG asks of sound, film and motion does not apply: there is none, not even in a plan's papers."""
    files = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "static/js").glob("*.js")]
    told = {path.name: path.read_text() for path in [*files, *(ROOT / "apps").rglob("*.py")]}
    playing = (
        r"<(audio|video|embed|object|iframe)\b|new Audio\(|[dD]evice(Motion|motion|Orientation|orientation)"
    )
    assert len(files) > 60 and [name for name, text in told.items() if re.search(playing, text)] == []


def test_nobody_is_asked_for_a_password_but_to_sign_in_here() -> None:
    """Beside the ways in there are fields for secrets at operators' forms alone."""
    looked = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "apps").rglob("*.py")]
    asking = {
        str(path.relative_to(ROOT))
        for path in looked
        if re.search(r"type=\"password\"|Password(Input|Field)", path.read_text())
    }
    ways_in = ("templates/account/", "templates/mfa/", "apps/accounts/", "apps/demo_payer/")
    assert {path for path in asking if not path.startswith(ways_in)} == {
        "apps/plans/admin/forms.py",
        "templates/admin/connections/act.html",
    }


@pytest.mark.parametrize("profile", ["blue-button", "blue-button-v3"])
def test_medicare_is_told_a_confidential_client_with_pkce(profile: str) -> None:
    quirks = PROFILES[profile].quirks
    assert (quirks.token_auth != "none", quirks.pkce) == (True, "always")


def test_the_days_of_a_new_version_are_those_of_the_code() -> None:
    """How long ahead a mail comes, for how long none may leave, and how soon a version holds."""
    ahead, queue = policies.NOTICE.days, policies.QUEUE.days
    assert (ahead, queue) == (30, 5)
    told = {
        "notice": "Policy changes: how is one told?", "policy": "Policy changes",
        "elevance": "Notice of changes, and consent affirmed again",
    }  # fmt: skip
    for slug, ask in told.items():
        assert "30 days ahead unless mail cannot leave for five" in answers(slug)[ask].answer
    later = answers("bluebutton")["Later changes of the policy need approval in advance"].answer
    assert f"never sooner than {ahead + queue} days after it was announced" in later


def test_how_a_plan_is_asked_is_told_with_the_numbers_of_the_code() -> None:
    told = {ask: row.answer for ask, row in answers("citizen").items()}
    at_once = f"{paces.DEFAULT_PER_MINUTE} a minute after the first {paces.DEFAULT_BURST}"
    slower = f"it is {paces.SLOWER * 100:.0f} in 100 of that, down to {paces.FEWEST_PER_MINUTE:.0f}"
    assert at_once in told["Request budget"] and slower in told["Request budget"]
    assert (1.5, timedelta(minutes=10)) == (paces.FASTER, paces.QUIET)
    assert not any(profile.quirks.requests_per_minute for profile in PROFILES.values())
    *first, last = (f"{pause.total_seconds():.0f}" for pause in paces.PAUSES)
    assert f"{', '.join(first)}, then every {last} seconds" in told["An outage"]
    assert paces.OUTAGES == 5 and "After five outages in at least two runs" in told["An outage"]
    assert Quirks().refresh_hours == 24 and "once a day where it says nothing" in told["How often"]
    assert f"in full again after {marks.FULL_EVERY.days} days" in told["How often"]
    assert capability.WHY["_id"].startswith(f"Up to {IDS_PER_SEARCH} ids, separated by commas.")
