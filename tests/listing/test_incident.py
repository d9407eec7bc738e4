"""The runbook for data that got out, the notice, and the page that Washington asks for."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.listing.documents import COUNSEL
from apps.listing.face import face
from apps.listing.models import AppListing
from apps.listing.packet import packet, sheets
from apps.plans.models import Plan
from tests.conftest import ROOT

RUNBOOK = (ROOT / "docs" / "incident.md").read_text()
# 16 CFR 318.6 (a) to (e), each by a word of its paragraph in the template.
FIELDS = {
    "what happened, and both days": r"What happened\..*On \[DAY\].*We learned of it on \[DAY\]",
    "who acquired it": r"Who has it\..*NAME OR IDENTITY",
    "the types of information": r"What it was\..*KINDS OF DATA",
    "harm, and steps to take": r"what you can do\..*STEPS",
    "what is done about it": r"What we do\..*LIMIT THE HARM",
    "two ways to ask": r"How to reach us\..*TWO OF",
}


def test_g_05_the_notice_has_every_field_that_the_rule_asks_for() -> None:
    notice = RUNBOOK[RUNBOOK.index("## The notice") :].replace("\n> ", " ")
    assert [field for field, words in FIELDS.items() if not re.search(words, notice, re.S)] == []


def test_g_04_the_runbook_counts_who_is_to_be_told_with_a_command_of_ours() -> None:
    assert "60 days" in RUNBOOK and "500 people" in RUNBOOK
    assert "manage.py operate mail_members SLUG --file FILE --dry-run" in RUNBOOK


def test_g_04_the_list_of_members_says_how_many_accounts_there_are(alice: Member, operator: Client) -> None:
    assert "2 members" in operator.get("/admin/accounts/member/").content.decode()


def test_the_runbook_names_commands_that_there_are() -> None:
    acts = set(re.findall(r"manage\.py operate (\w+)", RUNBOOK)) | set(
        re.findall(r"`((?:stop|end|swap)_\w+)`", RUNBOOK)
    )
    manual = (ROOT / "docs" / "operations.md").read_text()
    assert acts and all(f"operate {act}" in manual for act in acts)


@pytest.mark.parametrize(("language", "words"), [("en", "A lawyer has to read it"), ("es", "abogado")])
def test_g_16_washington_has_a_page_of_its_own_linked_from_the_front_page(
    db: None, language: str, words: str
) -> None:
    """G-16: RCW 19.373.020, and it says that counsel has to read it until the operator noted who did."""
    browser = Client(headers={"accept-language": language})
    assert 'href="/consumer-health/"' in browser.get("/").content.decode()
    told = browser.get("/consumer-health/").content.decode()
    assert told.count("<h2>") == 4
    for wanted in ("RCW 19.373", "atg.wa.gov", "45", 'data-testid="counsel"', words):
        assert wanted in told, wanted
    listing = AppListing.objects.for_editing()
    listing.counsel_read_on = timezone.localdate()  # of other texts
    listing.save()
    assert 'data-testid="counsel"' in browser.get("/consumer-health/").content.decode()
    listing.health_page_read_on = timezone.localdate()
    listing.save()
    assert 'data-testid="counsel"' not in browser.get("/consumer-health/").content.decode()


def test_g_16_every_packet_has_the_sections_of_washingtons_page_and_who_has_to_read_it(
    client: Client, at_1up: Plan
) -> None:
    sections = re.findall("<h2>(.*?)</h2>", client.get("/consumer-health/").content.decode())
    annexes = packet(sheets()[0], face(), on=timezone.localdate()).annexes
    (lines,) = [annex.lines for annex in annexes if annex.slug == "washington"]
    assert [line.ask for line in lines] == [*sections, COUNSEL]
    assert [line.ask for line in lines if line.is_blank] == [COUNSEL]
