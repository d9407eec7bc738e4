"""Claims, lines, approvals and coverage as spreadsheets."""

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from apps.connections.models import Connection
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord, Coded, Diagnosis, Figure, Line, Money, Reason
from apps.kinds.claim.wording import receipt
from apps.kinds.coverage.records import Cost, CoverageRecord
from apps.plain_language.money import MINUS, money
from apps.takeaway import ours, tables
from apps.takeaway.cells import lines
from tests.claims.given import a_connection, an_eob, claims_of, spoil
from tests.claims.payer_data import claims
from tests.claims.test_equations import printed
from tests.demo_payer.people_on_a_day import different_claims
from tests.takeaway.given import an_approval, bring, cells, content, get

ROOT = Path(__file__).resolve().parents[2]


def usd(text: str) -> Figure:
    return Figure(Decimal(text), "USD")


def claim_row(record: ClaimRecord) -> dict[str, object]:
    (row,) = tables.claim_rows(record, plan="Harborlight", is_current=True)
    return dict(zip(tables.CLAIMS, row, strict=True))


def test_each_figure_has_a_column_and_unknown_is_empty(browser: Client, connection: Connection) -> None:
    response = get(browser, "claims")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = cells(content(response))
    assert list(row) == list(tables.CLAIMS)
    assert (row["plan"], row["claim_number"], row["kind"]) == (
        "Harborlight Health",
        "CLM-odd",
        "professional",
    )
    assert (row["service_start"], row["currency"], row["billed"]) == ("2025-03-09", "USD", "100.00")
    assert {row[name] for name in tables.FIGURES if name != "billed"} == {""}


def test_every_figure_of_a_record_has_a_column() -> None:
    """A figure that reading learns later needs one too."""
    assert sorted(tables.FIGURES) == sorted(Money.__struct_fields__)


def test_a_claim_in_two_currencies_has_a_row_for_each() -> None:
    """A column is there to be added up."""
    money = Money(
        billed=usd("100.00"), plan_paid=Figure(Decimal("9"), "CAD"), your_share=Figure(Decimal("-1.10"))
    )
    rows = [
        dict(zip(tables.CLAIMS, row, strict=True))
        for row in tables.claim_rows(ClaimRecord(money=money), plan="x", is_current=True)
    ]
    assert [(row["currency"], row["billed"], row["plan_paid"], row["your_share"]) for row in rows] == [
        ("USD", Decimal("100.00"), None, Decimal("-1.10")),
        ("CAD", None, Decimal("9"), None),
    ]
    assert {row["left_over"] for row in rows} == {None}, "the page says that these cannot be added up"


PARTS = ("discount", "reduction", "not_covered", "plan_paid", "other_payer", "your_share", "left_over")
TELLING = {
    "carin-bb-1.1.0": 4,
    "carin-bb-2.2.0": 6,
    "carin-connectathon": 9,
    "cms-ab2d": 22,
    "cms-bb2-python-sdk": 52,
    "cms-bfd-v2": 23,
    "davinci-pdex": 0,
    "hl7-r4-core-examples": 0,
    "synthea-smart-sample": 52,
}
"""How many published claims of each folder tell the whole and the share, so that a row of theirs adds up."""


def assert_prints_its_receipt(body: bytes) -> bool:
    """Hold the printed row of a claim against the receipt of its page; return whether the row adds up.

    Amounts in several currencies have a row each, which cannot be added up. Where figures disagree, the page
    says so instead of what is left.
    """
    record = read(body, {})
    rows = tables.claim_rows(record, plan="x", is_current=True)
    told, *more = csv.DictReader(io.StringIO(lines([tables.CLAIMS, *rows]).decode(), newline=""))
    if more:
        return False
    left = Decimal()
    for row in receipt.rows(record):
        columns = ("discount", "reduction") if row.testid == "discount" else (row.testid.replace("-", "_"),)
        amounts = [money(Decimal(told[name]), told["currency"]) for name in columns if told.get(name)]
        assert not (row.figure.is_known and amounts) or row.in_two[0] in amounts, (row, told)
        if row.testid in ("gap", "rounding"):
            left += printed(row.text) if row.sign == MINUS else -printed(row.text)
        elif row.testid.startswith("not-covered") and row.figure.is_known and row.sign != MINUS:
            left -= printed(row.text)  # it is in the share too: a column has it twice
    if not told["left_over"]:
        return False
    assert sum(Decimal(told[name] or 0) for name in PARTS) == Decimal(told["billed"] or told["drug_cost"]), (
        told
    )
    assert record.disagreements or abs(Decimal(told["left_over"]) - left) <= Decimal("0.01"), (told, left)
    return True


