"""What a packet and the pages of a refusal tell besides: its amounts in no sum, the plan's telephone."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.appeals import rules
from tests.appeals.test_views import refused, texts, told
from tests.claims.given import a_connection, row_of, save, shown
from tests.claims.made import priced
from tests.claims.test_people import about
from tests.conftest import page
from tests.coverage.test_pages import a_coverage

ICD = "http://hl7.org/fhir/sid/icd-10-cm"
pytestmark = pytest.mark.usefixtures("november_2026")


@pytest.mark.parametrize(
    ("phones", "told", "dials"),
    [
        (["555-555-0100", "555-555-0100"], "555-555-0100", 'href="tel:5555550100"'),
        (["555-0100 ext. 7"], "555-0100 ext. 7", None),
        (["555-555-0100", "555-555-0199"], None, None),
        ([], None, None),
    ],
)
def test_where_the_member_is_sent_to_the_plan_its_telephone_stands_as_its_coverage_has_it(
    alice: Member, alice_client: Client, phones: list[str], told: str | None, dials: str | None
) -> None:
    """Of several numbers none is said: which of them answers for this claim nobody tells.

    Those of a coverage that is over, and of another plan, are no such others.
    """
    ended = {"period": {"start": "2019-01-01", "end": "2019-12-31"}}
    covers = [a_coverage(n, **_with_phone(phone)) for n, phone in enumerate(phones, 1)]
    covers += [a_coverage(8, **_with_phone("555-555-0188"), **ended)] if phones else []
    connection, other = a_connection(alice), a_connection(alice, plan="Another plan")
    save(connection, refused(), *covers)
    save(other, a_coverage(9, **_with_phone("555-555-0177")))
    address = f"/claims/{shown(alice)[0].id}/"
    for html in (page(alice_client, address), page(alice_client, f"{address}appeal/")):
        line = html.partition('data-testid="plan-phone"')[2].partition("</p>")[0]
        assert bool(line) is bool(told) and (told or "") in line
        assert ("tel:" in line) is bool(dials) and (dials or "") in line
    cover = texts(alice_client.post(f"{address}appeal/packet/", {"text": "Dear plan"}).content)[0]
    assert ("telephone" in cover) is bool(told) and (told or "") in cover


def _with_phone(phone: str, name: str = "Harborlight") -> dict[str, Any]:
    payer = {"resourceType": "Organization", "id": "p", "name": name}
    phones = {"telecom": [{"system": "phone", "value": phone}]} if phone else {}
    return {"contained": [payer | phones], "payor": [{"reference": "#p"}]}


def covered_by(name: str, phone: str = "", **changes: Any) -> dict[str, Any]:
    """Return a coverage of a payer of this name."""
    return a_coverage(**_with_phone(phone, name), **changes)


@pytest.mark.parametrize(
    ("covers", "told"),
    [
        ([covered_by("Harborlight"), covered_by("Medicare", "555-555-0177", id="b")], None),
        (
            [
                covered_by("Harborlight"),
                covered_by("Old Plan", "555-555-0177", id="b", period={"end": "2024-12-31"}),
            ],
            None,
        ),
        (
            [
                covered_by("Harborlight"),
                covered_by("Harborlight", "555-555-0100", id="b", period={"end": "2024-12-31"}),
            ],
            "555-555-0100",
        ),
        # The only one in force is of another payer than the claim names: the one that is over has no number.
        (
            [
                covered_by("Other Plan", "555-555-0177"),
                covered_by("Harborlight", id="b", period={"end": "2024-12-31"}),
            ],
            None,
        ),
        (
            [covered_by("Other Plan", "555-555-0177", id="b"), covered_by("Harborlight", "555-555-0100")],
            "555-555-0100",
        ),
        ([covered_by("Wrong Plan", "555-555-0177", status="entered-in-error")], None),
        (
            [
                covered_by("Harborlight", "555-555-0100"),
                covered_by("Wrong Plan", "555-555-0177", id="b", status="entered-in-error"),
            ],
            "555-555-0100",
        ),
    ],
)
def test_the_telephone_of_another_payer_is_not_given_as_the_plans(
    alice: Member, alice_client: Client, covers: list[dict[str, Any]], told: str | None
) -> None:
    """A plan sends what other insurers cover, too: the one that has a number answered for the one without."""
    save(a_connection(alice), refused(), *covers)
    html = page(alice_client, f"/claims/{shown(alice)[0].id}/")
    line = html.partition('data-testid="plan-phone"')[2].partition("</p>")[0]
    assert bool(line) is bool(told) and (told or "") in line


@pytest.mark.parametrize(
    ("payer", "cover", "is_given"),
    [
        ("Humana", "Humana, Inc.", True),
        ("Humana, Inc.", "Humana", True),
        ("Humana Inc", "HUMANA INC.", True),
        ("UnitedHealthcare", "United Healthcare", True),
        ("NPI 1407891336", "Humana", True),  # a number is no name
        ("Humana", "Aetna Inc.", False),
        ("Humana Inc.", "Aetna Inc.", False),
        ("1199 Fund", "NPI 1407891336", True),
        ("Harborlight", "Harborside", False),
    ],
)
def test_a_payer_is_the_same_under_other_spellings(
    alice: Member, alice_client: Client, payer: str, cover: str, is_given: bool
) -> None:
    """Its own number was kept back for a comma or a legal form."""
    save(a_connection(alice), refused(insurer={"display": payer}), covered_by(cover, "555-555-0100"))
    html = page(alice_client, f"/claims/{shown(alice)[0].id}/")
    assert ('data-testid="plan-phone"' in html) is is_given


def test_the_packet_says_which_amounts_are_in_no_sum(alice: Member, alice_client: Client) -> None:
    """The price stood below the share in one table, where it read as if it came on top."""
    amounts = {"submitted": 300, "eligible": 0, "benefit": 0, "noncovered": 300, "memberliability": 300}
    save(a_connection(alice), refused(total=[priced(code, amount) for code, amount in amounts.items()]))
    packet = alice_client.post(f"/claims/{shown(alice)[0].id}/appeal/packet/", {"text": "Dear plan"})
    sums, heading, beside = texts(packet.content)[2].partition("Also sent, in no sum above")
    assert heading and "Your share" in sums and "Your plan allows" not in sums
    assert "Your plan allows" in beside


def test_of_folded_care_the_packet_is_of_the_refusal_that_was_opened_alone(
    alice: Member, alice_client: Client
) -> None:
    """The care of a child of 14 is folded in lists; whoever opens a refusal of it asks for that one."""
    save(about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03"), refused())
    child = about(alice, "Two Plan", "2", "Leo Lopez", "2012-03-04")
    for number, what in ((2, "Group therapy"), (3, "Detox stay")):
        item = refused()["item"][0] | {"productOrService": {"text": what}}
        secret = {"diagnosisCodeableConcept": {"coding": [{"system": ICD, "code": "F11.20"}]}}
        save(child, refused(number, item=[item], diagnosis=[{"sequence": 1} | secret]))
    assert page(alice_client, "/claims/").count("Folded claim<") == 2
    address = f"/claims/{row_of(child, 2).pk}/appeal/"
    packet = " ".join(texts(alice_client.post(f"{address}packet/", {"text": "Dear plan"}).content))
    for shown_there in (page(alice_client, address), packet):
        assert "Group therapy" in shown_there and "Detox" not in shown_there


PERIOD = re.compile(r"\d+ (?:hour|day|month)s?\b")
MARKS = {"A": "Official: ", "B": "As others quote it: "}


@pytest.mark.parametrize("kind", rules.KINDS)
def test_no_period_stands_on_the_page_without_its_source_and_mark(
    alice: Member, alice_client: Client, kind: rules.Kind
) -> None:
    save(a_connection(alice), refused())
    address = f"/claims/{shown(alice)[0].id}/appeal/"
    alice_client.post(f"{address}letter/", {"kind": kind})
    html = unescape(page(alice_client, address))
    shown_rules, _, sources = html.partition('data-testid="sources"')
    sentences = re.findall(r"<li>([^<]*)</li>", shown_rules.partition('data-testid="rules"')[2])
    periods = [words for words in (told(html, "until"), *sentences) if PERIOD.search(words)]
    assert periods or kind in ("chip", "separate", "limited")
    for words in periods:
        entry = sources.partition(f"<li>{words} (")[2].partition("</li>")[0]
        froms = [f"{rule.law}. {MARKS[rule.mark]}{rule.source}" for rule in rules.rules()]
        assert entry.startswith(tuple(froms)), (words, entry)
