"""Records that change while a file of them is prepared."""

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import projection, shelf
from apps.takeaway import actions, formats, preparation, shelves
from apps.takeaway.models import MOST_BEGINNINGS, Export, Piece
from apps.takeaway.shelves import Scope
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, leave
from tests.takeaway.given import COVERAGE, bring, cells
from tests.takeaway.test_preparing import SOON, Before, State, ask, text_of


class Passing:
    """A clock that has gone on by ten seconds whenever it is looked at."""

    def __init__(self) -> None:
        self.at = SOON

    def __call__(self) -> datetime:
        """Return the time."""
        self.at += timedelta(seconds=10)
        return self.at


def numbers_in(export: Export) -> list[str]:
    return sorted(row["claim_number"] for row in cells(text_of(export)))


def test_a_claim_that_gets_a_newer_date_while_the_file_is_made_is_in_it(
    alice: Member, many: Connection, small_parts: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files go from the newest to the oldest: it went from what was to come to what was written already."""
    monkeypatch.setattr(shelves, "PER_QUERY", 2)
    export, clock, dates = ask(alice), Passing(), iter(["2026-12-01"])

    def change() -> None:
        for date in dates:
            bring(many, an_eob(1, on=date), now=clock())

    preparation.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
    export.refresh_from_db()
    assert numbers_in(export) == [f"CLM-{number}" for number in range(1, 10)]
    assert (export.state, export.done, export.beginnings, export.is_mixed) == (State.READY, 9, 2, False)
    assert Piece.objects.count() == export.written == 5


def test_a_file_whose_records_change_each_time_it_is_begun_says_so(
    browser: Client, alice: Member, many: Connection, small_parts: None
) -> None:
    export, clock, days = ask(alice, now=timezone.now()), Passing(), iter(range(1, 29))

    def change() -> None:
        bring(many, an_eob(1, on=f"2026-12-{next(days)}"), now=clock())

    preparation.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, MOST_BEGINNINGS, True)
    page = browser.get(export.get_absolute_url()).content.decode()
    assert "Your plan sent changes while this file was made." in page
    again = page.partition('data-testid="make-again"')[2].partition("</form>")[0]
    asked = {name: re.findall(rf'name="{name}" value="([^"]*)"', again)[0] for name in ("scope", "format")}
    assert "attachment" in browser.post(reverse("takeaway:make"), asked).headers["Content-Disposition"]


@pytest.mark.parametrize("key", ["coverage", "originals"])
def test_a_file_is_begun_again_whatever_kind_of_record_changed(
    alice: Member, many: Connection, key: str
) -> None:
    export, clock, once = ask(alice, key), Passing(), iter([COVERAGE])
    bring(many, COVERAGE, now=NOW)

    def change() -> None:
        for body in once:
            bring(many, body.replace(b"M-77", b"M-78"), now=clock())

    preparation.run(export_id=export.pk, now_fn=clock, stop=Before(0, change))
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, 2, False)
    assert b"M-78" in text_of(export)


def test_a_file_that_is_asked_for_when_an_update_is_just_over_is_begun_once(
    alice: Member, many: Connection, small_parts: None
) -> None:
    """What was there when it was begun is no change."""
    export = ask(alice)
    bring(many, an_eob(1, on="2026-12-01"), now=SOON - timedelta(seconds=5))
    preparation.run(export_id=export.pk, now_fn=lambda: SOON)
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, 1, False)


def test_what_was_brought_by_a_clock_far_ahead_does_not_count_as_a_change_until_that_day(
    alice: Member, many: Connection, small_parts: None
) -> None:
    export = ask(alice)
    bring(many, an_eob(1, on="2026-12-01"), now=SOON + timedelta(days=365))
    preparation.run(export_id=export.pk, now_fn=lambda: SOON)
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, 1, False)


def test_what_is_stored_with_a_date_before_the_file_was_begun_is_a_change(
    alice: Member, many: Connection, small_parts: None
) -> None:
    """The transaction that stores it may have been under way; or another host's clock is behind."""
    export, dates = ask(alice), iter(["2026-12-01"])

    def change() -> None:
        for date in dates:
            bring(many, an_eob(1, on=date), now=SOON - timedelta(seconds=5))

    preparation.run(export_id=export.pk, now_fn=lambda: SOON, stop=Before(3, change))
    export.refresh_from_db()
    assert numbers_in(export) == [f"CLM-{number}" for number in range(1, 10)]
    assert (export.beginnings, export.is_mixed) == (2, False)


def test_a_claim_that_is_sent_again_while_the_file_is_made_is_a_change(
    alice: Member, many: Connection, small_parts: None
) -> None:
    """It counts again and what it replaced does not: the file would have neither, or both."""
    export, clock, once = ask(alice), Passing(), iter([None])
    row = many.records.earliest("id")
    leave(many, row)

    def change() -> None:
        for _ in once:
            bring(many, box_for(alice).open(row, "sealed_body"), now=clock())

    preparation.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
    export.refresh_from_db()
    assert (export.beginnings, export.is_mixed) == (2, False)


def test_a_plan_connected_while_the_file_is_made_is_in_the_one_begun_again(
    alice: Member, many: Connection, small_parts: None
) -> None:
    export, clock, once = ask(alice), Passing(), iter([77])

    def change() -> None:
        for number in once:
            bring(a_connection(alice), an_eob(number, on="2026-12-01"), now=clock())

    preparation.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
    export.refresh_from_db()
    assert "CLM-77" in numbers_in(export)
    assert (export.beginnings, export.is_mixed) == (2, False)


def test_no_file_is_made_of_books_that_lack_records(
    alice: Member, many: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade the worker reads anew; a file made before it is done would look whole."""
    monkeypatch.setattr(shelf, "LONGEST_WAIT", 3)
    projection.forget()
    export, clock = ask(alice), Passing()
    assert not actions.is_small(member=alice, format_=formats.CLAIMS, scope=Scope(year=0))
    preparation.run(export_id=export.pk, now_fn=clock)
    export.refresh_from_db()
    assert (export.state, export.attempts) == (State.WAITING, 0)
    projection.look_after()
    preparation.run(export_id=export.pk, now_fn=clock)
    assert len(numbers_in(Export.objects.get())) == 9
