"""How far to the deductible and the maximum, on Today: only where a limit is known, and as Money says it."""

import html
import re
from itertools import product
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import NOW, a_connection, all_read, save
from tests.claims.test_people import about
from tests.coverage.test_pages import a_cost, a_coverage
from tests.overview.test_household import keys, text
from tests.overview.test_ledger_rows import NETWORK
from tests.overview.test_year import VISIT, cover, whole

pytestmark = pytest.mark.usefixtures("november_2026")

AMOUNTS = ("100.00", "0.00", "0.00", "30.00", "70.00", "50.00", "0.00", "20.00")
INSIDE = {
    "category": {"coding": [{"system": NETWORK, "code": "billingnetworkstatus"}]},
    "reason": {"coding": [{"code": "innetwork"}]},
}
"""Says that a claim was paid as in the network."""


@pytest.fixture
def connection(alice: Member) -> Connection:
    """A plan that is read as a whole."""
    return all_read(a_connection(alice))


def shown(client: Client, address: str = "/home/") -> str:
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", client.get(address).content.decode())))


def link(client: Client) -> str:
    (address,) = re.findall(r'href="(/money/[^"#]*)#limits"', client.get("/home/").content.decode())
    return html.unescape(address)


def test_today_says_how_far_it_is_to_limits_that_the_plan_states(
    connection: Connection, alice_client: Client
) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    save(connection, whole(1, *AMOUNTS, on="2026-03-09"), whole(2, *AMOUNTS, on="2025-03-09"))
    told = shown(alice_client)
    for sentence in (
        "Deductible: $50.00 of $1,500.00 is counted from these claims.",
        "Out of pocket: $70.00 of at most $6,000.00 is counted from these claims.",
        "$5,930.00 to $6,000.00 left; your plan's own count decides.",
    ):
        assert sentence in told
        assert sentence in shown(alice_client, link(alice_client))
    assert bars(alice_client) == [], "nothing says whether these claims are in the network"


def bars(client: Client) -> list[str]:
    """How long each bar on Today is, in per cent."""
    return re.findall(r'max="100" value="(\d+)"', client.get("/home/").content.decode())


def test_a_bar_shows_what_counts_for_certain_beside_whatever_else_is_said(
    connection: Connection, alice_client: Client
) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    save(connection, whole(1, *AMOUNTS, adjudication=[INSIDE]))
    assert bars(alice_client) == ["3", "1"]
    save(connection, whole(2, *AMOUNTS, type={"coding": [{"code": "pharmacy"}]}))
    assert "if prescriptions count too" in shown(alice_client)
    assert bars(alice_client) == ["3", "1"], "a note stands beside them"
    save(connection, whole(3, *AMOUNTS))
    assert bars(alice_client) == ["3", "1"], "the last may not count"


def test_without_a_limit_there_is_nothing_to_be_far_from(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, whole(1, *AMOUNTS))
    assert "is counted from these claims" not in shown(alice_client)
    assert '<a href="/money/">Your years in money</a>' in alice_client.get("/home/").content.decode()


def test_a_limit_that_the_member_typed_counts_until_it_is_taken_back(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, whole(1, *AMOUNTS))
    (subject,) = re.findall(
        r'name="subject" value="([^"]+)"', alice_client.get("/money/2026/").content.decode()
    )
    typed = {"subject": html.unescape(subject), "medical-deductible": "2,000"}
    alice_client.post("/money/limits/", typed)
    assert "Deductible: $50.00 of $2,000.00" in shown(alice_client)
    alice_client.post("/money/limits/", typed | {"medical-deductible": ""})
    assert "is counted from these claims" not in shown(alice_client)


@pytest.mark.parametrize(
    "coverage",
    [
        {"period": {"start": "2026-01-01", "end": "2026-03-31"}},
        {"period": {"start": "2026-01-01", "end": "2026-12-31"}, "status": "cancelled"},
    ],
)
def test_nothing_is_left_of_the_limit_of_a_coverage_that_is_over(
    connection: Connection, alice_client: Client, coverage: dict[str, Any]
) -> None:
    cost = {"type": {"coding": [{"code": "deductible"}]}, "valueMoney": {"value": 1500, "currency": "USD"}}
    save(
        connection,
        a_coverage("over", costToBeneficiary=[cost], **coverage),
        whole(1, *AMOUNTS, on="2026-02-09"),
    )
    assert "is counted from these claims" not in shown(alice_client)


