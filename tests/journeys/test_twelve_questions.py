"""Twelve questions that bring members here, each answered from Today by two presses at most.

A press is one of a link or a button, sending a form too; typing is free.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Self

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, Locator, Page, expect

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.sync.models import LastVisit, SyncChange
from tests.appeals.test_views import tick
from tests.care.given import concept, sent
from tests.care.test_pages import keep
from tests.claims.given import all_read, an_eob, row_of, save
from tests.claims.test_people import about
from tests.claims.test_reading_approvals import reviewed
from tests.coverage.test_pages import a_coverage
from tests.journeys.conftest import beside
from tests.length import is_on_postgresql
from tests.overview.test_year import whole

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-questions"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]
MOST_PRESSES = 2
VISIT = ("480.00", "212.40", "0.00", "214.08", "53.52", "53.52", "0.00", "0.00")
"""Billed, discount, not covered, paid, share, of it deductible, copay, coinsurance."""
ICD = "http://hl7.org/fhir/sid/icd-10-cm"
WORDS = {
    "en": {
        "unpaid": "not noted as paid",
        "why": "deductible",
        "left": r"By the claims here, \$1,446\.48 to \$1,500\.00 left",
        "until": r"so that it arrives by .*; the date in your letter counts",
        "same": "same as",
        "asthma": "what did the claims that name asthma cost in 2025",
        "two": "2 claims, the share of everyone here $80.00",
        "x-ray": "the x-ray of 2024",
        "approved": "Approved",
        "sees": "Who can see this",
        "ended": "is disconnected",
    },
    "es": {
        "unpaid": "no consta.* como pagada",
        "why": "deducible",
        "left": r"faltan entre \$1,446\.48 y \$1,500\.00",
        "until": r"a más tardar el .*; cuenta la fecha en su carta",
        "same": "lo mismo que",
        "asthma": "cuánto costaron las reclamaciones que nombran asma en 2025",
        "two": "2 reclamaciones; la parte de todas las personas de aquí es $80.00",
        "x-ray": "la radiografía de 2024",
        "approved": "Aprobad",
        "sees": "Quién puede ver",
        "ended": "desconect",
    },
}


def her_account(alice: Member) -> None:
    """Give Alice a plan with something to ask about everywhere, and one of her child."""
    today = timezone.localdate()
    hers = about(alice, "Harborlight Health", "1", "Ana Lopez", "1980-02-03")
    child = about(alice, "Two Plan", "2", "Leo Lopez", str(today - timedelta(days=3000)))
    limit = {"type": {"coding": [{"code": "deductible"}]}, "valueMoney": {"value": 1500, "currency": "USD"}}
    asthma = {"diagnosisCodeableConcept": concept("Asthma", (ICD, "J45.909", "Asthma"))}
    save(
        hers,
        a_coverage(costToBeneficiary=[limit]),
        whole("due", *VISIT, on=str(today), item=[_line("Office visit")]),
        an_eob("no", on=str(today), share="480.00", adjudication=[_denied()], item=[_line("Back brace")]),
        *(an_eob(f"asthma-{n}", on=f"2025-0{n}-11", share="40.00", diagnosis=[asthma]) for n in (3, 4)),
        an_eob("x-ray", on="2024-05-06", share="61.20", item=[_line("X-ray of the wrist")]),
        _approval(today),
    )
    keep(hers, sent("DiagnosticReport", code=concept("X-ray of the wrist"), effectiveDateTime="2024-05-06"))
    save(child, an_eob("leo", on=str(today), share="20.00"))
    _all_was_read_and_one_claim_corrected(hers, child)
    tick("employer-appeal", on=str(today))


def _line(what: str) -> dict[str, Any]:
    return {"sequence": 1, "productOrService": {"text": what}}


def _denied() -> dict[str, Any]:
    """Return the status by which a plan denies a whole claim."""
    bb = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
    category = (f"{bb}C4BBAdjudicationDiscriminator", "benefitpaymentstatus", "")
    return {
        "category": concept("", category),
        "reason": concept("", (f"{bb}C4BBPayerAdjudicationStatus", "denied", "")),
    }


def _approval(today: date) -> dict[str, Any]:
    until = {"start": str(today), "end": str(today + timedelta(days=200))}
    own = {"use": "preauthorization", "preAuthRefPeriod": [until], "adjudication": [reviewed("A1")]}
    return an_eob("approval", on=None, share=None, created=str(today), item=[_line("Knee surgery")], **own)


def _all_was_read_and_one_claim_corrected(hers: Connection, *others: Connection) -> None:
    now = timezone.now()
    for connection in (hers, *others):
        all_read(connection, known_since=now, complete_at=now, updated_at=now)
    LastVisit.objects.create(
        member=hers.member, since=now - timedelta(days=2), seen_at=now - timedelta(minutes=1), news_at=now
    )
    SyncChange.objects.create(
        member=hers.member, connection=hers, record_id=row_of(hers, "due").pk, what=SyncChange.What.CHANGED,
        at=now - timedelta(days=1),
    )  # fmt: skip


class Walk:
    """A way from Today, whose presses are counted."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.presses = 0

    def from_today(self) -> Self:
        self.page.goto("/home/")
        self.presses = 0
        return self

    def press(self, what: Locator) -> None:
        with self.page.expect_navigation():
            what.click()
        self.presses += 1
        assert self.presses <= MOST_PRESSES

    def room(self, path: str) -> None:
        """Press the link of a room in the head of the page."""
        self.press(self.page.locator(f"header a[href='{path}']"))

    def look_for(self, text: str) -> None:
        self.room("/search/")
        self.page.get_by_role("searchbox").fill(text)
        self.press(self.page.locator("form[role=search] button"))

    def sees(self, test_id: str, words: str) -> None:
        expect(self.page.get_by_test_id(test_id).first).to_contain_text(re.compile(words))


