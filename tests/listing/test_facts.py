"""What askers ask, row by row of the fact sheet: answered, the operator's, or said to be absent."""

import re
from pathlib import Path

import pytest

from apps.listing.askers import everyone
from apps.listing.documents import documents
from apps.listing.face import face
from apps.listing.packet import LEFT_OUT, metadata, packet, sheets
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.listing.test_packet import ON

# The columns of the sheet's table of fields, in its order, and what these askers are called here.
COLUMNS = ("1up", "bb", "opt", "elv", "aet", "bsc", "hmk", "smi", "eld", "flx", "car")
NO_QUESTION = {"After approval", "Friction seen"}
"""Rows of Blue Button's rules that tell what happens, and ask nothing."""
SAME = {
    "App / client name": "client_name", "Privacy policy URL": "privacy", "Terms of service URL": "terms",
    "Company / legal entity": "company", "Access type / API product": "access_type",
    "Needs demographic scopes?": "demographic_scopes", "Audience / function / OS filters": "audience",
    "Release date, expected users, marketing": "release",
    "Security questionnaire / risk analysis": "risk_analysis",
    "Demo / recording": "recording", "Attestation on policy content": "attestation",
    "Software id / version": "software_id", "Redirect URIs": "redirect_uris",
    "Support e-mail": "support_email",
    "Support phone": "support_phone", "Client authentication": "client_authentication",
}  # fmt: skip


def section_of(shared: Path, section: int) -> str:
    """Return a section of the sheet."""
    text = (shared / "facts" / "listing.md").read_text()
    return text.split(f"\n## {section}. ")[1].split("\n## ")[0]


def rows(shared: Path, section: int) -> list[list[str]]:
    """Return the cells of the rows of a section's table, without its head."""
    lines = [line for line in section_of(shared, section).splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]


def test_every_field_that_an_asker_requires_is_on_its_cover(shared: Path) -> None:
    askers = {asker.key: {field.key: field.need for field in asker.fields} for asker in everyone().askers}
    for name, *cells in rows(shared, 2):
        key = SAME.get(name, name.lower().replace(" ", "_"))
        assert key in everyone().fields, name
        for asker, cell in zip(COLUMNS, cells, strict=False):
            if cell.startswith("●"):
                assert askers[asker].get(key) == "required", (asker, name)
            if cell.startswith("○"):
                assert key in askers[asker], (asker, name)
            if cell.startswith("–"):
                assert key not in askers[asker], (asker, name)


STEPS = {
    "access_type": "Access Type", "client_name": "Client Name", "redirect_uris": "Redirect URL(s)",
    "company": "company name", "description": "short description of app",
    "client_id": "use case, client_id", "fhir_r4": "Demonstrate R4",
    "risk_analysis": "Attestation Questionnaire", "recording": "screen recording",
    "terms": "terms of service", "privacy": "privacy policy", "logo": "logo, support",
    "support_email": "support e-mail", "plans": "one plan or the whole plan network",
}  # fmt: skip
"""What 1upHealth is handed, as the sheet words it."""


def test_1uphealths_cover_has_its_fields_in_the_order_of_its_steps(shared: Path) -> None:
    told = section_of(shared, 1)
    assert sorted(STEPS.values(), key=told.index) == list(STEPS.values())
    (asked,) = [asker.fields for asker in everyone().askers if asker.key == "1up"]
    assert [field.key for field in asked if field.key in STEPS] == list(STEPS)


OTHERWISE = {
    "Sale or ownership change": "sale or change", "Business closure": "closure of the business",
    "Individual access and right to be forgotten": "right to be forgotten", "URLs": "website",
    "Phone": "telephone", "Privacy policy": "changes of the policy", "Demo": "demonstration",
    "Naming": "called medicare", "Disclaimer on the app": "disclaimer",
}  # fmt: skip
"""What rows of the sheet are called in packets, where not by their own first word."""


@pytest.mark.parametrize(("section", "slug"), [(4, "policy"), (6, "carin"), (7, "bluebutton")])
def test_every_row_of_topics_principles_and_rules_has_an_answer(
    db: None, shared: Path, section: int, slug: str
) -> None:
    lines = {each.slug: each for each in documents(face().listing, "")}[slug].lines
    asked = " | ".join(line.ask.lower() for line in lines)
    topics = [row[1 if section == 4 else 0].strip("*") for row in rows(shared, section)]
    called = {name: OTHERWISE.get(name, name.split()[0].rstrip(":,")[:9].lower()) for name in topics}
    unasked = [name for name, word in called.items() if name not in NO_QUESTION and word not in asked]
    assert len(topics) > 7 and unasked == []
    assert all(line.answer for line in lines)


def test_the_registration_has_every_field_of_the_rfc_that_the_sheet_lists(at_1up: Plan, shared: Path) -> None:
    at_1up.own_quirks = {"token_auth": "private_key_jwt"}
    at_1up.save()
    told = metadata(sheets()[0], face()) | {"contacts": [], "jwks": []}
    wanted = {name.strip() for row in rows(shared, 3) for name in re.split("[/,]", row[0])} - {
        "Extras (no RFC name)"
    }
    assert wanted and wanted <= told.keys()


@pytest.mark.parametrize(("section", "slug"), [(5, "notice"), (10, "before")])
def test_every_heading_of_the_notice_and_every_point_before_the_trip_is_answered(
    db: None, shared: Path, section: int, slug: str
) -> None:
    lines = {each.slug: each for each in documents(face().listing, "")}[slug].lines
    assert all(line.answer for line in lines)
    asked = " | ".join(line.ask.lower() for line in lines)
    text = section_of(shared, section)
    if slug == "notice":
        headings = re.split(r" · ", re.search(r"\*\*(HIPAA.*?)\*\*", text)[1].rstrip("."))
        assert len(headings) == 12
        assert [name for name in headings if name.split()[0].lower() not in asked] == []
    else:
        assert len(lines) >= len(re.findall(r"^\d+\. ", text, re.M)) == 10


def test_every_programme_behind_the_questions_is_named(db: None, shared: Path) -> None:
    """Each row of the sheet, by the word that it is known by."""
    told = " ".join(
        f"{line.ask} {line.answer}" for each in documents(face().listing, "") for line in each.lines
    )
    named = (
        "CMS-0057-F",
        "CMS-0062-P",
        "Medicare App Library",
        "DirectTrust",
        "HAP",
        "Kill the Clipboard",
        "Inferno",
    )
    assert len(rows(shared, 9)) == len(named)
    assert [
        name for name in named if name not in told and name not in str(documents(face().listing, ""))
    ] == []


def test_no_row_of_any_packet_is_empty(at_1up: Plan) -> None:
    """An answer, "operator fills in" or "not there", for each asker, before an operator wrote a word.

    What is answered on a cover without a proof is the operator's own word, or the host's.
    """
    registration = Registration.objects.get()
    for asker in everyone().askers:
        registration.asker = asker.key
        registration.save()
        made = packet(sheets()[0], face(), on=ON)
        assert made.asker.key == asker.key
        lines = [line for each in (made.cover, *made.annexes) for line in each.lines]
        assert [line.ask for line in lines if not (line.answer or line.is_blank)] == [], asker.name
        bare = {line.ask for line in made.cover.lines if line.answer and not line.proofs}
        left_out = {line.ask for line in made.cover.lines if line.answer == LEFT_OUT}
        assert bare - left_out <= {everyone().fields["client_id"]}, asker.name
