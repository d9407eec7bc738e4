"""A member follows one visit from its claim to what was done, found and paid, and hides what is nobody's."""

import re
from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from playwright.sync_api import Browser, Locator, Page, expect

from apps.accounts.mail_notices import Kind, choose
from apps.accounts.mail_rounds import go_round
from apps.accounts.models import Member
from apps.overview.mail_news import has_news
from apps.sync.models import SyncChange
from tests.care.given import coded, concept, sent
from tests.care.test_pages import a_result, keep
from tests.claims.given import NOW, a_connection, all_read, save
from tests.journeys.conftest import beside
from tests.length import is_on_postgresql
from tests.overview.test_hiding import CANARY, HIV
from tests.overview.test_year import VISIT, whole
from tests.takeaway.given import sure

pytestmark = [
    pytest.mark.journey,
    pytest.mark.xdist_group("journey-care"),
    pytest.mark.skipif(is_on_postgresql(), reason="walked on SQLite; others walk on both"),
]
DAY = "2026-03-09"
EVENT = {"encounter": {"reference": "Encounter/checkup"}}
CODE = concept("Joint injection", ("https://www.cms.gov/hcpcs", "G0447", ""))
LETTER = {"contentType": "text/plain", "data": "WW91ciBrbmVlIGhlYWxzIHdlbGwu"}
LINKS = "links => links.map(link => link.getAttribute('href'))"
OTHER = {"encounter": {"reference": "Encounter/hidden"}}


def her_care(alice: Member) -> None:
    """Give Alice a visit with all that belongs to it, results of two years, and care she may hide."""
    connection = a_connection(alice)
    share = {"category": coded("memberliability"), "amount": {"value": 53.52, "currency": "USD"}}
    line = {"sequence": 1, "productOrService": CODE, "adjudication": [share]}
    line["encounter"] = [{"reference": "Encounter/checkup"}]
    hidden_line = {"sequence": 1, "productOrService": {"text": f"{CANARY} visit"}}
    hiv = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": HIV}], "item": [hidden_line]}
    save(
        connection,
        whole("checkup", *VISIT, on=DAY, item=[line]),
        whole("hidden", "20.00", "0.00", "0.00", "10.00", "10.00", on="2026-04-01", **hiv),
    )
    visit = {"status": "finished", "class": {"code": "AMB"}}
    keep(
        connection,
        sent("Encounter", id="checkup", type=[concept("Knee check-up")], period={"start": DAY}, **visit),
        sent("Procedure", id="p1", status="completed", code=CODE, performedDateTime=DAY, **EVENT),
        a_result(3, 6.1, effectiveDateTime=DAY, **EVENT),
        a_result(1, 5.9, id="o-2025", effectiveDateTime="2025-02-10"),
        a_result(1, 5.4, id="o-2024", effectiveDateTime="2024-03-10"),
        sent(
            "DocumentReference",
            id="letter",
            status="current",
            type=concept("Letter about the knee"),
            date=f"{DAY}T12:00:00Z",
            content=[{"attachment": LETTER}],
            context=EVENT | {"encounter": [EVENT["encounter"]]},
        ),
        sent(
            "Encounter",
            id="hidden",
            type=[concept(f"{CANARY} clinic")],
            period={"start": "2026-04-01"},
            **visit,
        ),
        sent("Condition", id="c1", status=None, code=HIV, **OTHER),
        a_result(4, 5, id="count", code={"text": f"{CANARY} count"}, effectiveDateTime="2026-04-01", **OTHER),
    )
    all_read(connection)


@pytest.fixture
def hers(
    browser: Browser, live_server: Any, settings: Any, alice: Member, alice_client: Any
) -> Iterator[Page]:
    """Return Alice's window, in which she has just said who she is."""
    her_care(alice)
    settings.SITE_URL = live_server.url
    client, an_hour_later = sure(alice_client, alice), time_machine.travel(NOW + timedelta(hours=1))
    with an_hour_later, beside(browser, live_server.url, client=client) as context:
        yield context.new_page()


def press(page: Page, what: Locator) -> None:
    with page.expect_navigation():
        what.first.click()


def row(page: Page, words: str) -> Locator:
    return page.get_by_test_id("care-row").filter(has_text=words)


def test_a_result_in_a_list_stands_in_one_column_with_its_name(hers: Page) -> None:
    """On a telephone the name of a result stood at the right edge, far from what is said below it."""
    hers.goto("/care/")
    with_value = row(hers, "Hemoglobin A1c").filter(has=hers.locator(".care__value")).first
    boxes = [with_value.locator(part).bounding_box() for part in (".row__title", ".row__meta")]
    assert len({round(box["x"]) for box in boxes if box}) == 1, boxes