@pytest.fixture(params=["en", "es"])
def walk(
    request: pytest.FixtureRequest,
    live_server: Any,
    settings: Any,
    alice: Member,
    alice_client: Client,
    browser: Browser,
) -> Iterator[tuple[Walk, dict[str, str]]]:
    """Return Alice's walk in one language, with its words; skip where there is no Chromium, never in CI."""
    her_account(alice)
    settings.SITE_URL = live_server.url
    with beside(browser, live_server.url, client=alice_client, locale=f"{request.param}-US") as context:
        yield Walk(context.new_page()), WORDS[request.param]


def test_twelve_questions_are_answered_from_today_within_two_presses(
    walk: tuple[Walk, dict[str, str]],
) -> None:
    here, words = walk
    page = here.from_today().page

    # What is not paid yet? Whose is this? What changed? Today says it.
    here.sees("lede", words["unpaid"])
    expect(page.get_by_test_id("due").first).to_contain_text("Leo Lopez")
    expect(page.get_by_test_id("news").get_by_test_id("claim-row")).to_contain_text("Office visit")

    # Why this amount? And does the bill in my hand match?
    due = page.get_by_test_id("due-row").filter(has_text="Office visit").locator("a.row")
    here.press(due)
    here.sees("causes", words["why"])
    page.locator("#amount").fill("53.52")
    here.press(page.locator("form[action$='/bill/#compared'] button"))
    here.sees("compared", words["same"])
    expect(page.get_by_test_id("compared")).to_be_focused()  # so that it is what is heard next
    expect(page.locator("#amount")).to_have_value("53.52")

    # How far is it to my deductible?
    here.from_today().room("/money/")
    here.sees("left", words["left"])

    # Until when can I appeal?
    here.from_today().press(page.locator(".needs__card--denied a"))
    page.locator("[name=letter_on]").fill(str(timezone.localdate()))
    page.locator("[name=kind]").select_option("employer")
    here.press(page.locator("form[action$='/letter/#when'] button"))
    here.sees("until", words["until"])

    # What did the claims that name asthma cost in 2025? Where is the X-ray of 2024, in claims and in care?
    here.from_today().look_for(words["asthma"])
    expect(page.get_by_test_id("result")).to_contain_text(words["two"])
    here.from_today().look_for(words["x-ray"])
    expect(page.get_by_test_id("claim-row")).to_contain_text("X-ray of the wrist")
    expect(page.get_by_test_id("care-row")).to_contain_text("X-ray of the wrist")

    # What is approved?
    here.from_today().room("/claims/")
    here.press(page.locator("main a[href='/claims/approvals/']"))
    expect(page.get_by_test_id("approval-row")).to_contain_text("Knee surgery")
    here.sees("approval-row", words["approved"])

    # Who can see this? Stop it.
    here.from_today().room("/account/")
    here.sees("who-sees", words["sees"])
    stops = page.get_by_test_id("stop")
    expect(stops).to_have_count(2)
    here.press(stops.first)
    expect(page.locator("h1")).to_contain_text(re.compile(words["ended"]))
    page.goto("/account/")
    expect(stops).to_have_count(1)  # of the one that was stopped nothing is left to stop
