"""Which care is sensitive, what is left of it for any kind of record, and who is a child on which day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import household, sensitive
from apps.records.books import Mention, people_of
from apps.records.entries import Entry
from apps.records.hidden_care import Hiding
from apps.records.household import Household, Remarked
from apps.records.sensitive import CARE, CATEGORIES, UNCLEAR, VERY_RESTRICTED, categories_of
from apps.records.sight import Sight
from apps.vault.boxes import box_for
from tests.claims.given import all_agreed
from tests.claims.test_people import about
from tests.records.toy import GLASSES, glasses

TODAY = date(2026, 11, 25)
NOBODY_SAID = Remarked({}, {}, {})


@pytest.mark.parametrize(
    ("told", "categories"),
    [
        ({"codes": [("ICD-10-CM", "F11.20")]}, {"substance"}),
        ({"codes": [("ICD-10", "z30.011")]}, {"reproductive"}),
        ({"codes": [("", "B20")]}, {"hiv"}),
        ({"codes": [("ICD-10-CM", "F32.9")]}, {"mental"}),
        ({"codes": [("ICD-10-CM", "F64.0")]}, {"mental", "gender"}),
        ({"codes": [("ICD-10-CM", "T74.11XA")]}, {"violence"}),
        ({"codes": [("ICD-9", "303.90")]}, {"substance"}),
        ({"codes": [("ICD-9", "302.50")]}, {"mental", "sexual", "gender"}),
        ({"codes": [("HCPCS", "H0020"), ("ICD-10-CM", "J45.20")]}, {"substance", "mental"}),
        ({"codes": [("CPT", "99408")]}, {"substance"}),
        ({"codes": [("MS-DRG", "885")]}, {"mental"}),
        ({"codes": [], "labels": ["N", "R"]}, {"restricted"}),
        ({"codes": [], "labels": ["V", "HIV"]}, {"very_restricted", "hiv"}),
        ({"codes": [], "names": ["riverside clinic escitalopram 10 mg oral tablet"]}, {"mental"}),
        ({"codes": [], "names": ["emtricitabine/tenofovir 200 mg"]}, {"hiv"}),
        ({"codes": [], "names": ["hiv antibody test"]}, {"hiv"}),
        ({"codes": [("ICD-10-CM", "J45.20"), ("CPT", "99213"), ("NDC", "30390000000"), ("", "303")]}, set()),
        ({"codes": [("revenue code", "0450"), ("CDT", "D0120")], "labels": ["N"]}, set()),
        ({"codes": [], "names": ["metformin 500 mg", "archive draper therapeutic hispanic"]}, set()),
    ],
)
def test_the_kind_of_sensitive_care_is_told_by_codes_labels_and_drugs(
    told: dict[str, Any], categories: set[str]
) -> None:
    assert categories_of(**told) == categories


def test_of_what_plans_write_in_a_codes_place_no_more_is_remembered_than_a_rule_names() -> None:
    """The beginnings of texts of one member stood in the memory that all share, 32 signs of each."""
    written = [
        (name, f"F1120 {who}") for name in ("ICD-10-CM", "a list of Ann Doe") for who in ("Ann", "Bob")
    ]
    known = sensitive._of_code.cache_info().currsize
    assert categories_of(written) == {"substance"}
    assert sensitive._of_code.cache_info().currsize <= known + 1


def test_the_strictest_of_what_was_chosen_holds_and_what_may_be_is_folded_while_any_care_is_hidden() -> None:
    begun = Hiding()
    assert [begun.screen_of(category) for category in CATEGORIES] == [*["show"] * 8, "fold"]
    assert not any(begun.is_shared(category) for category in (*CATEGORIES, UNCLEAR))
    assert begun.on_screen({UNCLEAR, "hiv"}, is_folded=False) == "show"
    assert begun.on_screen({UNCLEAR}, is_folded=True) == "fold"
    assert begun.on_screen((), is_folded=True) == "show"
    chosen = Hiding(screen={"hiv": "out", "mental": "fold", VERY_RESTRICTED: "show"})
    assert chosen.on_screen({"hiv", "mental"}, is_folded=True) == "out"
    assert chosen.on_screen({"mental", "sexual"}, is_folded=False) == "fold"
    assert chosen.on_screen({UNCLEAR}, is_folded=False) == "fold"
    assert chosen.on_screen({VERY_RESTRICTED, "sexual"}, is_folded=False) == "show"
    only_hiv = Hiding(shared={"hiv": True})
    assert [only_hiv.keeps_back(care) for care in ({"hiv"}, {"hiv", "mental"}, {UNCLEAR}, set())] == [
        False, True, True, False,
    ]  # fmt: skip
    assert not Hiding(shared=dict.fromkeys(CARE, True)).keeps_back({UNCLEAR})


def test_a_book_tells_unopened_what_of_it_shows_and_a_kind_what_is_left(alice: Member) -> None:
    """A kind that does not say what is left of an entry is left out; so is nothing of it by mistake."""
    mine = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    child = about(alice, "Two Plan", "2", "Leo Lopez", "2012-02-03")
    home = Household([mine, child], box_for(alice), NOBODY_SAID, today=TODAY)
    sight = Sight(home)
    low = frozenset({"mental"})
    entries = [Entry(id=UUID(int=1), categories=low, words="low"), Entry(id=UUID(int=2), words="cold")]
    heads = people_of(entries)
    assert heads == {"": Mention("", low)}
    parts = [sight.part_of(plan, GLASSES, heads) for plan in (mine.pk, child.pk)]
    assert parts == ["all", "some"]
    assert sight.part_of(child.pk, GLASSES, people_of(entries[1:])) == "all"
    assert [entry.words for entry in sight.sift(child.pk, GLASSES, entries)] == ["cold"]
    nameless = glasses(folded=lambda entry: entry.moved(words=""))
    assert [entry.words for entry in sight.sift(child.pk, nameless, entries)] == ["", "cold"]
    only_hers = Sight(home, person=home.key_of(mine.pk))
    assert [only_hers.part_of(plan, GLASSES, heads) for plan in (mine.pk, child.pk)] == ["all", "none"]
    assert Sight(home, is_unfolded=True).part_of(child.pk, GLASSES, heads) == "all"
    shared = Sight(home, is_unfolded=True, is_shared=True)
    assert [entry.words for entry in shared.sift(mine.pk, GLASSES, entries)] == ["cold"]


def test_nothing_shows_of_a_person_who_did_not_agree_but_for_who_counts_what_came(alice: Member) -> None:
    mine = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    home = Household([mine], box_for(alice), NOBODY_SAID, today=TODAY)
    unknown = [Entry(id=UUID(int=1), person_key="another", words="cold")]
    for sight in (Sight(home), Sight(home, is_unfolded=True), Sight(home, is_unfolded=True, is_shared=True)):
        assert sight.part_of(mine.pk, GLASSES, people_of(unknown)) == "none"
        assert sight.sift(mine.pk, GLASSES, unknown) == []
    assert Sight(home, is_whole=True).sift(mine.pk, GLASSES, unknown) == unknown


def test_what_cannot_be_read_may_be_anything_and_is_not_given_to_others_unasked(alice: Member) -> None:
    """Nor what is known from an older version only: what the newer one says nobody has read."""
    mine = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    home = Household([mine], box_for(alice), NOBODY_SAID, today=TODAY)
    shared = Sight(home, is_unfolded=True, is_shared=True)
    entries = [
        Entry(id=UUID(int=1), is_unreadable=True, words="unread"),
        Entry(id=UUID(int=2), is_from_before=True, words="older"),
        Entry(id=UUID(int=3), words="cold"),
    ]
    assert [entry.words for entry in shared.sift(mine.pk, GLASSES, entries)] == ["cold"]
    assert len(Sight(home, is_unfolded=True).sift(mine.pk, GLASSES, entries)) == 3


@pytest.mark.parametrize(
    ("born", "waits"),
    [("2008-11-26", False), ("2008-11-25", True), ("2007-01-01", True), ("1979-02-03", False), ("", False)],
)
def test_updates_of_a_child_wait_from_eighteen_on_until_the_yes(
    born: str, waits: bool, alice: Member
) -> None:
    about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    theirs = about(alice, "Two Plan", "2", "Leo Lopez", born)
    made_at = datetime(2024, 1, 1, tzinfo=UTC)
    Connection.objects.filter(pk=theirs.pk).update(connected_at=datetime(2023, 12, 31, tzinfo=UTC))
    theirs.refresh_from_db()
    assert household.waits_for_a_yes(theirs, box_for(alice), today=made_at.date()) is False
    Connection.objects.exclude(pk=theirs.pk).update(connected_at=datetime(2023, 1, 1, tzinfo=UTC))
    assert household.waits_for_a_yes(theirs, box_for(alice), today=TODAY) is waits
    all_agreed(alice)
    assert household.waits_for_a_yes(theirs, box_for(alice), today=TODAY) is False
