"""Records that change while a file of them is prepared."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.takeaway import preparing, shelves
from apps.takeaway.models import MOST_BEGINNINGS, Export, Piece
from tests.claims.given import NOW, an_eob
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

    preparing.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
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

    preparing.run(export_id=export.pk, now_fn=clock, stop=Before(3, change))
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, MOST_BEGINNINGS, True)
    page = browser.get(export.get_absolute_url()).content.decode()
    assert "Your plan sent changes while this file was made." in page


@pytest.mark.parametrize("key", ["coverage", "originals"])
def test_a_file_is_begun_again_whatever_kind_of_record_changed(
    alice: Member, many: Connection, key: str
) -> None:
    export, clock, once = ask(alice, key), Passing(), iter([COVERAGE])
    bring(many, COVERAGE, now=NOW)

    def change() -> None:
        for body in once:
            bring(many, body.replace(b"M-77", b"M-78"), now=clock())

    preparing.run(export_id=export.pk, now_fn=clock, stop=Before(0, change))
    export.refresh_from_db()
    assert (export.state, export.beginnings, export.is_mixed) == (State.READY, 2, False)
    assert b"M-78" in text_of(export)
