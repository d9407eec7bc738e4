"""The page of a year in money."""

import html
import json
import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, all_agreed, all_read, an_eob, save, shown, spoil
from tests.claims.systems import C4BB, THO
from tests.coverage.test_pages import a_coverage
from tests.overview.proofs import printed, sums_printed

pytestmark = pytest.mark.usefixtures("november_2026")

PARTS = (
    ("submitted", THO),
    ("discount", C4BB),
    ("noncovered", C4BB),
    ("benefit", THO),
    ("memberliability", C4BB),
    ("deductible", THO),
    ("copay", THO),
    ("coinsurance", C4BB),
)


def whole(number: int | str, *amounts: str | None, on: str = "2026-03-09", **changes: Any) -> dict[str, Any]:
    """Return a claim with amounts in the order of PARTS; None leaves one out."""
    totals = [
        {
            "category": {"coding": [{"system": system, "code": code}]},
            "amount": {"value": float(amount), "currency": "USD"},
        }
        for (code, system), amount in zip(PARTS, amounts, strict=False)
        if amount is not None
    ]
    return an_eob(number, on=on, share=None, total=totals, **changes)


VISIT = ("480.00", "212.40", "0.00", "214.08", "53.52", "0.00", "0.00", "53.52")


def page(client: Client, path: str = "/money/2026/") -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def said(text: str, testid: str) -> list[str]:
    found = re.findall(rf'data-testid="{testid}"[^>]*>(.*?)</(?:p|dd|td|ul|tr)>', text, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", " ", one)).strip() for one in found]


def cover(connection: Connection, starts: str, ends: str, **costs: int) -> None:
    """Store a coverage with a period and limits."""
    kinds = [
        {"type": {"coding": [{"code": kind}]}, "valueMoney": {"value": amount, "currency": "USD"}}
        for kind, amount in costs.items()
    ]
    made = a_coverage(starts, period={"start": starts, "end": ends}, costToBeneficiary=kinds)  # type: ignore[arg-type]
    assert save(connection, made).new


def test_the_first_sentence_is_the_answer_and_the_receipt_adds_up(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), whole(1, *VISIT), whole(2, "20.00", "0.00", "0.00", "10.00", "10.00"))
    text = page(alice_client)
    assert said(text, "answer") == ["In 2026 so far your share is $63.52."]
    assert [said(text, f"year-{one}") for one in ("billed", "discount", "not-covered", "plan-paid")] == [
        ["$500.00"],
        ["$212.40"],
        ["$0.00"],
        ["$224.08"],
    ]
    assert said(text, "year-your-share") == ["$63.52"]
    assert said(text, "year-gap") == []


@pytest.mark.parametrize(
    ("amounts", "gap", "excess"),
    [
        (("100.00", None, None, "60.00", "10.00"), ["$30.00"], []),
        (("100.00", "20.00", None, "60.00", "30.00"), [], ["$10.00"]),
        (("100.00", "0.00", "40.00", "60.00", "40.00"), [], []),
        (("590.00", "0.00", "257.50", "332.50", "0.00"), [], []),
        (("100.00", "10.00", "40.00", "20.00", "75.00"), [], ["$45.00"]),
    ],
)
def test_m_16_the_receipt_of_a_year_adds_up_as_printed(
    alice: Member, alice_client: Client, amounts: tuple[str | None, ...], gap: list[str], excess: list[str]
) -> None:
    """What is in the share is not taken off before it; what nothing explains has a line of its own."""
    save(a_connection(alice), whole(1, *amounts), whole(2, *VISIT))
    text = page(alice_client, "/money/2026/")
    assert (printed(text), said(text, "year-gap"), said(text, "year-excess")) == (0, gap, excess)


def test_m_16_what_is_not_covered_besides_the_share_says_so(alice: Member, alice_client: Client) -> None:
    both = whole(1, "100.00", "0.00", "40.00", "60.00", "40.00")
    save(a_connection(alice), both, whole(2, "100.00", "0.00", "30.00", "70.00", "0.00"))
    text = page(alice_client)
    assert said(text, "year-not-covered") == ["$30.00"]
    assert "Not covered, and not in your share" in text
    assert "$40.00 of it is not covered" in text


def test_m_16_the_sums_of_a_provider_add_up_as_printed(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT))
    assert [*sums_printed(alice_client).values()] == [0, 0]


def test_a_year_without_a_share_draws_no_empty_strip(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, whole(1, "480.00", "0.00", "0.00", "480.00", "0.00", "0.00", "0.00", "0.00"))
    text = page(alice_client)
    assert "<h2>By month</h2>" not in text
    assert 'data-testid="by-month"' in text.partition('id="made-of"')[2]
    assert "<svg" not in text.partition('data-testid="by-month"')[2].partition("</details>")[0]
    save(connection, whole(2, *VISIT))
    assert "<svg" in page(alice_client).partition('data-testid="by-month"')[2].partition("</section>")[0]


