"""Claims in words: the whole story of each kind is kept as text beside this file in `told/`."""

import os
import re
from pathlib import Path

import pytest
from django.template.loader import render_to_string
from django.utils import translation
from msgspec import structs

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord, Reason
from apps.kinds.claim.wording import codes
from apps.kinds.claim.wording.story import Story
from tests.claims import made
from tests.claims.made import claim, money, priced, reading
from tests.claims.made_kinds import at, did
from tests.claims.payer_data import claims
from tests.claims.systems import CPT
from tests.claims.telling import ALL, steps_of, told

TOLD = Path(__file__).parent / "told"
LANGUAGES = ("en", "es")
"""The languages whose stories are kept, each in a folder of its own."""


FORBIDDEN = re.compile(
    r"\b(eobs?|explanation ?of ?benefits?|adjudicat\w*|resources?|fhir|json)\b", re.IGNORECASE
)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_story_reads_as_it_is_kept(language: str) -> None:
    """Run with UPDATE_TOLD=1 to keep new words; review them like code."""
    kept, now = dict[str, str](), dict[str, str]()
    for name, sent in ALL.items():
        with translation.override(language):
            text = told(reading(sent))
        path = TOLD / language / f"{name}.txt"
        if os.environ.get("UPDATE_TOLD"):
            path.write_text(text, encoding="utf-8")
        if (before := path.read_text(encoding="utf-8")) != text:
            kept[name], now[name] = before, text
    assert now == kept


def test_no_story_is_kept_of_a_claim_that_is_gone() -> None:
    for language in LANGUAGES:
        assert {path.stem for path in (TOLD / language).glob("*.txt")} == set(ALL)
    assert len(ALL) >= 40


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
    assert wording.title(reading(made.visit(provider=npi) | {"careTeam": []})) == "Office visit"
    assert wording.story(reading(made.visit(provider=npi))).answer.startswith("The provider billed")


@pytest.mark.parametrize(
    ("reasons", "meaning"),
    [
        (("PR 242",), "because the provider is not in its network"),
        (("PR 45", "PR 242"), "because the provider is not in its network"),
        (("Provider out of network",), "because the provider is not in its network"),
        (("CO 197",), "no approval in advance on record"),
        (("PR 50",), "does not see that you needed this"),
        (("PR 96",), "not one of the things it pays for"),
        (("PR 96", "PR 242"), "says that it does not cover this"),
    ],
)
def test_what_to_do_about_what_is_not_covered_goes_by_the_reason(
    reasons: tuple[str, ...], meaning: str
) -> None:
    """A claim refused for its network was said to be none of the things the plan pays for."""
    found = [
        Reason(one.split()[1], "adjustment", one.split()[0])
        if one[:2] in ("PR", "CO")
        else Reason("X9", "plan", None, one)
        for one in reasons
    ]
    record = structs.replace(
        reading(ALL["not-covered"]), reasons=tuple(found), has_refusal=True, is_uncovered=True
    )
    steps = steps_of(record)
    assert meaning in steps.meaning


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
    text = re.sub(r"\b[\w.]+\.gov/\S+", " ", text)  # an address is spelled as its owner spells it
    return text.split("Skip to the page", 1)[-1]


def test_the_page_shows_every_figure_under_its_name() -> None:
    for name, sent in ALL.items():
        record = reading(sent)
        html = render_to_string("claims/claim.html", {"story": wording.story(record), "record": record})
        for row in wording.story(record).receipt:
            shown = re.search(rf'data-testid="{row.testid}">(.*?)</(?:td|s)>', html, re.DOTALL)
            assert shown is not None, (name, row)
            assert re.sub(r"<[^>]*>", "", shown.group(1)).strip() == row.text, name
        assert "style=" not in html, name
        assert "<script>" not in html, name


def test_no_page_speaks_of_what_members_never_say() -> None:
    for name, sent in ALL.items():
        record = reading(sent)
        assert not FORBIDDEN.findall(_page(wording.story(record), record)), name


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


def test_lines_without_amounts_have_no_columns_for_them() -> None:
    """A hospital stay has its money on the whole claim: a table of "not shared" would hide what is known."""
    bare = reading(claim(item=[made.line(1), made.line(2, servicedDate="2026-03-10")]))
    html = render_to_string("claims/claim.html", {"story": wording.story(bare), "record": bare})
    assert html.count('data-testid="line"') == 2
    assert "no-line-amounts" in html
    assert "lines__amounts" not in html


