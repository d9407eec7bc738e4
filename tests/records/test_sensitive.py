"""Which care is sensitive, what is left of it for any kind of record, and who is a child on which day."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import household
from apps.records.books import Mention, people_of
from apps.records.entries import Entry
from apps.records.household import Household, Remarked
from apps.records.sensitive import is_sensitive
from apps.records.sight import Sight
from apps.vault.boxes import box_for
from tests.claims.given import all_agreed
from tests.claims.test_people import about
from tests.records.toy import GLASSES, glasses

TODAY = date(2026, 11, 25)
NOBODY_SAID = Remarked({}, {}, {})


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        ({"codes": [("ICD-10-CM", "F11.20")]}, True),
        ({"codes": [("ICD-10", "z30.011")]}, True),
        ({"codes": [("", "B20")]}, True),
        ({"codes": [("ICD-9", "303.90")]}, True),
        ({"codes": [("HCPCS", "H0020"), ("ICD-10-CM", "J45.20")]}, True),
        ({"codes": [("CPT", "99408")]}, True),
        ({"codes": [("MS-DRG", "885")]}, True),
        ({"codes": [], "labels": ["N", "R"]}, True),
        ({"codes": [], "names": ["riverside clinic escitalopram 10 mg oral tablet"]}, True),
        ({"codes": [], "names": ["emtricitabine/tenofovir 200 mg"]}, True),
        ({"codes": [], "names": ["hiv antibody test"]}, True),
        ({"codes": [("ICD-10-CM", "J45.20"), ("CPT", "99213"), ("NDC", "30390000000"), ("", "303")]}, False),
        ({"codes": [("revenue code", "0450"), ("CDT", "D0120")], "labels": ["N"]}, False),
        ({"codes": [], "names": ["metformin 500 mg", "archive draper therapeutic hispanic"]}, False),
    ],
)
def test_sensitive_care_is_told_by_codes_labels_and_drugs(told: dict[str, Any], is_so: bool) -> None:
    assert is_sensitive(**told) == is_so


def test_a_book_tells_unopened_what_of_it_shows_and_a_kind_what_is_left(alice: Member) -> None:
    """A kind that does not say what is left of an entry is left out; so is nothing of it by mistake."""
    mine = about(alice, "One Plan", "1", "Ana Lopez", "1980-02-03")
    child = about(alice, "Two Plan", "2", "Leo Lopez", "2012-02-03")
    home = Household([mine, child], box_for(alice), NOBODY_SAID, today=TODAY)
    sight = Sight(home)
    entries = [Entry(id=UUID(int=1), is_sensitive=True, words="low"), Entry(id=UUID(int=2), words="cold")]
    heads = people_of(entries)
    assert heads == {"": Mention("", 1)}
    assert (sight.part_of(mine.pk, heads), sight.part_of(child.pk, heads)) == ("all", "some")
    assert sight.part_of(child.pk, people_of(entries[1:])) == "all"
    assert [entry.words for entry in sight.sift(child.pk, GLASSES, entries)] == ["cold"]
    nameless = glasses(folded=lambda entry: entry.moved(words=""))
    assert [entry.words for entry in sight.sift(child.pk, nameless, entries)] == ["", "cold"]
    only_hers = Sight(home, person=home.key_of(mine.pk))
    assert (only_hers.part_of(mine.pk, heads), only_hers.part_of(child.pk, heads)) == ("all", "none")
    assert Sight(home, is_unfolded=True).part_of(child.pk, heads) == "all"


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