def test_claims_without_amounts_are_counted_and_said_never_zero(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT), an_eob(2, share=None), an_eob(3, share=None))
    text = page(alice_client)
    assert "2 claims came without amounts." in text
    assert "3 claims, 2 without your share" in text


def test_a_line_says_how_many_claims_are_not_in_it(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT), whole(2, "20.00", "0.00", "0.00", "10.00", None))
    text = page(alice_client)
    assert text.count("1 claim does not say, and is not in it") == 1
    assert "$53.52 + ?" in text


def test_a_year_of_unknown_amounts_alone_shows_no_figure(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, share=None))
    text = page(alice_client)
    assert said(text, "answer") == [
        "In 2026 so far your claims came without amounts, so there is nothing to add up."
    ]
    assert "$" not in text


def test_sums_by_kind_lead_to_the_claims_they_are_made_of(alice: Member, alice_client: Client) -> None:
    save(
        a_connection(alice),
        whole(1, *VISIT),
        whole(2, "20.00", None, None, "10.00", "10.00", kind="pharmacy"),
    )
    text = html.unescape(page(alice_client))
    assert "/claims/?year=2026&kind=pharmacy" in text
    (provider,) = set(re.findall(r'href="(/claims/\?year=2026&provider=[0-9a-f]{16})">Riverside', text))
    assert "Riverside Clinic" in page(alice_client, provider)
    assert [one.split() for one in said(text, "sum-share")][:1] == [["$63.52"]]


def test_providers_are_named_the_largest_share_first_and_the_rest_folded(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    for number in range(12):
        provider = {"display": f"Clinic {number}"}
        save(connection, whole(number, "100.00", None, None, None, f"{number}.00", provider=provider))
    text = page(alice_client)
    block = text[text.index("by-provider") :]
    assert re.findall(r"Clinic \d+", block)[:2] == ["Clinic 11", "Clinic 10"]
    assert "4 more" in block


@pytest.mark.parametrize(
    "query",
    [
        "plan=x",
        "plan=" + "9" * 5000,
        "person=%00",
        "person=../..",
        "years=plan",
        "years=nonsense",
        "plan=&plan=",
    ],
)
def test_a_hostile_choice_counts_as_none(alice: Member, alice_client: Client, query: str) -> None:
    save(a_connection(alice), whole(1, *VISIT))
    text = page(alice_client, f"/money/2026/?{query}")
    assert "$53.52" in text


def test_a_year_without_claims_says_so(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT))
    assert said(page(alice_client, "/money/2001/"), "answer") == ["In 2001 no claims count."]


def test_a_member_without_plans_is_told_how_to_begin(alice_client: Client) -> None:
    assert 'href="/plans/"' in page(alice_client)


def test_a_plan_connected_for_two_people_is_told_apart_by_their_names(
    alice: Member, alice_client: Client
) -> None:
    for number, name in enumerate(("Dana Reyes", "Theo Reyes", "")):
        connection = a_connection(alice)
        person = json.dumps({"id": str(number), "name": name, "born": "1990-01-01"}).encode()
        connection.sealed_patient = box_for(alice).seal(connection, "sealed_patient", person)
        connection.save()
        save(connection, whole(number, *VISIT, identifier=[{"value": f"N-{number}"}]))
    all_agreed(alice)
    text = page(alice_client)
    block = text[text.index("by-plan") :]
    for words in ("Harborlight Health, Dana Reyes", "Harborlight Health, Theo Reyes", "Harborlight Health<"):
        assert words in block
    heads = re.findall(r'card__title">([^<]*)</h3>\s*<p class="meta">(.*?)</p>', text)
    assert {whose for whose, _plan in heads} == {"Dana Reyes", "Theo Reyes", "Person at Harborlight Health"}
    assert not [plan for _whose, plan in heads if "Reyes" in plan], "the plan stands beside the name"


def test_two_plans_can_be_looked_at_apart(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT))
    other = a_connection(alice, plan="Seaside Dental")
    save(other, whole(2, "20.00", None, None, "15.00", "5.00"))
    text = page(alice_client)
    assert 'data-testid="by-plan"' in text
    assert f"/money/2026/?plan={other.pk}" in text
    narrow = page(alice_client, f"/money/2026/?plan={other.pk}")
    assert said(narrow, "year-your-share") == ["$5.00"]
    assert "Only Seaside Dental." in narrow