@pytest.mark.parametrize("name", ["entered-in-error", "voided", "deleted-prescription"])
def test_a_claim_that_no_longer_counts_tells_no_figures(name: str) -> None:
    """Facts 5: cancelled, voided and replaced claims went on telling their amounts as if they counted."""
    story = wording.story(reading(ALL[name]))
    assert "$" not in story.answer
    assert story.is_closed
    assert (story.causes, story.sums, story.checklist, story.payment, story.steps) == ((), (), (), (), None)


def test_a_claim_is_closed_once_a_newer_version_is_here() -> None:
    """Fresh eyes found a replaced denial that still read as if thousands were owed."""
    story = wording.story(reading(ALL["replaced"]), is_current=False)
    assert story.answer.startswith("This is an earlier version of the claim. Nothing of it counts.")
    assert "$" not in story.answer
    assert story.badge is not None
    assert story.badge.words == "Earlier version"
    assert story.is_closed


@pytest.mark.parametrize("name", ["waiting-for-a-decision", "could-not-be-finished"])
def test_a_claim_that_is_not_decided_is_not_crossed_out_and_names_no_share(name: str) -> None:
    story = wording.story(reading(ALL[name]))
    assert not story.is_closed
    assert "share" not in story.answer


@pytest.mark.parametrize(
    ("code", "words", "subject"),
    [
        ("73721", "", "Imaging"),
        ("97110", "", "Therapy"),
        ("99213", "", "Office visit"),
        ("99213", "Visit of twenty minutes", "Office visit"),
        ("73721", "Picture of the knee", "Picture of the knee"),
        ("0000X", "", "Office visit"),
    ],
)
def test_care_at_an_office_is_called_by_what_was_done(code: str, words: str, subject: str) -> None:
    """A scan and physiotherapy were called "Office visit" because they happened at an office."""
    item = made.line(1, **did(code, CPT, words), **at("11"))
    record = reading(claim(item=[item]))
    assert wording.title(record) == f"{subject} at Riverside Clinic"
    assert wording.row(brief(record)) == wording.row(record)


def test_a_denial_comes_with_what_to_do_and_no_date_the_plan_did_not_send() -> None:
    steps = steps_of(reading(ALL["denied-visit"]))
    text = " ".join(steps.steps)
    assert "your plan's letter, or the number on your card, tells the last day" in text
    assert not re.search(r"\d", text)
    assert wording.story(reading(made.visit())).steps is None


def test_every_amount_of_a_line_is_shown_where_some_line_has_it() -> None:
    record = reading(
        claim(
            item=[
                made.line(1, *money("submitted 80, deductible 20")),
                made.line(2, *money("submitted 10, eligible 5")),
            ]
        )
    )
    first, second = wording.story(record).lines
    assert [(one.label, one.text) for one in first.amounts] == [
        ("Billed", "$80.00"),
        ("Your plan allows", "not shared"),
        ("Plan paid", "not shared"),
        ("Deductible", "$20.00"),
        ("Your share", "$20.00"),
    ]
    assert [one.label for one in second.amounts] == [one.label for one in first.amounts]


def test_a_bare_code_of_a_licensed_list_gets_no_text_of_it_and_says_why() -> None:
    story = wording.story(reading(ALL["office-visit"]))
    assert story.lines[0].code == "CPT 99213"
    assert "belong to the American Medical Association" in story.code_note
    worded = wording.story(reading(ALL["office-visit-in-the-plans-words"]))
    assert worded.lines[0].what == "Visit at the office, twenty minutes"
    assert worded.code_note == ""


def test_an_operators_licensed_texts_stand_in_for_bare_codes_and_never_for_the_plans_words(
    tmp_path: Path,
) -> None:
    (tmp_path / "CPT.tsv").write_text("99213\tInvented text\nbroken line\n", encoding="utf-8")
    (tmp_path / "README").write_text("CPT\tno list", encoding="utf-8")
    codes.take_texts(tmp_path)
    try:
        bare = wording.story(reading(ALL["office-visit"]))
        worded = wording.story(reading(ALL["office-visit-in-the-plans-words"]))
    finally:
        (tmp_path / "CPT.tsv").unlink()
        codes.take_texts(tmp_path)
    assert (bare.lines[0].what, bare.lines[0].code, bare.code_note) == ("Invented text", "CPT 99213", "")
    assert worded.lines[0].what == "Visit at the office, twenty minutes"
    assert wording.story(reading(ALL["office-visit"])).lines[0].what == "Office visit"