@pytest.mark.parametrize("folder", TELLING)
def test_m_16_every_row_of_the_file_of_published_claims_prints_its_receipt(shared: Path, folder: str) -> None:
    sent = [body for _name, body in claims(shared, folder)]
    assert sum(map(assert_prints_its_receipt, sent)) == TELLING[folder]


def test_m_16_every_row_of_the_file_of_demo_members_prints_its_receipt() -> None:
    sent = (json.dumps(eob, default=float).encode() for eob in different_claims())
    assert sum(map(assert_prints_its_receipt, sent)) > 100


def test_what_does_not_count_in_sums_says_so() -> None:
    assert claim_row(ClaimRecord())["counts_in_sums"] is True
    assert claim_row(ClaimRecord(status="cancelled"))["counts_in_sums"] is False
    (row,) = tables.claim_rows(ClaimRecord(), plan="x", is_current=False)
    assert dict(zip(tables.CLAIMS, row, strict=True))["counts_in_sums"] is False


def test_a_claim_that_another_connection_brought_too_is_in_the_files_and_does_not_count(
    browser: Client, connection: Connection
) -> None:
    """Somebody who adds up a column of everything has it once."""
    other = a_connection(connection.member)
    for sender in (connection, other):
        bring(sender, an_eob(2, item=[{"sequence": 1}]))
    rows = cells(content(get(browser, "claims")))
    twice = [row for row in rows if row["claim_number"] == "CLM-2"]
    assert sorted((row["counts_in_sums"], row["is_current"]) for row in twice) == [
        ("no", "yes"),
        ("yes", "yes"),
    ]
    assert [row["counts_in_sums"] for row in rows if row["claim_number"] == "CLM-odd"] == ["yes"]
    lines = [row for row in cells(content(get(browser, "lines"))) if row["claim_number"] == "CLM-2"]
    assert sorted(row["counts_in_sums"] for row in lines) == ["no", "yes"]
    ours = json.loads(content(get(browser, "reading")))["claims"]
    assert sorted(claim["counts_in_sums"] for claim in ours) == [False, True, True]


def test_a_replaced_claim_is_in_the_file_and_marked(browser: Client, connection: Connection) -> None:
    prior = {
        "relationship": {"coding": [{"code": "prior"}]},
        "claim": {"reference": "ExplanationOfBenefit/odd"},
    }
    bring(connection, an_eob(2, related=[prior]))
    rows = {row["claim_number"]: row for row in cells(content(get(browser, "claims")))}
    assert (rows["CLM-odd"]["is_current"], rows["CLM-odd"]["counts_in_sums"]) == ("no", "no")
    assert (rows["CLM-2"]["is_current"], rows["CLM-2"]["counts_in_sums"]) == ("yes", "yes")


def test_codes_and_words_stand_together() -> None:
    record = ClaimRecord(
        diagnoses=(Diagnosis(Coded(code="J06.9", words="Cold")), Diagnosis(Coded(code="R05"))),
        reasons=(Reason("45", "adjustment", group="CO"), Reason("X", "plan", words="No")),
    )
    row = claim_row(record)
    assert (row["diagnoses"], row["reasons"]) == ("Cold (J06.9) | R05", "CO-45 | X No")


def test_codes_that_came_without_words_have_those_of_free_lists_in_every_file() -> None:
    """M-19: a file outlives the site that could look them up."""
    what = Coded("J06.9", "ICD-10-CM")
    record = ClaimRecord(diagnoses=(Diagnosis(what),), lines=(Line(what=Coded("J2270", "HCPCS")),))
    words = "Acute upper respiratory infection, unspecified"
    assert claim_row(record)["diagnoses"] == f"{words} (J06.9)"
    (line,) = tables.line_rows(record, plan="P", is_current=True)
    assert "Injection, morphine sulfate, up to 10 mg" in line
    assert ours.plain(record)["diagnoses"][0]["what"]["words"] == words


