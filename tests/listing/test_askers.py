"""Whose form a cover follows, and what it says where that is nobody's or not known."""

from dataclasses import replace
from datetime import date

import pytest

from apps.listing.face import face
from apps.listing.packet import packet, sheets
from apps.plans.models import Plan

ON = date(2026, 11, 28)


@pytest.mark.parametrize(
    ("asker", "profiles", "head", "intro"),
    [
        ("", ("1uphealth", "standard"), "1upHealth", "what 1upHealth asks for."),
        ("", ("standard",), "1upHealth, Inc.", "no form of theirs is known, so what registering by RFC 7591"),
        ("rfc7591", ("aetna",), "1upHealth, Inc.", "no form of theirs is known, so what registering by"),
        ("", ("aetna", "blue-button"), "1upHealth, Inc.", "behind Medicare Blue Button, Aetna, whose forms"),
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