def test_the_kind_of_care_is_said_where_one_alone_has_a_limit(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, whole(1, *AMOUNTS), whole(2, *AMOUNTS, type={"coding": [{"code": "oral"}]}))
    page = alice_client.get("/money/2026/").content.decode()
    (subject,) = re.findall(r'name="subject" value="([^"]+)"', page)
    alice_client.post("/money/limits/", {"subject": html.unescape(subject), "dental-deductible": "100"})
    card = (
        alice_client.get("/home/").content.decode().partition('data-testid="limits"')[2].partition("</li>")[0]
    )
    assert re.findall(r"<h4>([^<]+)</h4>", card) == ["Dental care"]
    assert "$50.00 of $100.00" in card


@pytest.mark.parametrize(
    ("starts", "ends", "counted"),
    [("2026-07-01", "2027-06-30", "$50.00"), ("2025-12-01", "2026-11-30", "$150.00")],
)
def test_a_plan_year_that_runs_now_is_counted_wherever_it_began(
    connection: Connection, alice_client: Client, starts: str, ends: str, counted: str
) -> None:
    cover(connection, starts, ends, deductible=1500)
    for number, on in enumerate(("2025-11-30", "2025-12-01", "2026-06-30", "2026-07-01")):
        save(connection, whole(number, *AMOUNTS, on=on))
    sentence = f"Deductible: {counted} of $1,500.00 is counted from these claims."
    assert sentence in shown(alice_client)
    assert sentence in shown(alice_client, link(alice_client))


def test_a_plan_year_that_is_over_is_not_told(connection: Connection, alice_client: Client) -> None:
    cover(connection, "2025-07-01", "2026-06-30", deductible=1500)
    save(connection, whole(1, *AMOUNTS, on="2026-03-09"))
    assert "is counted from these claims" not in shown(alice_client)


def test_nothing_is_counted_before_the_first_records_are_complete(
    alice: Member, alice_client: Client
) -> None:
    half = a_connection(alice, is_read=False)
    cover(half, "2026-01-01", "2026-12-31", deductible=1500)
    save(half, whole(1, *VISIT))
    assert "is counted from these claims" not in shown(alice_client)


def test_a_plan_that_never_shared_claims_and_is_not_asked_holds_no_sum_up(
    connection: Connection, alice: Member, alice_client: Client
) -> None:
    """A plan that refuses claims has no first pass that could end: the sums of all others went for good."""
    save(connection, whole(1, *VISIT))
    refusing = a_connection(alice, plan="Another plan", is_read=False)
    assert "1 claim, your share $53.52" in shown(alice_client, "/claims/")
    assert "Another plan is connected. No claims have come yet." in shown(alice_client)
    alice.sync_runs.create(
        connection=refusing, **dict.fromkeys(("created_at", "next_try_at", "queued_at"), NOW)
    )
    assert "1 claim so far" in shown(alice_client, "/claims/")


def test_people_stand_in_one_order_in_every_room(alice: Member, alice_client: Client) -> None:
    """The holder first, then by name: not by who was connected, treated or covered last, or whose share is
    the highest."""
    for number, (name, born) in enumerate((("Zoe Lopez", "1980-02-03"), ("Leo Lopez", "2018-05-05"),
                                           ("Ben Lopez", "2016-05-05"))):  # fmt: skip
        connection = all_read(about(alice, f"Plan {number}", f"p{number}", name, born))
        cover(connection, f"2026-01-0{3 - number}", "2026-12-31", deductible=500)
        parts = ("100.00", "0.00", "0.00", "40.00", f"{60 - number}.00", f"{60 - number}.00", "0.00", "0.00")
        save(connection, whole(number, *parts, on=f"2026-0{9 - number}-09"))
    people = ["Zoe Lopez", "Ben Lopez", "Leo Lopez"]
    headed = [*zip(people, ["Plan 0", "Plan 2", "Plan 1"], strict=True)]
    home, money, covered = (
        html.unescape(text(alice_client, url)) for url in ("/home/", "/money/", "/coverage/")
    )
    assert re.findall(r'people__one" href="[^"]*"(?: aria-current="true")?>([^<]*)<', home)[1:] == people
    assert list(keys(alice_client)) == people
    assert [heads(card) for card in home.split('data-testid="limits"')[1:]] == headed
    assert [heads(card) for card in money.split('data-testid="ledger"')[1:]] == headed
    by_person = money.partition('data-testid="by-person"')[2].partition("</table>")[0]
    assert re.findall(r"(\w+ Lopez)</a>", by_person) == people
    assert re.findall(r'data-testid="person">([^<]*)<', covered) == people


def heads(card: str) -> tuple[str, str]:
    """Return whose limits a card says that it is about, and of which plan."""
    whose, _rest, plan = re.findall(r'card__title">([^<]*)<(.*?)(Plan \d)', card, re.DOTALL)[0]
    return whose, plan