def test_lines_have_a_row_each_and_say_which_claim(browser: Client, connection: Connection) -> None:
    item = {
        "sequence": 1,
        "productOrService": {"text": '=cmd|"/C calc"!A0'},
        "quantity": {"value": 2},
        "adjudication": [
            {
                "category": {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/adjudication", "code": "benefit"}
                    ]
                },
                "amount": {"value": -3.5, "currency": "USD"},
            }
        ],
    }
    bring(connection, an_eob(2, item=[item, {"sequence": 2}]))
    rows = [row for row in cells(content(get(browser, "lines"))) if row["claim_number"] == "CLM-2"]
    assert [row["line"] for row in rows] == ["1", "2"]
    assert rows[0]["service"].startswith("'=cmd")
    assert (rows[0]["quantity"], rows[0]["plan_paid"]) == ("2", "-3.5")


def test_a_line_that_repeats_the_whole_claim_says_so() -> None:
    record = ClaimRecord(lines=(Line(number=1, is_total=True),))
    (row,) = tables.line_rows(record, plan="x", is_current=True)
    assert dict(zip(tables.LINES, row, strict=True))["is_total_of_claim"] is True


def test_approvals_have_their_own_file_apart_from_claims(browser: Client, connection: Connection) -> None:
    an_approval(connection)
    (row,) = cells(content(get(browser, "approvals")))
    assert (row["approval_numbers"], row["decision"], row["valid_to"]) == ("A-1", "approved", "2025-12")
    assert (row["quantity"], row["used"], row["provider"]) == ("12", "3", "'=Clinic()")
    assert [row["record_id"] for row in cells(content(get(browser, "claims")))] == ["odd"]


def test_coverage_has_a_row_each(browser: Client, connection: Connection) -> None:
    (row,) = cells(content(get(browser, "coverage")))
    assert (row["status"], row["starts"], row["ends"]) == ("active", "2025-01-01", "")
    assert "M-77" in (row["member_number"], row["subscriber_number"])
    assert cells(content(get(browser, "coverage", 2025))) == [row]


def test_a_coverage_of_other_years_is_not_in_the_file_of_a_year(
    browser: Client, connection: Connection
) -> None:
    ended = b'{"resourceType":"Coverage","id":"old","status":"active","period":{"end":"2019-12-31"}}'
    undated = b'{"resourceType":"Coverage","id":"when","status":"active"}'
    bring(connection, ended, undated)
    assert [row["ends"] for row in cells(content(get(browser, "coverage", 2025)))] == ["", ""]
    assert len(cells(content(get(browser, "coverage")))) == 3


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (CoverageRecord(type_code="DRUGPOL"), ("Prescription drug insurance", "DRUGPOL", "drug")),
        (CoverageRecord(type_code="DENTAL", type_words="Smile Plan"), ("Smile Plan", "DENTAL", "dental")),
        (CoverageRecord(type_code="x-1"), ("x-1", "x-1", "other")),
        (CoverageRecord(), (None, None, "other")),
    ],
)
def test_the_type_of_a_coverage_is_said_in_words_beside_its_code(
    record: CoverageRecord, words: tuple[str | None, ...]
) -> None:
    """The same words whoever makes the file, in whichever language."""
    with translation.override("es"):
        (row,) = tables.coverage_rows(record, plan="x")
    shown = dict(zip(tables.COVERAGES, row, strict=True))
    assert (shown["type"], shown["type_code"], shown["kind"]) == words


def test_costs_of_a_coverage_are_said_in_words() -> None:
    costs = (
        Cost(kind="copay", amount=Decimal("15.00")),
        Cost(words="Specialist", share=Decimal("0.200")),
        Cost(kind="x", quantity=Decimal("3"), unit="visits"),
        Cost(kind="copay", unread="$25 per visit"),
    )
    (row,) = tables.coverage_rows(CoverageRecord(costs=costs), plan="x")
    assert row[-1] == "Copay: 15.00 USD | Specialist: 20% | x: 3 visits | Copay: $25 per visit"


def test_a_claim_that_does_not_open_has_a_row_that_says_so(browser: Client, connection: Connection) -> None:
    spoil(*[claim.id for claim in claims_of(connection)])
    (row,) = cells(content(get(browser, "claims")))
    assert (row["plan"], row["claim_number"]) == ("Harborlight Health", "could not be opened")


def test_the_document_describes_every_column_and_no_other() -> None:
    text = (ROOT / "docs" / "take-along.md").read_text()
    told = set(re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"(?m)^\| (`.*?`) \|", text))))
    assert told == {*tables.CLAIMS, *tables.LINES, *tables.APPROVALS, *tables.COVERAGES, *tables.CARE}
