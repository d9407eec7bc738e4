"""A plan's own count stands beside ours, as sent: a difference is told, and neither corrects the other."""

import json
import re
from datetime import date
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.reading import opened, record
from apps.kinds.claim.records import Balance
from apps.overview.plan_counts import plan_counts
from apps.overview.plan_years import Limit, Limits
from tests.claims.given import a_connection, save
from tests.overview.test_ledger import ledger, whole
from tests.overview.test_year import VISIT
from tests.overview.test_year import page as year_page
from tests.overview.test_year import whole as claim

BENEFIT = "http://terminology.hl7.org/CodeSystem/benefit-type"
COST = "http://terminology.hl7.org/CodeSystem/coverage-copay-type"
NO_LIMITS = Limits()
STARTS = "Your plan's own count, deductible (for one person, in the network): "
MADE = "Your plan made this record on March 12, 2026."


def coded(code: str, system: str | None = None) -> dict[str, Any]:
    coding = {"code": code} | ({"system": system} if system else {})
    return {"coding": [coding]}


def sent(code: str, system: str | None = BENEFIT, **changes: Any) -> dict[str, Any]:
    """Return a balance as a plan sends it: $600 of $1,500 used by one person in the network this year."""
    figures = {"allowedMoney": {"value": 1500, "currency": "USD"}, "usedMoney": {"value": 600.0}}
    around = {"network": coded("in"), "unit": coded("individual"), "term": coded("annual")}
    inside = {name: changes.pop(name) for name in list(changes) if name in figures}
    return around | changes | {"financial": [{"type": coded(code, system)} | figures | inside]}


def read(*balances: dict[str, Any]) -> tuple[Balance, ...]:
    body = {"resourceType": "ExplanationOfBenefit", "id": "1", "benefitBalance": list(balances)}
    return record(opened(json.dumps(body).encode()), {}).balances


def test_only_the_years_count_toward_a_limit_is_read_and_only_as_its_codes_say() -> None:
    own = Balance("deductible", "USD", Decimal(1500), Decimal("600.0"), "individual", "in")
    assert read(sent("deductible")) == (own,)
    assert [one.concept for one in read(sent("maxoutofpocket", COST))] == ["out_of_pocket"]
    assert read(sent("deductible", None, unit=coded("family")))[0].whose == "family"
    for other in (
        sent("copay"),
        sent("nch_bene_blood_ddctbl", "https://bluebutton.cms.gov/resources/variables/deductible"),
        sent("deductible", "https://bluebutton.cms.gov/resources/codesystem/adjudication"),
        sent("deductible", term=coded("lifetime")),
        sent("deductible", excluded=True),
        sent("deductible", allowedMoney={"value": -5}, usedMoney={"value": "much"}),
        sent("deductible", usedMoney={"value": 600, "currency": "CAD"}),
    ):
        assert read(other) == (), other


EQUIPMENT = {"text": "Durable medical equipment"}


def test_a_balance_of_some_care_is_no_limit_of_the_year() -> None:
    categories = "http://terminology.hl7.org/CodeSystem/ex-benefitcategory"
    for whole_care in (coded("30", categories), coded("1"), coded("medical", "urn:x"), {"text": "Overall"}):
        assert read(sent("deductible", category=whole_care)), whole_care
    assert read(sent("deductible", name="Medical"))
    for some in (
        *(coded("35", categories), coded("30", "urn:x"), EQUIPMENT, coded("30", categories) | EQUIPMENT),
        {"coding": [{"display": "Vision"}]},
        {"coding": [{"code": "30", "system": categories}, {"code": "35", "system": categories}]},
    ):
        assert read(sent("deductible", category=some)) == (), some
    assert read(sent("deductible", name="DME")) == ()


def test_nothing_of_medicares_own_money_is_taken_for_a_balance(shared: Path) -> None:
    """1.27."""
    files = [*(shared / "fhir/cms-bfd-v2").glob("eob*.json"), *(shared / "fhir/cms-ab2d").glob("EOB*.json")]
    assert any("benefitBalance" in file.read_text() for file in files)
    for file in files:
        if b'"Bundle"' not in (body := file.read_bytes())[:400]:
            assert record(opened(body), {}).balances == (), file.name


def told(*entries: Counted, limits: Limits = NO_LIMITS, of_family: bool = False) -> tuple[str, ...]:
    return plan_counts(entries, ledger(*entries), limits, of_family=of_family)


