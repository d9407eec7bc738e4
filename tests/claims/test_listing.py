"""The claim list with its choices: filters, search, orders and pages, as a member meets them."""

import itertools
import json
import random
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.kinds.claim import sealed_query
from apps.vault.boxes import box_for
from tests.claims.given import a_claim, a_connection, an_eob, row_of, save
from tests.claims.made import body, concept
from tests.claims.systems import C4BB, THO, V3_TYPE
from tests.claims.telling import ALL
from tests.claims.test_chains import PRIOR, related
from tests.claims.test_views import page, rows_of, shares_of

CHIP = re.compile(r'class="chip" href="([^"]*)"')
RESULT = re.compile(r'data-testid="result"[^>]*>([^<]*)<')
NOTE = re.compile(r'class="note[^"]*" role="status">([^<]*)<')
NEXT = re.compile(r'rel="next" href="([^"]*)"')
PREVIOUS = re.compile(r'rel="prev" href="([^"]*)"')
LINK = re.compile(r'class="row" href="([^"]*)"')


def result(html: str) -> str:
    return unescape(RESULT.findall(html)[0])


def notes(html: str) -> list[str]:
    return [unescape(note) for note in NOTE.findall(html)]


def follow(client: Client, url: str, link: re.Pattern[str] = NEXT) -> Iterator[str]:
    """Yield page after page by the links on them."""
    while url:
        html = page(client, url)
        yield html
        found = link.search(html)
        url = f"/claims/{unescape(found[1])}" if found else ""


def search(client: Client, text: str, **chosen: str) -> str:
    """Send the search form and return the address it leads to."""
    answer = client.post("/claims/search/", {"text": text, **chosen})
    assert answer.status_code == 303
    return answer["Location"]


@pytest.fixture
def many(alice: Member) -> list[dict[str, Any]]:
    """Give Alice 90 claims of two plans that differ in everything one can choose by."""
    chance = random.Random(7)  # noqa: S311 - a fixed mixture
    every: list[dict[str, Any]] = []
    for plan in ("Harborlight Health", "Other Plan"):
        connection, eobs = a_connection(alice, plan=plan), []
        for n in range(45):
            one = {
                "on": chance.choice(["2024-12-31", "2025-01-01", "2025-06-05", "2026-02-03", None]),
                "kind": chance.choice(["pharmacy", "professional", "oral"]),
                "share": chance.choice([None, "0", "20", "20", "53.52", "700"]),
                "provider": chance.choice(["Riverside Clinic", "Café Dental"]),
                "plan": str(connection.pk),
                "is_current": n % 9 != 0,
                "order": f"{plan} {n:02}",
            }
            every.append(one)
            eobs.append(_as_sent(one))
        save(connection, *eobs)
        for n, one in enumerate(every[-45:]):
            one["id"] = row_of(connection, f"{plan} {n:02}").pk
    return every