def test_people_of_one_plan_can_be_looked_at_apart_and_their_names_stay_out_of_addresses(
    alice: Member, alice_client: Client
) -> None:
    dana, theo = (
        {"reference": f"Patient/{n}", "display": f"{name} Reyes"} for n, name in ((1, "Dana"), (2, "Theo"))
    )
    save(a_connection(alice), whole(1, *VISIT, patient=dana), whole(2, *VISIT, on="2026-04-01", patient=theo))
    text = html.unescape(page(alice_client))
    (link,) = set(re.findall(r'href="(/money/2026/\?person=[0-9a-f]{16})">Theo Reyes', text))
    assert not re.search(r'href="[^"]*(Reyes|Dana|Theo)', text)
    narrow = html.unescape(page(alice_client, link))
    assert said(narrow, "year-your-share") == ["$53.52"]
    assert "Only Theo Reyes." in narrow
    assert f"/claims/?year=2026&{link.partition('?')[2]}" in narrow
    assert text.count('data-testid="ledger"') == 3  # a deductible is one person's; the family's stands apart
    assert "Harborlight Health, the family together" in text


def test_a_plan_year_that_starts_in_july_is_counted_on_its_own(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    cover(connection, "2025-07-01", "2026-06-30", deductible=1500)
    for number, day in enumerate(("2025-06-30", "2025-07-01", "2026-06-30", "2026-07-01")):
        save(connection, whole(number, "100.00", None, None, None, f"{10**number}.00", f"{10**number}.00"))
        save(connection, whole(number, "100.00", None, None, None, *[f"{10**number}.00"] * 2, on=day))
    calendar = page(alice_client, "/money/2025/")
    assert said(calendar, "year-your-share") == ["$11.00"]
    assert "counted by plan year" in calendar
    assert "/money/2025/?years=plan" in calendar
    text = page(alice_client, "/money/2025/?years=plan")
    assert said(text, "year-your-share") == ["$110.00"]
    assert "its plan year runs from July 1, 2025 to June 30, 2026" in text
    assert "/claims/?kind=professional" in text  # the list knows calendar years only
    assert "Deductible: $110.00 of $1,500.00 is counted from these claims." in text


def test_a_calendar_plan_year_offers_no_other_way_to_count(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    cover(connection, "2026-01-01", "2026-12-31", deductible=1500, maxoutofpocket=6000)
    save(connection, whole(1, "100.00", "0.00", "0.00", "30.00", "70.00", "50.00", "0.00", "20.00"))
    text = page(alice_client)
    assert "years=plan" not in text
    assert "Deductible: $50.00 of $1,500.00 is counted from these claims." in text
    assert "Out of pocket: $70.00 of at most $6,000.00 is counted from these claims." in text
    assert len(re.findall(r'data-testid="ledger-row"', text)) == 1


def test_a_claim_that_cannot_be_opened_is_left_out_and_said_to_be(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), whole(1, *VISIT), whole(2, *VISIT, on="2026-05-05"))
    spoil(shown(alice)[0].id)
    text = page(alice_client)
    assert said(text, "year-your-share") == ["$53.52"]
    assert "1 of your claims could not be opened and is not counted." in text


def test_a_coverage_that_cannot_be_opened_is_no_reason_to_fail(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    cover(connection, "2025-07-01", "2026-06-30")
    save(connection, whole(1, *VISIT))
    spoil(*alice.records.filter(fhir_type="Coverage").values_list("pk", flat=True))
    assert said(page(alice_client), "year-your-share") == ["$53.52"]


def test_queries_do_not_grow(
    alice: Member, alice_client: Client, django_assert_num_queries: Any, caplog: pytest.LogCaptureFixture
) -> None:
    connection = a_connection(alice)
    save(connection, whole(0, *VISIT), *[an_eob(n, on="2019-05-05") for n in range(1, 9)])
    page(alice_client)
    all_read(connection)
    # session, member, curtain, key, connections, what they typed, heads, the books of claims and coverages,
    # how far each is read
    with django_assert_num_queries(12):
        page(alice_client)
    save(connection, *[whole(n, *VISIT) for n in range(20, 60)])
    with django_assert_num_queries(12):
        page(alice_client)
    assert "could not be opened" not in caplog.text


def test_charts_have_their_numbers_in_a_table_and_words(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), whole(1, *VISIT), whole(2, "9.00", None, None, None, "-5.00", on="2026-02-02"))
    text = page(alice_client)
    for title in ("Share by month", "Share by kind of care"):
        assert re.search(rf"<figcaption[^>]*>{title}\.", text), "heard once: below the picture"
    assert "Feb: −$5.00; Mar: $53.52." in text
    assert text.count('role="img"') >= 2
    assert "<td" in text[text.index("by-month") :]
