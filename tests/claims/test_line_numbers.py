"""One line has one number, wherever a page or a letter names it."""

import pytest

from apps.appeals.refused import Refused, sheet
from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord, Line
from apps.kinds.claim.wording import also_sent, lines, sources
from tests.claims.given import NOW
from tests.claims.made import OUT, claim, concept, line, money, priced, reading, why

UNHEARD_OF = priced("x", "7", system="urn:list")


@pytest.mark.parametrize(
    ("sequences", "number"), [((24, 25), "25"), ((9, 9), "2"), ((1, None), "2"), ((25, 1), "1")]
)
def test_a_line_has_one_number_in_the_table_the_reasons_the_details_and_the_packet(
    sequences: tuple[int | None, int | None], number: str
) -> None:
    """Its own, where the plan gave each one; it was called "Line 25" here and "line 1" there."""
    first, last = (
        {key: value for key, value in made.items() if value is not None}
        for made in (
            line(sequences[0], *money("submitted 40, benefit 40")),
            line(sequences[1], *money("noncovered 30, memberliability 30"), why("PR 96"), UNHEARD_OF, OUT),
        )
    )
    record = reading(claim(item=[first, last]))
    story = wording.story(record)
    assert [row.number for row in story.lines] == sorted(row.number for row in story.lines)
    [reason], [cause] = story.reasons, story.causes
    [place] = [
        place for place, row in enumerate(story.lines) if any("$30" in amount.text for amount in row.amounts)
    ]
    of_sheet = sheet(Refused(None, record), today=NOW.date()).lines
    named = [str(story.lines[place].number), next(text for text in of_sheet if "30.00" in text)]
    assert [text.split(".")[0] for text in named] == [number] * 2
    assert [text.split(":")[0] for text in (reason, cause)] == [f"Line {number}"] * 2
    assert [row.where for row in also_sent.rows(record)] == [f"line {number}"]


def test_a_line_that_repeats_the_claim_takes_no_place_of_others() -> None:
    """Nor does one that the plan added, which has no number of its own."""
    whole = {"revenue": concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "0001"))}
    items = [{**line(1, *money("submitted 9")), **whole}, line(1, *money("submitted 9"))]
    added = {"adjudication": money("submitted 3")}
    record = reading(claim(item=items, addItem=[added]))
    assert [row.number for row in wording.story(record).lines] == [1, 2]
    assert sources.place_words("addItem[0].net", record) == "the total of line 2"


def test_a_line_of_many_is_found_by_its_number_or_the_nearest() -> None:
    record = ClaimRecord(lines=tuple(Line(number=10 * place) for place in range(1, 251)))
    parts = {asked: lines.part(record, asked) for asked in ("1010", "1004", "9999", "all")}
    assert [part.words for part in parts.values()] == [
        "Lines 1,010 to 2,000 (250 in all)",
        "Lines 10 to 1,000 (250 in all)",
        "Lines 2,010 to 2,500 (250 in all)",
        "Lines 10 to 2,500 (250 in all)",
    ]
    assert (parts["1010"].before, parts["1010"].after, parts["1010"].highest) == (10, 2010, 2500)
    assert (parts["1004"].before, parts["9999"].after) == (None, None)
    for asked in ("0", "-5", "", "abc", "1e3", "١٠١٠", "9" * 300, "all "):
        assert lines.part(record, asked) == parts["1004"], asked