def a_visit(
    number: int, deductible: str, *balances: Balance, on: str = "2026-03-09", **changes: Any
) -> Counted:
    day = date.fromisoformat(on).replace(day=12)
    days = {"created": day.isoformat(), "created_on": day, "paid_on": day.replace(day=28)} | changes
    return whole(number, deductible, "0.00", "0.00", on=on, balances=balances, **days)


def balance(used: str | None = "600.00", allowed: str | None = "1500.00", **changes: Any) -> Balance:
    amounts = [Decimal(amount) if amount else None for amount in (allowed, used)]
    return Balance("deductible", "USD", *amounts, **{"whose": "individual", "network": "in"} | changes)


def test_a_difference_is_told_and_what_agrees_too() -> None:
    same = f"{STARTS}$600.00 of $1,500.00 used. {MADE} The claims here come to the same by that day."
    assert told(a_visit(1, "600.00", balance())) == (same,)
    less = told(a_visit(1, "550.00", balance()))[0]
    assert "The claims here come to $550.00 by that day, $50.00 less: others may count too." in less
    more = told(a_visit(1, "650.00", balance()))[0]
    assert "$50.00 more: ask your plan why." in more
    later = a_visit(2, "100.00", on="2026-05-09")
    assert told(a_visit(1, "600.00", balance()), later) == (same,), "what came later is in neither"
    out = told(a_visit(1, "1.00", balance(network="out")))[0]
    assert "outside the network" in out and "claims here" not in out


def test_the_newest_count_stands_and_two_of_one_day_both() -> None:
    old, new = a_visit(1, "600.00", balance(used="1.00"), on="2026-01-09"), a_visit(2, "0.00", balance())
    assert [words.startswith(STARTS + "$600.00 of") for words in told(old, new)] == [True]
    twice = told(new, a_visit(3, "600.00", balance(used="700.00")))
    assert len(twice) == 2 and "$700.00 of" in twice[1]


def test_the_day_of_a_count_is_the_one_on_which_its_record_was_made() -> None:
    """Neither the day of care nor of payment: what was paid before and recorded after is not in it."""
    first = a_visit(1, "600.00", balance())
    later = a_visit(2, "50.00", created="2026-03-20", created_on=date(2026, 3, 20), paid_on=date(2026, 3, 10))
    assert "The claims here come to the same" in told(first, later)[0]
    undated = a_visit(3, "600.00", balance(), created=None, created_on=None)
    assert told(undated) == (STARTS + "$600.00 of $1,500.00 used.",)
    assert told(a_visit(3, "600.00", balance(), created="2026-03")) == told(undated), "half a date is no day"
    assert told(first, a_visit(4, "50.00", created=None, created_on=None)) == (
        f"{STARTS}$600.00 of $1,500.00 used. {MADE}",
    )
    assert len(told(first, undated)) == 1, "a count without a day gives way to one with a day"


def test_limits_that_differ_are_told_and_half_a_count_is_no_more_than_that() -> None:
    visit = a_visit(1, "600.00", balance())
    assert (
        "Your coverage states $1,000.00 as the limit"
        in told(visit, limits=Limits(Limit(Decimal(1000), "USD")))[0]
    )
    typed = Limits(Limit(Decimal(1000), "USD", is_typed=True))
    assert "You typed $1,000.00 as the limit" in told(visit, limits=typed)[0]
    assert "as the limit" not in told(visit, limits=Limits(Limit(Decimal("1500.00"), "USD")))[0]
    assert told(a_visit(1, "1.00", balance(used=None)))[0].endswith(
        f"(for one person, in the network): $1,500.00 high. {MADE}"
    )
    assert told(a_visit(1, "600.00", balance(allowed=None)))[0].startswith(STARTS + "$600.00 used.")


def test_a_familys_count_stands_with_the_family() -> None:
    visit = a_visit(1, "600.00", balance(whose="family"))
    assert told(visit) == ()
    assert "for the family" in told(visit, of_family=True)[0]


def test_money_shows_it_beside_our_own(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), claim(1, *VISIT) | {"benefitBalance": [sent("deductible")]})
    page = unescape(year_page(alice_client))
    [words] = re.findall(r'data-testid="plan-count">([^<]*)<', page)
    assert "deductible (for one person, in the network): $600.00 of $1,500.00 used." in words
