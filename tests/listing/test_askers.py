"""Whose form a cover follows, and what it says where that is nobody's or not known."""

import io
import json
import zipfile
from dataclasses import replace
from datetime import date

import pytest

from apps.accounts.models import Member
from apps.listing.face import face
from apps.listing.packet import WHOSE, archive, packet, sheets
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.conftest import by_passkey

ON = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("asker", "profiles", "head", "intro"),
    [
        ("", ("1uphealth", "standard"), "1upHealth", "what 1upHealth asks for."),
        ("", ("standard",), "1upHealth, Inc.", "no form of theirs is known, so what registering by RFC 7591"),
        ("rfc7591", ("aetna",), "1upHealth, Inc.", "): what registering by RFC 7591 asks for."),
        ("", ("aetna", "blue-button"), "1upHealth, Inc.", "): what registering by RFC 7591 asks for."),
        ("bb", ("aetna", "blue-button"), "Medicare Blue Button", "what Medicare Blue Button asks for."),
    ],
)
def test_a_cover_that_follows_nobodys_form_is_headed_by_the_registration_and_says_why(
    at_1up: Plan, asker: str, profiles: tuple[str, ...], head: str, intro: str
) -> None:
    """Of several forms none is chosen silently; "Anyone else" is nobody's name."""
    sheet = replace(sheets()[0], name="1upHealth, Inc.", asker=asker, profiles=profiles)
    cover = packet(sheet, face(), on=ON).cover
    assert cover.title == f"{face().listing.name} for {head}"
    assert intro in cover.intro


def test_whose_form_of_several_is_meant_is_the_operators_to_say_and_no_reviewer_reads_of_the_others(
    at_1up: Plan,
) -> None:
    """The packet is incomplete until then; the other payers are named on the operator's page alone."""
    Plan.objects.create(
        slug="second", name="Second", profile="aetna", fhir_base_url="https://two.example/r4",
        registration=at_1up.registration,
    )  # fmt: skip
    several = packet(replace(sheets()[0], name="Harbor Plans, Inc."), face(), on=ON)
    files = zipfile.ZipFile(io.BytesIO(archive(several)))
    for name in ("00-cover.md", "README.md", "release.json"):
        said = files.read(name).decode()
        assert (WHOSE in said, "1upHealth" in said, "Aetna" in said) == (True, False, False), name
    release = json.loads(files.read("release.json"))
    assert (release["asker"], release["complete"]) == ("Harbor Plans, Inc.", False)
    olga = by_passkey(Member.objects.create_superuser("olga@example.com", "a long password of olga"))
    place = f"/app/packet/{sheets()[0].key}"
    assert "behind 1upHealth, Aetna, whose forms differ" in olga.get(f"{place}/").content.decode()
    Registration.objects.update(asker="aet")
    chosen = packet(sheets()[0], face(), on=ON)
    assert WHOSE not in [line.ask for line in chosen.cover.lines]
    assert "packet-aetna-20" in olga.get(f"{place}.zip")["Content-Disposition"]