def sums(page: Page) -> list[str]:
    """Return every amount of the year, and the sentence over the claims."""
    page.goto("/money/2026/")
    amounts = re.findall(r"\$[\d,.]+", page.locator("main").inner_text())
    page.goto("/claims/")
    return [*amounts, page.get_by_test_id("result").inner_text()]


def from_the_claim_to_all_that_belongs_to_it(page: Page) -> None:
    """Follow a claim to its visit, what was done, the test, its change over two years, paper and cost."""
    page.goto("/claims/")
    press(page, page.get_by_test_id("claim-row").filter(has_not_text=CANARY))
    expect(page.locator("main")).to_contain_text("$53.52")
    claim = page.url
    press(page, page.get_by_test_id("joined-care").filter(has_text="Joint injection").locator("a"))
    expect(page.get_by_test_id("its-cost")).to_contain_text("$53.52")
    page.goto(claim)
    press(page, page.get_by_test_id("joined-care").filter(has_text="Knee check-up").locator("a"))
    expect(page.get_by_test_id("its-cost")).to_contain_text("$53.52")
    visit = page.url
    press(page, row(page, "Hemoglobin A1c"))
    expect(page.locator("svg .care__mark")).to_have_count(3)
    table = page.locator("table").filter(has_text="5.4 %")
    expect(table).to_contain_text("March 10, 2024")
    expect(table).to_contain_text("6.1 %")
    page.goto(visit)
    press(page, row(page, "Letter about the knee"))
    press(page, page.get_by_test_id("form"))
    expect(page.locator("main")).to_contain_text("Your knee heals well.")


def every_address_of(page: Page) -> set[str]:
    """Return the addresses that the main pages lead to, of records too, that show the member something."""
    found = set()
    for path in ("/home/", "/care/", "/claims/", "/money/", "/money/2026/", "/coverage/", "/connections/"):
        page.goto(path)
        found |= {path, *page.locator("main a[href^='/']").evaluate_all(LINKS)}
    return {path for path in found if not path.endswith("/exported/")}


def shown(page: Page, paths: Iterable[str]) -> set[str]:
    """Return on which of these, on the screen or on paper, the canary is; in a title or an address too."""
    told = set()
    for media in ("screen", "print"):
        page.emulate_media(media=media)
        for path in sorted(paths):
            page.goto(path)
            said = (page.url, page.title(), page.content(), page.locator("body").inner_text())
            told |= {f"{path} {media}"} if any(CANARY in each for each in said) else set()
    page.emulate_media(media="screen")
    return told


def files_for_others(page: Page) -> Iterator[tuple[str, bytes]]:
    """Yield every file that is made to be shared."""
    page.goto("/take-along/")
    page.locator("[name=for]").select_option("others")
    buttons = page.locator("button[name=format]")
    for place in range(buttons.count()):
        with page.expect_download() as waiting:
            buttons.nth(place).click()
        yield waiting.value.suggested_filename, waiting.value.path().read_bytes()


def mails_of(alice: Member) -> list[str]:
    """Return what is written to her a day after both of her claims were corrected."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    choose(member=alice, kinds=[Kind.CORRECTION], now=NOW)
    for record in alice.records.filter(fhir_type="ExplanationOfBenefit"):
        what = {"what": "changed", "at": NOW + timedelta(hours=5)}
        SyncChange.objects.create(member=alice, connection=record.connection, record=record, **what)
    go_round(has_news, now=NOW + timedelta(days=1, hours=6))
    return [f"{letter.subject} {letter.body} {letter.extra_headers}" for letter in mail.outbox]


def test_from_a_claim_to_all_that_belongs_to_it_and_what_she_hides_is_nowhere(
    hers: Page, alice: Member
) -> None:
    """One walk: what was done, found, written and paid; then a category is hidden, and every sum stays."""
    hers.goto("/care/")
    expect(hers.get_by_test_id("claim-row")).to_have_count(0)
    from_the_claim_to_all_that_belongs_to_it(hers)
    before, addresses = sums(hers), every_address_of(hers)
    assert {f"{path} screen" for path in ("/care/", "/claims/")} <= shown(hers, ("/care/", "/claims/"))

    hers.goto("/hiding/")
    hers.locator("[name=screen-hiv]").select_option("out")
    press(hers, hers.locator("form:has([name=screen-hiv]) button"))
    assert sums(hers) == before
    assert shown(hers, addresses) == set()
    hers.goto("/search/")
    hers.get_by_role("searchbox").fill("clinic")
    press(hers, hers.locator("form[role=search] button"))
    expect(hers.locator("main")).not_to_contain_text(CANARY)
    files = dict(files_for_others(hers))
    assert len(files) > 3 and [name for name, held in files.items() if CANARY.encode() in held] == []
    mails = mails_of(alice)
    assert sum("List-Unsubscribe" in letter for letter in mails) == 1, "both are told of in one"
    assert [letter for letter in mails if CANARY in letter] == []
