"""The CMS directory of state Medicaid agencies, dirt and all (facts/payers.md, 2.1)."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from apps.plans.actions import load
from apps.plans.choices import Status
from apps.plans.models import Plan
from apps.plans.plan_lists import FileUnusable, Refused, Row, read_cms_csv
from apps.plans.registrations import Registration
from tests.registered import registered

HEAD = '"State Medicaid Agency Directory"' + "," * 20 + "\r\nState" + "," * 20 + "\r\n"


def line(state: str, claims: str, *, capabilities: str = "", chip: str = "") -> str:
    cells = [""] * 21
    cells[0], cells[5], cells[8], cells[9], cells[11] = state, claims, chip, "Active", capabilities
    cells[14], cells[16] = "4.0.1", "Oauth 2.0"
    return ",".join(f'"{cell}"' for cell in cells) + "\r\n"


def only(text: str) -> Row | Refused:
    (row,) = read_cms_csv(HEAD + text)
    return row


@pytest.fixture
def directory(shared: Path) -> Path:
    """Return the file as CMS published it."""
    return shared / "directories/CMS-SMAEndpointDirectory.csv"


ADDRESSES = {
    "alaska-medicaid": "https://api.alaskafhir.com/r4",  # .../Explanationofbenefits
    "vermont-medicaid": "https://api.vermontfhir.com/r4",  # mixed-case host
    "colorado-medicaid": "https://api.coloradofhir.com/r4",  # bare host
    "missouri-medicaid": "https://iox.mohealthnet.conduent.com/patientAccess/api/R4",  # [placeholder]
    "south-carolina-medicaid": "https://claims.fhir.scdhhs.online/fhir/patientaccess",  # query
    "maryland-medicaid": "https://api-crsp-prd.safhir.io/v1/api/carin-bb",  # openapi.json
    "utah-medicaid": "https://fp.medicaid.utah.gov/ProviderClient",  # /metadata, trailing blank
    "north-dakota-medicaid": "https://us120.fhir.m3.edifecsfedcloud.com/nd_pa",  # non-breaking blank
    "arkansas-medicaid": "https://fite.ar-prd.gw02.abacusinsights.ai/carin-bb",  # two URLs
    "nebraska-medicaid": "https://dhhs-api.ne.gov/dhhs/trading-partner/api/cmsi/patient-access-api/1.0.0",
}


def test_every_row_of_the_published_file_is_used_or_reported(db: None, directory: Path) -> None:
    """The reason says what the cell holds, and plans are listed, not connectable; twice changes nothing."""
    report = load(content=directory.read_bytes())
    assert (len(report.created), len({refused.number for refused in report.refused})) == (36, 20)
    reasons = {refused.label: refused.reason for refused in report.refused}
    assert len(reasons) == 20 and all(reasons.values())
    assert reasons["Arizona"] == "the claims address says 'N/A' (status: Not Yet Started)"
    assert reasons["Ohio"] == "the claims address is empty (status: In Development)"
    assert reasons["Iowa"].startswith("2 claims addresses")
    assert "Guam (GU)" in reasons
    plans = Plan.objects.filter(slug__in=ADDRESSES)
    assert {plan.slug: plan.fhir_base_url for plan in plans} == ADDRESSES
    assert Plan.objects.listed().count() == 36
    assert not Plan.objects.connectable().exists()
    alaska = Plan.objects.get(slug="alaska-medicaid")
    assert (alaska.status, alaska.states) == (Status.UNCONFIRMED, ["AK"])
    assert alaska.imported_from == "cms-sma-directory"
    assert "Surveyed: 4/28/2023" in alaska.notes
    assert Plan.objects.get(slug="michigan-medicaid").lines_of_business == ["medicaid", "chip"]
    assert not Registration.objects.exists()
    before = list(Plan.objects.order_by("pk").values())
    report = load(content=directory.read_bytes())
    assert (len(report.created), len(report.updated), len(report.unchanged)) == (0, 0, 36)
    assert list(Plan.objects.order_by("pk").values()) == before


def test_a_plan_an_operator_has_confirmed_is_left_alone(db: None, directory: Path) -> None:
    load(content=directory.read_bytes())
    Plan.objects.filter(slug="alaska-medicaid").update(
        fhir_base_url="https://api.alaskafhir.com/r4/",
        registration=registered("ours"),
        status=Status.CONFIRMED,
    )
    report = load(content=directory.read_bytes())
    assert report.kept == ["alaska-medicaid"]
    assert Plan.objects.get(slug="alaska-medicaid").fhir_base_url == "https://api.alaskafhir.com/r4/"


def test_the_command_reports_each_row_and_ends_well(db: None, directory: Path) -> None:
    out = StringIO()
    call_command("load_plans", str(directory), stdout=out)
    lines = out.getvalue().splitlines()
    assert lines[-1] == "36 created, 0 updated, 0 unchanged, 0 left as they are, 20 not used."
    assert sum("not used:" in line for line in lines) == 20
    assert any("row 6 (arkansas-medicaid): look at it: says FHIR 5.0.0" in line for line in lines)


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ("http://fhir.example.com/r4", "not https"),
        ("https://10.0.0.8/r4", "private or local host"),
        ("https://someone:word@fhir.example.com/r4", "user info"),
        ("https://intranet/r4", "private or local host"),
        ("https://[broken/r4", "malformed"),
    ],
)
def test_addresses_that_must_not_be_called_are_refused(db: None, claims: str, reason: str) -> None:
    report = load(
        content=(HEAD + line("Ohio", claims) + line("Maine", "https://api.mainefhir.com/r4")).encode()
    )
    assert report.created == ["maine-medicaid"]
    assert reason in report.refused[0].reason
    assert "word" not in report.refused[0].reason


def test_a_short_row_and_an_unknown_state_are_reported() -> None:
    rows = list(read_cms_csv(HEAD + "Ohio,x\r\n" + line("Atlantis", "https://api.atlantis.example.com/r4")))
    assert [(row.number, row.reason) for row in rows if isinstance(row, Refused)] == [
        (3, "has 2 columns; 21 are read"),
        (4, "is no state, district or territory we know"),
    ]


def test_empty_rows_at_the_end_are_no_rows() -> None:
    assert list(read_cms_csv(HEAD + "," * 20 + "\r\n\r\n")) == []


def test_one_address_and_a_link_elsewhere_is_used_and_doubted() -> None:
    row = only(line("Ohio", "https://a.example.com/x", capabilities="https://b.example.com/r4/metadata"))
    assert isinstance(row, Row)
    assert row.values["fhir_base_url"] == "https://a.example.com/x"
    assert row.doubts == ("its capability statement is at another address",)


def test_chip_counts_when_the_agency_says_it_is_the_same_address() -> None:
    row = only(line("Ohio", "https://a.example.com/r4", chip="Same"))
    assert isinstance(row, Row)
    assert row.values["lines_of_business"] == ["medicaid", "chip"]


def test_another_csv_is_refused_as_a_whole() -> None:
    with pytest.raises(FileUnusable, match="second row"):
        list(read_cms_csv("State Medicaid Agency,x\r\nOhio,y\r\n"))
    with pytest.raises(FileUnusable, match="not valid CSV"):
        list(read_cms_csv(HEAD + '"Ohio"x,"\r\n'))
