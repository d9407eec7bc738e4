"""Pages of the claim list by keyset."""

import datetime as dt
import uuid

import pytest
from apps.claims.paging import PAGE_SIZE, Page, page_of, page_of_everything

from apps.accounts.models import Member
from apps.claims import arrival, records
from apps.claims.models import Claim
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, save


def rows(connection: Connection, days: list[dt.date]) -> list[Claim]:
    """Store rows with these dates; paging never opens them."""
    return Claim.objects.bulk_create(
        Claim(
            member=connection.member,
            connection=connection,
            kind="professional",
            service_on=day,
            ordered_on=day,
            source_key=uuid.uuid4().hex,
            digest="",
            sealed_record=b"x",
            first_read_at=NOW,
            read_at=NOW,
        )
        for day in days
    )


def walk(member: Member, *, between: list[list[dt.date]] | None = None) -> list[uuid.UUID]:
    """Read page after page; before each further page store more claims of the dates in *between*."""
    seen, after, waiting = [], "", list(between or [])
    while True:
        page = page_of(member.claims.all(), after=after, among=member.claims.all())
        seen += [claim.pk for claim in page.claims]
        if page.after is None:
            return seen
        after = str(page.after)
        if waiting:
            rows(member.connections.get(), waiting.pop(0))


@pytest.mark.parametrize("count", [0, 1, PAGE_SIZE, PAGE_SIZE + 1, 3 * PAGE_SIZE])
def test_the_pages_hold_every_claim_exactly_once(alice: Member, count: int) -> None:
    made = rows(a_connection(alice), [dt.date(2026, 1, 1) + dt.timedelta(days=n % 40) for n in range(count)])
    seen = walk(alice)
    assert len(seen) == len(set(seen)) == count
    assert set(seen) == {claim.pk for claim in made}


def test_claims_of_one_day_are_never_lost_between_two_pages(alice: Member) -> None:
    rows(a_connection(alice), [dt.date(2026, 1, 1)] * (2 * PAGE_SIZE + 7))
    seen = walk(alice)
    assert len(seen) == len(set(seen)) == 2 * PAGE_SIZE + 7


def test_claims_that_arrive_while_reading_shift_nothing(alice: Member) -> None:
    made = rows(a_connection(alice), [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(60)])
    newer = [dt.date(2026, 6, 1)] * 30
    seen = walk(alice, between=[newer, [*newer, dt.date(2026, 1, 2)]])
    old = [pk for pk in seen if pk in {claim.pk for claim in made}]
    assert len(old) == len(set(old)) == 60
    assert len(seen) == len(set(seen))


def test_the_order_is_newest_first_and_undated_last(alice: Member) -> None:
    rows(a_connection(alice), [dt.date.min, dt.date(2024, 2, 29), dt.date(2026, 5, 1)])
    page = page_of(alice.claims.all(), after="", among=alice.claims.all())
    assert [claim.ordered_on.year for claim in page.claims] == [2026, 2024, 1]


@pytest.mark.parametrize(
    "after", ["nonsense", "0", "00000000-0000-4000-8000-000000000000", "' OR 1=1 --", "a" * 5000]
)
def test_a_place_that_does_not_exist_starts_at_the_newest_and_says_so(alice: Member, after: str) -> None:
    rows(a_connection(alice), [dt.date(2026, 1, 1)] * 3)
    page = page_of(alice.claims.all(), after=after, among=alice.claims.all())
    assert page.lost_its_place
    assert page.is_first
    assert len(page.claims) == 3


def test_another_members_claim_is_no_place_in_the_list_w03(alice: Member, bob: Member) -> None:
    [bobs] = rows(a_connection(bob), [dt.date(2026, 1, 1)])
    rows(a_connection(alice), [dt.date(2025, 1, 1)])
    page = page_of(alice.claims.all(), after=str(bobs.pk), among=alice.claims.all())
    assert page.lost_its_place
    assert len(page.claims) == 1


def test_of_one_day_the_claim_the_plan_made_last_stands_first(alice: Member) -> None:
    made = {number: f"2026-04-{day:02}" for number, day in (("a", 3), ("b", 9), ("c", 1), ("d", 5))}
    save(a_connection(alice), *[an_eob(number, created=created) for number, created in made.items()])
    numbers = [
        records.from_bytes(box_for(alice).open(claim, "sealed_record")).claim_number
        for claim in page_of(alice.claims.all(), among=alice.claims.all()).claims
    ]
    assert numbers == ["CLM-b", "CLM-d", "CLM-a", "CLM-c"]


def test_ids_grow_and_are_of_version_7() -> None:
    made = [arrival.next_id() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {uuid.RFC_4122}


@pytest.mark.parametrize("oldest_first", [False, True])
def test_the_way_back_shows_the_same_pages(alice: Member, oldest_first: bool) -> None:
    rows(a_connection(alice), [dt.date(2026, 1, 1) + dt.timedelta(days=n // 3) for n in range(60)])

    def at(**place: str) -> Page:
        return page_of(alice.claims.all(), among=alice.claims.all(), oldest_first=oldest_first, **place)

    first = at()
    second = at(after=str(first.after))
    third = at(after=str(second.after))
    assert [page.is_first for page in (first, second, third)] == [True, False, False]
    assert at(before=str(third.before)).claims == second.claims
    assert at(before=str(second.before)) == first
    assert at(before=str(first.claims[3].pk)) == first  # the first page in full


@pytest.mark.parametrize("oldest_first", [False, True])
def test_the_quick_way_to_the_plain_list_shows_what_the_other_one_shows(
    alice: Member, bob: Member, oldest_first: bool
) -> None:
    connection = a_connection(alice)
    made = rows(connection, [dt.date(2026, 1, 1) + dt.timedelta(days=n // 4) for n in range(90)])
    [of_bob] = rows(a_connection(bob), [dt.date(2026, 1, 10)])
    Claim.objects.filter(pk__in=[claim.pk for claim in made[7::9]]).update(is_current=False)
    Claim.objects.filter(pk__in=[claim.pk for claim in made[5::9]]).update(twin_of=made[0].pk)
    listed = alice.claims.once().current()
    for place in ("", "nonsense", str(of_bob.pk), *(str(claim.pk) for claim in made)):
        for at in ({"after": place}, {"before": place}):
            quick = page_of_everything(alice, oldest_first=oldest_first, **at)
            assert quick == page_of(listed, among=alice.claims.all(), oldest_first=oldest_first, **at)
            for one in quick.claims:
                assert {one.member_id, one.connection_id} == {alice.pk, connection.pk}
    assert page_of_everything(bob).claims == [of_bob]


def test_a_place_from_which_everything_was_deleted_starts_again_and_is_not_called_lost(
    alice: Member,
) -> None:
    made = rows(a_connection(alice), [dt.date(2026, 1, 1) + dt.timedelta(days=n) for n in range(40)])
    for page in (
        page_of(alice.claims.all(), among=alice.claims.all(), after=str(made[0].pk)),
        page_of_everything(alice, after=str(made[0].pk)),
    ):
        assert page.is_first
        assert not page.lost_its_place
        assert page.claims[0] == made[-1]
