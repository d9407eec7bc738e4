"""What askers ask, row by row of the fact sheet: answered, the operator's, or said to be absent."""

import re
from pathlib import Path

import pytest

from apps.listing.askers import everyone
from apps.listing.documents import documents
from apps.listing.packet import packet, sheets
from apps.listing.views import face
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.listing.test_packet import ON, at_1up

__all__ = ["at_1up"]
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


def rows(shared: Path, section: int) -> list[list[str]]:
    """Return the cells of the rows of a section's table, without its head."""
    text = (shared / "facts" / "listing.md").read_text()
    part = text.split(f"\n## {section}. ")[1].split("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")]
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


@pytest.mark.parametrize(("section", "slug"), [(4, "policy"), (6, "carin"), (7, "bluebutton")])
def test_every_row_of_topics_principles_and_rules_has_an_answer(
    db: None, shared: Path, section: int, slug: str
) -> None:
    asked = {
        line.ask: line for line in {each.slug: each for each in documents(face().listing, "")}[slug].lines
    }
    assert len(asked) >= len([row for row in rows(shared, section) if row[0] not in NO_QUESTION])
    assert all(line.answer for line in asked.values())


def test_no_row_of_any_packet_is_empty(at_1up: Plan) -> None:
    """An answer, "operator fills in" or "not there", for each asker, before an operator wrote a word."""
    registration = Registration.objects.get()
    for asker in everyone().askers:
        registration.asker = asker.key
        registration.save()
        made = packet(sheets()[0], face(), on=ON)
        assert made.asker.key == asker.key
        empty = [
            line.ask
            for each in (made.cover, *made.annexes)
            for line in each.lines
            if not (line.answer or line.is_blank)
        ]
        assert empty == [], asker.name