HOW = {
    "Family deductible, embedded": "Your plan's words call it embedded",
    "Family deductible (aggregate)": "Your plan's words call it aggregate",
    "": "Your plan's data does not say whether each person has a limit inside the family's",
}


@pytest.mark.parametrize(("words", "own"), [*product(HOW, [True]), ("Family deductible, embedded", False)])
def test_how_a_familys_limit_goes_with_a_persons_is_said_once_a_plan(
    alice: Member, alice_client: Client, words: str, own: bool
) -> None:
    """It stood on each card of Today; with one person chosen, Money did not say it at all."""
    limits = {**({None: 1500} if own else {}), **({words: 3000} if words else {})}
    costs = [
        {"type": {"coding": [{"code": "deductible"}], "text": text_},
         "valueMoney": {"value": value, "currency": "USD"}}
        for text_, value in limits.items()
    ]  # fmt: skip
    period = {"start": "2026-01-01", "end": "2026-12-31"}
    for number, (name, born) in enumerate((("Zoe Lopez", "1980-02-03"), ("Leo Lopez", "2018-05-05"))):
        connection = all_read(about(alice, "One Plan", f"p{number}", name, born))
        of_both = a_coverage(f"c{number}", subscriberId="S1", period=period, costToBeneficiary=costs)
        save(connection, of_both, whole(number, *AMOUNTS, on="2026-03-09"))
    one = f"?person={next(iter(keys(alice_client).values()))}"
    pages = [shown(alice_client, f"{room}?person=all") for room in ("/home/", "/money/2026/")]
    assert [page.count(HOW[words]) for page in pages] == [1, 1]
    assert pages[0].count("of $1,500.00 is counted") == 2 * own
    # Of one person alone nothing tells of a family but a limit of its own, beside what is left.
    pages = [shown(alice_client, room + one) for room in ("/home/", "/money/2026/")]
    assert [page.count(HOW[words]) for page in pages] == [bool(words) and own] * 2


def test_nothing_is_said_of_a_family_where_nothing_tells_of_one(
    connection: Connection, alice_client: Client
) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500)
    save(connection, whole(1, *AMOUNTS))
    told = shown(alice_client)
    assert "of $1,500.00 is counted" in told
    assert "embedded" not in told


def test_a_family_of_four_says_what_is_common_once_and_folds_whom_two_cards_leave_out(
    alice: Member, alice_client: Client
) -> None:
    """Five long cards stood above the newest claims, and each said why it is not certain, twice."""
    costs = [
        a_cost(code, value) | {"type": {"coding": [{"code": code}], "text": words}}
        for code, words, value in (("deductible", "", 1500), ("maxoutofpocket", "", 6000),
                                   ("deductible", "Family deductible", 3000))
    ]  # fmt: skip
    period = {"start": "2026-01-01", "end": "2026-12-31"}
    for number, name in enumerate(("Zoe Lopez", "Ada Lopez", "Ben Lopez", "Leo Lopez")):
        connection = all_read(
            about(alice, "One Plan", f"p{number}", name, f"20{10 + number}-05-05" if number else "1980-02-03")
        )
        of_all = a_coverage(f"c{number}", subscriberId="S1", period=period, costToBeneficiary=costs)
        save(connection, of_all, whole(number, *AMOUNTS, on="2026-03-09"))
    told = shown(alice_client)
    assert told.count("not certain: your plan did not say whether the care is in its network") == 1
    assert told.count("Deductible: $50.00 of $1,500.00 is counted") == 4
    assert "Deductible: $200.00 of $3,000.00 is counted" in told
    page = html.unescape(alice_client.get("/home/").content.decode())
    opened, _, folded = page.partition('data-testid="more-people"')
    cards = r'data-testid="limits"><h3 class="card__title">([^<]*)<'
    assert re.findall(cards, opened) == ["Zoe Lopez", "One Plan, the family together"]
    assert re.findall(cards, folded) == ["Ada Lopez", "Ben Lopez", "Leo Lopez"]
    assert "<summary>3 more people: Ada Lopez, Ben Lopez and Leo Lopez</summary>" in folded


def test_a_doubt_that_not_all_share_stays_where_it_belongs(
    connection: Connection, alice_client: Client
) -> None:
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    save(connection, whole(1, *AMOUNTS))
    assert shown(alice_client).count("is not certain") == 1
    save(connection, whole(2, *AMOUNTS, adjudication=[INSIDE]))
    told = shown(alice_client)
    assert "Of it, $50.00 may not count" in told
    assert "Of it, $70.00 may not count" in told
