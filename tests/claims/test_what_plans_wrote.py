"""M-22 (WCAG 3.1.2): on a page in Spanish, what the plan wrote in English says that it is."""

import re
from typing import Any

from django.test import Client
from django.utils import translation
from django.utils.html import escape

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.plain_language.templatetags.plain import as_written
from apps.plain_language.theirs import Written, filled, joined, theirs
from tests.both_languages import texts
from tests.claims.given import a_connection, an_eob, approvals_of, path_of, save
from tests.claims.made import priced
from tests.claims.systems import CLAIM_INFO

THEIRS = re.compile(r"\bzeb\w+")
"""Every text of the plan in these tests holds such a word, each its own."""


def words(text: str, **code: str) -> dict[str, Any]:
    """Return a concept of one coding that the plan displays so."""
    return {"coding": [{"system": "http://plan.example/codes", "code": "q1", "display": text} | code]}


def a_claim(**changes: Any) -> dict[str, Any]:
    """Return a claim with the plan's words wherever it can have any."""
    note = {"number": 1, "text": "See zebnote of the line"}
    line = {
        "sequence": 1,
        "productOrService": words("Removal of a zebmole"),
        "modifier": [words("Other zebmodifier")],
        "revenue": words("Zone zebrevenue"),
        "locationCodeableConcept": words("Behind the zebplace"),
        "quantity": {"value": 2, "unit": "zebunits"},
        "bodySite": words("Upper zebtooth"),
        "noteNumber": [1],
        "adjudication": [
            priced("submitted", 480),
            {"category": words("Own zebamount"), "amount": {"value": 3, "currency": "USD"}},
            {"category": words("denialreason"), "reason": words("Because of zebreason")},
        ],
    }
    made = an_eob(1) | {
        "item": [line],
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": words("Broken zebbone")}],
        "procedure": [{"sequence": 1, "procedureCodeableConcept": words("Setting of a zebsplint")}],
        "careTeam": [
            {"sequence": 1, "provider": {"display": "Ana Ruiz"}, "qualification": words("Doctor of zebskill")}
        ],
        "supportingInfo": [
            {
                "sequence": 1,
                "category": words("Some zeblabel", system=CLAIM_INFO),
                "valueString": "A zebfact",
            },
            {"sequence": 2, "category": words("New zebcategory"), "valueString": "A zebvalue"},
        ],
        "processNote": [note],
        "disposition": "Handled by zebdisposition today",
        "payment": {
            "date": "2026-03-20",
            "amount": {"value": 9, "currency": "USD"},
            "type": words("By zebmail"),
        },
    }
    return made | changes


def a_coverage() -> dict[str, Any]:
    """Return a coverage with the plan's words wherever it can have any."""
    kind = "http://terminology.hl7.org/CodeSystem/coverage-class"
    return {
        "resourceType": "Coverage",
        "id": "c1",
        "status": "active",
        "type": {"text": "Kind of zebtype"},
        "beneficiary": {"reference": "Patient/1"},
        "payor": [{"display": "Harborlight Health"}],
        "network": "The zebnetwork",
        "relationship": {"text": "Friend of zebrelation"},
        "class": [
            {"type": {"coding": [{"system": kind, "code": "plan"}]}, "value": "77", "name": "The zebgold"},
            {
                "type": {"coding": [{"system": kind, "code": "group"}]},
                "value": "8",
                "name": "Works of zebgroup",
            },
        ],
        "costToBeneficiary": [
            {
                "type": {"text": "Visit to a zebcost"},
                "valueMoney": {"value": 20, "currency": "USD"},
                "exception": [{"type": {"text": "Unless zebexception"}}],
            }
        ],
    }


def pages(connection: Connection) -> dict[str, str]:
    """Return the address of each page that shows what the plan wrote."""
    claim = a_claim()
    drug = an_eob(2, kind="pharmacy") | {
        "item": [
            {"sequence": 1, "productOrService": words("Zone zebdrug", system="http://hl7.org/fhir/sid/ndc")}
        ]
    }
    asked = a_claim(id="eob-3", use="preauthorization", identifier=[{"value": "A-3"}])
    save(connection, claim, drug, asked, a_coverage())
    coverage = connection.records.get(fhir_type="Coverage").pk
    return {
        "claim": path_of(connection),
        "sent": f"/sync{path_of(connection)}",
        "prescription": path_of(connection, 2),
        "claims": "/claims/",
        "home": "/home/",
        "approvals": "/claims/approvals/",
        "approval": f"/claims/approvals/{approvals_of(connection)[0].id}/",
        "coverage": "/coverage/",
        "card": f"/coverage/{coverage}/card/",
    }


SHOWN = {
    "claim": "mole modifier revenue place unit tooth note amount reason bone splint skill label fact category"
    " value disposition mail",
    "sent": "mole modifier revenue place unit tooth note amount reason bone splint skill label fact category"
    " value disposition mail",
    "prescription": "drug",
    "claims": "mole drug",
    "home": "mole",
    "approvals": "mole",
    "approval": "mole bone disposition",
    "coverage": "gold type network relation group cost exception",
    "card": "gold type network group",
}
"""Page -> what of the plan's words it shows at least."""


def test_m_22_what_the_plan_wrote_is_english_on_a_page_in_spanish(
    alice: Member, alice_client: Client
) -> None:
    """M-22: a voice that reads Spanish reads these words as Spanish otherwise."""
    for page, path in pages(a_connection(alice)).items():
        html = alice_client.get(path, headers={"accept-language": "es"}).content.decode()
        assert '<html lang="es"' in html
        missing = [word for word in SHOWN[page].split() if f"zeb{word}" not in html]
        assert missing == [], page
        assert [text for text in texts(html) if THEIRS.search(text)] == [], page
        in_english = alice_client.get(path).content.decode().partition("<body")[2].partition("<footer")[0]
        assert 'lang="en"' not in in_english, page


def test_m_22_sentences_know_what_of_them_is_theirs_and_are_ordinary_text() -> None:
    """M-22: marks are in pages only; files and comparisons see the text."""
    with translation.override("es"):
        told = filled("{what} con {name}", what=theirs("A <b>visit</b>"), name="Ana")
        assert told == "A <b>visit</b> con Ana"
        listed = joined(", ", ["uno", told])
        assert as_written(listed) == (f'uno, <span lang="en">{escape("A <b>visit</b>")}</span> con Ana')
        assert as_written("solo <nuestro>") == "solo <nuestro>"
    assert not isinstance(theirs("A visit"), Written)
