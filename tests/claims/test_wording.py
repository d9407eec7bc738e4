"""Claims in words: the whole story of each kind is kept as text beside this file in `told/`."""

import os
import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string

from apps.claims import wording
from apps.claims.reading import read
from apps.claims.records import ClaimRecord
from apps.claims.wording.story import Story
from tests.claims import made
from tests.claims.made import claim, priced, reading
from tests.claims.made_stories import STORIES
from tests.claims.payer_data import claims

TOLD = Path(__file__).parent / "told"
FORBIDDEN = re.compile(
    r"\b(eobs?|explanation ?of ?benefits?|adjudicat\w*|resources?|fhir|json)\b", re.IGNORECASE
)


def as_text(value: Any, indent: int = 0) -> str:
    """Return a story as text, one value per line, empty ones left out."""
    pad = "  " * indent
    if is_dataclass(value):
        parts = ((field.name, getattr(value, field.name)) for field in fields(value))
        return "".join(
            _named(name, part, indent) for name, part in parts if part not in ("", (), None, False)
        )
    if isinstance(value, tuple) and value and all(isinstance(one, str) for one in value) and len(value) == 2:
        return f"{pad}{value[0]}: {value[1]}\n"
    if isinstance(value, tuple):
        return "".join(as_text(one, indent) + (f"{pad}-\n" if is_dataclass(one) else "") for one in value)
    return f"{pad}{value}\n"


def _named(name: str, part: Any, indent: int) -> str:
    pad = "  " * indent
    if isinstance(part, tuple) or is_dataclass(part):
        listed = tuple((one,) for one in part) if _is_texts(part) else part
        return f"{pad}{name}:\n{as_text(listed, indent + 1)}"
    return f"{pad}{name}: {part}\n"


def _is_texts(part: Any) -> bool:
    return isinstance(part, tuple) and all(isinstance(one, str) for one in part)


@pytest.mark.parametrize("name", STORIES)
def test_the_story_reads_as_it_is_kept(name: str) -> None:
    """Run with UPDATE_TOLD=1 to keep new words; review them like code."""
    record = reading(STORIES[name])
    told = (
        as_text(wording.story(record))
        + "row:\n"
        + "".join(f"  {k}: {v}\n" for k, v in wording.row(record).items())
    )
    path = TOLD / f"{name}.txt"
    if os.environ.get("UPDATE_TOLD"):
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")


def test_the_answer_is_the_designs_sentence() -> None:
    assert wording.story(reading(made.visit())).answer == (
        "Riverside Clinic billed $480.00. Your plan's discount took off $212.40 and it paid $214.08. "
        "Your share is $53.52: 20 % coinsurance."
    )


@pytest.mark.parametrize(
    ("provider", "title"),
    [
        ("Riverside Clinic", "Office visit at Riverside Clinic"),
        ("Ana Lopez, MD", "Office visit with Ana Lopez, MD"),
        ("Dr. Sam Reed", "Office visit with Dr. Sam Reed"),
        ("Madison Domestic Care", "Office visit at Madison Domestic Care"),
    ],
)
def test_titles_name_the_visit_and_who_gave_it(provider: str, title: str) -> None:
    assert wording.title(reading(made.visit(provider={"display": provider}))) == title


def test_a_provider_known_by_number_only_is_not_in_the_title() -> None:
    npi = {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1023011079"}}
    assert wording.title(reading(made.visit(provider=npi))) == "Office visit"
    assert wording.story(reading(made.visit(provider=npi))).answer.startswith("The provider billed")


def test_absent_figures_are_never_zero() -> None:
    story = wording.story(reading(claim(priced("submitted", "480.00"))))
    shown = {row.testid: row.text for row in story.receipt}
    for testid in (
        "discount",
        "not-covered",
        "plan-paid",
        "deductible",
        "copay",
        "coinsurance",
        "your-share",
    ):
        assert shown[testid] == "not shared by your plan"
    assert "$0.00" not in story.answer


def _page(story: Story, record: ClaimRecord) -> str:
    text = re.sub(r"<[^>]+>", " ", render_to_string("claims/claim.html", {"story": story, "record": record}))
    return text.split("Skip to the page", 1)[-1]


@pytest.mark.parametrize("name", STORIES)
def test_the_page_shows_every_figure_under_its_name(name: str) -> None:
    record = reading(STORIES[name])
    html = render_to_string("claims/claim.html", {"story": wording.story(record), "record": record})
    for row in wording.story(record).receipt:
        shown = re.search(rf'data-testid="{row.testid}">([^<]*)', html)
        assert shown is not None
        assert shown.group(1).strip() == row.text
    assert "style=" not in html
    assert "<script>" not in html


@pytest.mark.parametrize("name", STORIES)
def test_no_page_speaks_of_what_members_never_say(name: str) -> None:
    record = reading(STORIES[name])
    assert not FORBIDDEN.findall(_page(wording.story(record), record))


def test_no_published_claim_makes_a_page_speak_of_what_members_never_say(shared: Path) -> None:
    for folder in (
        "carin-bb-2.2.0",
        "carin-bb-1.1.0",
        "cms-bb2-python-sdk",
        "cms-bfd-v2",
        "hl7-r4-core-examples",
    ):
        for name, body in claims(shared, folder):
            record = read(body, {})
            assert not FORBIDDEN.findall(_page(wording.story(record), record)), name


def test_markup_of_a_plan_is_shown_as_text() -> None:
    record = reading(made.visit(provider={"display": "<script>alert(1)</script>"}))
    html = render_to_string("claims/claim.html", {"story": wording.story(record), "record": record})
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_lines_without_amounts_have_no_columns_for_them() -> None:
    """A hospital stay has its money on the whole claim: a table of "not shared" would hide what is known."""
    bare = reading(claim(item=[made.line(1), made.line(2)]))
    html = render_to_string("claims/claim.html", {"story": wording.story(bare), "record": bare})
    assert html.count('data-testid="line"') == 2
    assert "no-line-amounts" in html
    assert '<td class="num">' not in html