def _as_sent(one: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON of a claim: one that is not current was entered in error."""
    number = one["order"]
    made = {"created": one["on"] or None, "provider": {"display": one["provider"]}}
    made |= {} if one["is_current"] else {"status": "entered-in-error"}
    changes = {name: value for name, value in made.items() if value is not None}
    return an_eob(number, on=one["on"], kind=one["kind"], share=one["share"], **changes)


def test_every_choice_shows_every_claim_that_fits_once_and_in_order(
    alice_client: Client, many: list[dict[str, Any]]
) -> None:
    plan = many[0]["plan"]
    choices: dict[str, list[tuple[str, Any]]] = {
        "year": [
            ("", None),
            ("2025", lambda one: (one["on"] or "")[:4] == "2025"),
            ("none", lambda one: not one["on"]),
        ],
        "kind": [("", None), ("pharmacy", lambda one: one["kind"] == "pharmacy")],
        "plan": [("", None), (plan, lambda one: one["plan"] == plan)],
        "from": [("", None), ("20", lambda one: one["share"] is not None and float(one["share"]) >= 20)],
        "all": [("", lambda one: one["is_current"]), ("1", None)],
    }  # fmt: skip
    orders = ["newest", "oldest", "share"]
    for *chosen, sort in itertools.product(*choices.values(), orders):
        query = {name: value for name, (value, _fits) in zip(choices, chosen, strict=True) if value}
        if 2 < len(query) < len(choices):
            continue  # two that meet, and all of them
        tests = [fits for _value, fits in chosen if fits]
        expected = [one for one in many if all(fits(one) for fits in tests)]
        expected.sort(key=lambda one: (one["on"] or "", one["order"]), reverse=sort != "oldest")
        if sort == "share":
            expected.sort(key=lambda one: (one["share"] is None, -float(one["share"] or 0)))
        url = "/claims/?" + "&".join(f"{name}={value}" for name, value in {**query, "sort": sort}.items())
        shown = [link for html in follow(alice_client, url) for link in LINK.findall(html)]
        assert shown == [f"/claims/{one['id']}/" for one in expected], (query, sort)


def test_the_way_back_leads_over_the_same_pages(alice_client: Client, many: list[dict[str, Any]]) -> None:
    for sort in ("newest", "oldest", "share"):
        pages = list(follow(alice_client, f"/claims/?sort={sort}&all=1"))
        assert len(pages) == 4
        last = PREVIOUS.search(pages[-1])
        assert last
        back = list(follow(alice_client, f"/claims/{unescape(last[1])}", PREVIOUS))
        assert [LINK.findall(html) for html in back] == [LINK.findall(html) for html in pages[-2::-1]]
        assert 'rel="prev"' not in back[-1]
        assert ["Newest</a>" in html for html in pages] == [
            sort == "newest" and place > 0 for place in range(4)
        ]


def test_no_sum_stands_on_a_list_before_every_first_pass_is_complete(
    alice: Member, alice_client: Client
) -> None:
    """The rule of Today, from the same place; a list of a plan that was read wholly has its sum."""
    whole = a_connection(alice)
    save(whole, an_eob(1))
    save(a_connection(alice, plan="Cinderpoint Mutual", is_read=False), an_eob(2))
    so_far = "2 claims so far. Amounts are added up when all claims have come."
    assert result(page(alice_client, "/claims/")) == so_far
    assert result(page(alice_client, "/claims/", plan=str(whole.pk))).startswith("1 claim, ")
    assert "$53.52" not in page(alice_client, "/claims/providers/")


def test_the_list_says_what_it_comes_to(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="120.00"), an_eob(2, share="4.50"), an_eob(3, share=None))
    for url in ("/claims/", "/claims/?sort=share"):
        assert result(page(alice_client, url)) == (
            "3 claims, your share $124.50 for the 2 that can be added up (1 without a known share)"
        )
    assert result(page(alice_client, kind="vision")) == "0 claims"
    assert result(page(alice_client, to="10")) == "1 claim, your share $4.50"


@pytest.mark.parametrize(
    ("changes", "why"),
    [({"status": "cancelled"}, "cancelled"), ({"type": concept((V3_TYPE, "3"))}, "deleted by your plan")],
)
def test_a_cancelled_claim_is_listed_and_in_no_sum(
    changes: dict[str, Any], why: str, alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="10.00"), an_eob(2, share="5.00", **changes))
    for url in ("/claims/", "/claims/?sort=share"):
        html = page(alice_client, url)
        assert result(html) == "2 claims, your share $10.00 for the one that can be added up"
        assert f"1 claim is in no sum: {why}." in html
    assert len(rows_of(page(alice_client, state="closed"))) == 1


def test_replaced_claims_are_shown_where_asked_and_never_counted(alice: Member, alice_client: Client) -> None:
    newer = an_eob(2, share="5.00", **related(PRIOR, to="1"))
    save(a_connection(alice), an_eob(1, share="10.00"), newer, an_eob(3, share="1.00"))
    assert len(rows_of(page(alice_client))) == 2
    for sort in ("newest", "share"):
        html = page(alice_client, all="1", sort=sort)
        assert len(rows_of(html)) == 3
        assert html.count("Earlier version</span>") == 1
        assert result(html) == "2 claims, your share $6.00"
        assert "1 other version is in no sum: an older one, another form of a claim, or a mistake." in html
    assert rows_of(page(alice_client, state="closed")) == []
    assert len(rows_of(page(alice_client, state="closed", all="1"))) == 1


def test_the_switch_for_earlier_versions_promises_nothing_of_cancelled_claims(
    alice: Member, alice_client: Client
) -> None:
    """Cancelled claims without a newer version are listed whether it is set or not."""
    save(a_connection(alice), an_eob(1, status="cancelled"))
    html = page(alice_client)
    assert "Cancelled</span>" in html
    assert '<label for="all">Also show earlier versions</label>' in html


def test_claims_that_went_to_the_deductible_are_not_among_those_the_plan_said_nothing_of(
    alice: Member, alice_client: Client
) -> None:
    save(
        a_connection(alice),
        json.loads(body(ALL["all-of-it-your-deductible"])),
        an_eob(2, share="5.00"),
        an_eob(3, share=None),
    )
    html = page(alice_client)
    assert "Went to the deductible (1)" in html
    assert "Your plan did not say (2)" in html
    assert len(rows_of(page(alice_client, state="deductible"))) == 1


def test_unknown_shares_stand_last_and_are_said_to_be_unknown(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share=None), an_eob(2, share="0"), an_eob(3, share="7"), an_eob(4, share="-2"))
    shares = shares_of(page(alice_client, sort="share"))
    assert shares == ["$7.00", "$0.00", "−$2.00", "no amounts shared"]


def test_a_search_finds_provider_service_diagnosis_drug_and_number(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    icd = {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "E11.9"}
    drug = {"system": "http://hl7.org/fhir/sid/ndc", "code": "00093104801", "display": "Metformin 500 mg"}
    save(
        connection,
        an_eob("a", provider={"display": "Clínica Río"}),
        an_eob("b", diagnosis=[{"sequence": 1, "diagnosisCodeableConcept": {"coding": [icd]}}]),
        an_eob("c", kind="pharmacy", item=[{"sequence": 1, "productOrService": {"coding": [drug]}}]),
        an_eob("d", item=[{"sequence": 1, "productOrService": {"text": "Counseling for weight"}}]),
    )
    for text, number in (
        ("clinica rio", 1), ("RÍO", 1), ("e11.9", 1), ("E119", 1), ("metformin", 1), ("weight counseling", 1),
        ("clm-d", 1), ("riverside", 3), ("riverside metformin", 1), ("nothing like it", 0),
    ):  # fmt: skip
        assert len(rows_of(page(alice_client, search(alice_client, text)))) == number, text


def test_a_search_keeps_what_was_chosen_and_can_be_taken_back(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, *[an_eob(n, kind="pharmacy") for n in range(30)], an_eob("x", kind="oral"))
    url = search(alice_client, "Riverside", kind="pharmacy", sort="oldest", after="x", nonsense="y")
    assert re.match(r"/claims/\?kind=pharmacy&q=[\w-]+&sort=oldest$", url)
    html = page(alice_client, url)
    assert result(html).startswith("30 claims")
    assert 'value="Riverside"' in html
    assert len(list(follow(alice_client, url))) == 2
    chips = [unescape(href) for href in CHIP.findall(html)]
    assert len(chips) == 2
    without_search = next(href for href in chips if "q=" not in href)
    assert without_search == "/claims/?kind=pharmacy&sort=oldest&"
    assert search(alice_client, "  \0 ", kind="oral") == "/claims/?kind=oral"


def test_no_word_that_was_looked_for_stands_in_an_address_or_a_log_w34(
    alice: Member, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    a_claim(alice)
    with caplog.at_level("DEBUG"):
        url = search(alice_client, "Riverside metformin")
        html = page(alice_client, url)
        page(alice_client, url[:-4])
    assert "Riverside" not in url
    for address in re.findall(r'(?:href|action)="([^"]*)"', html):
        assert not re.search(r"riverside|metformin", address, re.IGNORECASE)
    assert not re.search(r"riverside|metformin", caplog.text, re.IGNORECASE)


def test_another_members_search_and_keys_are_not_known_w03(
    alice: Member, bob: Member, alice_client: Client, bob_client: Client
) -> None:
    a_claim(alice)
    bobs = a_claim(bob, provider={"display": "Secret Clinic"})
    html = page(alice_client, q=sealed_query.token_of(box_for(bob), "Secret"))
    assert notes(html) == ["That search is gone. Please type it again."]
    assert "Secret" not in html
    [key] = re.findall(r'href="/claims/providers/([0-9a-f]{16})/"', page(bob_client, "/claims/providers/"))
    for query in ({"provider": key}, {"plan": str(bobs.connection_id)}, {"person": key}):
        html = page(alice_client, **query)
        assert "so all are shown" in notes(html)[0]
        assert len(rows_of(html)) == 1
    assert "That place in the list is gone" in page(alice_client, after=str(bobs.pk), sort="share")
    assert alice_client.get(f"/claims/providers/{key}/").status_code == 404
    assert bob_client.get(f"/claims/providers/{key}/").status_code == 200


HOSTILE = [
    "NaN", "-Infinity", "1e999", "-5", "0x10", "٣", "9" * 5000, "' OR 1=1 --", "<script>alert(1)</script>",
    "\x00", "%00", "😀", "../../etc/passwd", "0001", "99999", "1,000", "$5", "newest", "none", "\ud7ff",
]  # fmt: skip


@pytest.mark.parametrize("value", HOSTILE)
def test_nothing_in_the_address_breaks_the_list(alice: Member, alice_client: Client, value: str) -> None:
    a_claim(alice)
    names = ("year", "kind", "plan", "person", "provider", "state", "from", "to", "q", "sort", "all")
    for name in (*names, "after", "before")[HOSTILE.index(value) % 4 :: 4]:  # each meets five of the values
        html = page(alice_client, **{name: value})
        assert "<script>alert" not in html
        assert rows_of(html) or name in ("year", "from", "to")
    html = page(alice_client, **dict.fromkeys((*names, "after", "before"), value))
    assert result(html)
    assert alice_client.get(f"/claims/providers/{value.replace('/', '')}/").status_code == 404
    assert alice_client.post("/claims/search/", dict.fromkeys((*names, "text"), value)).status_code == 303


def test_a_choice_that_is_not_known_is_said_to_be_ignored(alice: Member, alice_client: Client) -> None:
    a_claim(alice)
    html = page(alice_client, year="1875", to="much", kind="professional")
    assert notes(html) == ["We do not know this choice, so all are shown: Year, Share up to."]
    assert len(rows_of(html)) == 1


def test_only_kinds_and_years_the_member_has_are_offered_with_counts(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(
        connection,
        an_eob(1, kind="pharmacy"),
        an_eob(2, kind="pharmacy"),
        an_eob(3, kind="oral", on="2024-01-01"),
    )
    html = page(alice_client)
    assert "Prescriptions (2)" in html
    assert "Dental (1)" in html
    assert "Hospital stays" not in html
    assert '<option value="2024">' in html
    assert '<option value="2025">' not in html


def test_a_list_opens_the_heads_and_one_book(alice: Member, alice_client: Client) -> None:
    """Whatever else a member has: what is not shown is not opened."""
    connection = a_connection(alice)
    save(
        connection, *[an_eob(f"{year}-{n}", on=f"{year}-02-03") for year in range(2019, 2027) for n in (1, 2)]
    )
    save(connection, *[an_eob(n) for n in range(30)])
    for query in ({}, {"kind": "professional"}, {"year": "2026", "sort": "oldest"}):
        with CaptureQueriesContext(database) as asked:
            assert len(rows_of(page(alice_client, **query))) == 25
        opened = [one for one in asked if re.search('SELECT [^;]*"sealed_entries"', one["sql"])]
        assert len(opened) == 1, query


@pytest.mark.parametrize("sort", ["newest", "oldest"])
def test_a_page_far_down_opens_no_book_before_its_place(
    alice: Member, alice_client: Client, sort: str
) -> None:
    connection = a_connection(alice)
    every = [(year, n) for year in range(2020, 2028) for n in range(1, 21)]
    save(connection, *[an_eob(f"{year}-{n}", on=f"{year}-03-{n:02}") for year, n in every])
    places = [row_of(connection, f"{year}-10").pk for year in (2022, 2025)]
    for place in places:
        with CaptureQueriesContext(database) as asked:
            assert len(rows_of(page(alice_client, after=str(place), sort=sort))) == 25
        opened = [one for one in asked if re.search('SELECT [^;]*"sealed_entries"', one["sql"])]
        assert len(opened) == 2


def test_amounts_may_be_written_as_people_write_them(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1, share="1500"), an_eob(2, share="20"))
    html = page(alice_client, **{"from": " $1,000.00 "})
    assert len(rows_of(html)) == 1
    assert "Share from $1,000.00" in html


def test_currencies_are_never_added_up(alice: Member, alice_client: Client) -> None:
    def amount(code: str, value: float) -> dict[str, Any]:
        system = C4BB if code == "memberliability" else THO
        return {
            "category": {"coding": [{"system": system, "code": code}]},
            "amount": {"value": value, "currency": "CAD"},
        }

    connection = a_connection(alice)
    canadian = an_eob(1, share=None, total=[amount("submitted", 19), amount("memberliability", 12)])
    save(connection, canadian, an_eob(2, share="5.00"))
    for url in ("/claims/", "/claims/?sort=share"):
        assert result(page(alice_client, url)) == "2 claims, your share $5.00 · CAD 12.00"


def test_a_share_from_more_to_less_is_taken_the_other_way_round(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1), an_eob(2, share="10.00"))
    html = alice_client.get("/claims/", {"from": "100", "to": "20"}).content.decode()
    assert "1 claim, your share $53.52" in html
    html = alice_client.get("/claims/", {"from": "900", "to": "800"}).content.decode()
    assert "The amount in each row" not in html


def test_an_amount_that_no_claim_has_is_told_where_else_to_look(alice: Member, alice_client: Client) -> None:
    a_claim(alice, share="53.52")
    hint = "A bill may be for several claims"
    assert hint in page(alice_client, search(alice_client, "92.40"))
    assert hint not in page(alice_client, search(alice_client, "53.52"))
    assert hint not in page(alice_client, search(alice_client, "zeppelin"))
