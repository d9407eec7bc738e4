"""How far a deductible, a maximum or a yearly limit is: "left" only against what the plan stated."""

import re
from datetime import date
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.claim.counted import Counted
from apps.kinds.coverage.records import Cost, CoverageClass, CoverageRecord
from apps.overview.ledger import ledgers
from apps.overview.ledger_words import blocks, drugs_that_may_count, how_of_family, whose_of_family
from apps.overview.limit_words import Answer, Period
from apps.overview.plan_years import Limit, Limits, calendar, has_no_maximum, limits, said_how
from apps.overview.typed_limits import NotAnAmount, filled, typed_in
from apps.records.remarks import everything
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, save
from tests.coverage.test_pages import a_coverage
from tests.overview.test_ledger import entry, whole
from tests.overview.test_year import VISIT
from tests.overview.test_year import page as year_page
from tests.overview.test_year import whole as claim

TODAY = date(2026, 7, 1)
YEAR = calendar(2026)
DECIDED = {"paid_on": date(2026, 3, 9)}


def answers(*entries: Counted, today: date = TODAY, **stated: str) -> tuple[Answer, ...]:
    """Return what is said of *entries* against the limits *stated* for their care alone."""
    known = Limits(**{name: Limit(Decimal(amount), "USD") for name, amount in stated.items()})
    every = ledgers(entries)
    told = blocks(every, lambda care: known if care == every[0].care else Limits(), name="x",
                  period=Period(YEAR, today))  # fmt: skip
    return told[0].answers


def left(*entries: Counted, today: date = TODAY, **stated: str) -> list[str]:
    return [answer.left for answer in answers(*entries, today=today, **stated)]


def test_left_is_said_only_against_a_limit_that_is_known() -> None:
    spent = whole(1, "100.00", "0.00", "20.00", **DECIDED)
    assert left(spent) == ["", ""]
    assert left(spent, out_of_pocket="1000.00") == [
        "",
        "By the claims here, $880.00 left; your plan's own count decides.",
    ]


def test_a_stated_deductible_of_zero_is_one_and_none_is_left_of_it() -> None:
    """It was "did not share how high it is", beside the card that states $0.00."""
    eyes = CoverageRecord(type_code="VISPOL", starts="2026-01-01", ends="2026-12-31",
                          costs=(Cost(kind="deductible", amount=Decimal(0), currency="USD"),))  # fmt: skip
    known = limits([eyes], YEAR, "vision", today=TODAY)
    assert known == Limits(Limit(Decimal(0), "USD"))
    assert filled(known, {"vision-deductible": "150"}, "vision").deductible == Limit(
        Decimal(150), "USD", True
    )
    tiers = structs.replace(
        eyes, costs=(*eyes.costs, Cost(kind="deductible", amount=Decimal(500), currency="USD"))
    )
    assert limits([tiers], YEAR, "vision", today=TODAY) == Limits(Limit(Decimal(500), "USD"))
    assert not known.can_be_reached
    spent = whole(1, "0.00", "0.00", "20.00", **DECIDED)
    (deductible, _out_of_pocket) = answers(spent, deductible="0.00")
    assert deductible == Answer("Deductible: your coverage states $0.00; $0.00 is counted from these claims.")
    drugs = ledgers([whole(1, "0.00", "5.00", "0.00", kind="pharmacy")])
    assert drugs_that_may_count(drugs, lambda _care: known) == [*drugs]


def test_what_may_not_count_makes_left_a_range() -> None:
    unsure = whole(2, "50.00", "0.00", "0.00", network=None, **DECIDED)
    (deductible, _) = left(whole(1, "100.00", "0.00", "0.00", **DECIDED), unsure, deductible="200.00")
    assert deductible == "By the claims here, $50.00 to $100.00 left; your plan's own count decides."


@pytest.mark.parametrize(
    ("drugs", "today", "told"),
    [
        (
            "45.00",
            TODAY,
            "By the claims here, $80.00 left, or $35.00 if prescriptions count too; ask your plan.",
        ),
        (
            "80.00",
            TODAY,
            "By the claims here, $80.00 left, or nothing if prescriptions count too; ask your plan.",
        ),
        ("0.00", TODAY, "By the claims here, $80.00 left; your plan's own count decides."),
        (
            "90.00",
            date(2027, 1, 5),
            "By the claims here, $80.00 was left at the end, or nothing if prescriptions count too; ask your "
            "plan.",
        ),
    ],
)
def test_what_prescriptions_may_add_is_said_with_what_is_left(drugs: str, today: date, told: str) -> None:
    """Nobody knows whether they count, so neither of the two is a fact."""
    visit = whole(1, "100.00", "0.00", "20.00", **DECIDED)
    refill = whole(2, "0.00", drugs, "0.00", kind="pharmacy", **DECIDED)
    answer = answers(visit, refill, today=today, out_of_pocket="200.00")[1]
    assert answer.left == told
    assert answer.percent == 60


def test_what_may_not_count_and_what_prescriptions_may_add_are_one_range() -> None:
    unsure = whole(2, "50.00", "0.00", "0.00", network=None, **DECIDED)
    refill = whole(3, "10.00", "0.00", "0.00", kind="pharmacy", **DECIDED)
    visit = whole(1, "100.00", "0.00", "0.00", **DECIDED)
    assert left(visit, unsure, refill, deductible="200.00")[0] == (
        "By the claims here, $40.00 to $100.00 left; your plan's own count decides."
    )


def test_a_year_that_is_over_says_what_was_left_at_its_end() -> None:
    told = left(whole(1, "10.00", "0.00", "0.00"), today=date(2027, 1, 5), deductible="50.00")
    assert told[0] == "By the claims here, $40.00 was left at the end; your plan's own count decides."


def test_a_deductible_is_met_on_the_day_of_the_decision_that_reached_it() -> None:
    early = whole(1, "40.00", "0.00", "0.00", on="2026-02-01", paid_on=date(2026, 5, 1))
    late = whole(2, "60.00", "0.00", "0.00", on="2026-01-01", paid_on=date(2026, 4, 1))
    assert left(early, late, deductible="100.00")[0] == (
        "By the claims here it was met on May 1, 2026; your plan's own count decides."
    )


@pytest.mark.parametrize(
    "doubtful",
    [
        whole(9, "0.00", "5.00", "0.00"),  # no day of a decision
        whole(9, "0.00", "5.00", "0.00", network=None, on="2026-01-02", paid_on=date(2026, 1, 2)),
        entry(9, your_share="5.00", on="2026-01-02", paid_on=date(2026, 1, 2)),  # states no part
        whole(9, "0.00", "5.00", "0.00", kind="pharmacy", **DECIDED),  # may count toward the same
    ],
)
def test_no_day_is_told_where_any_step_is_in_doubt(doubtful: Counted) -> None:
    told = left(whole(1, "100.00", "0.00", "0.00", **DECIDED), doubtful, deductible="100.00")
    assert told[0] == "By the claims here it is met; your plan's own count decides."


@pytest.mark.parametrize("kind", ["oral", "vision"])
def test_teeth_and_eyes_count_what_the_plan_paid_toward_its_yearly_limit(kind: str) -> None:
    crown = whole(1, "50.00", "0.00", "200.00", kind=kind, plan_paid="900.00")
    assert answers(crown)[-1].words.startswith("Yearly limit: your plan paid $900.00, by these claims. Many")
    (_, _, yearly) = answers(crown, benefit="1500.00")
    assert yearly.words == "Yearly limit: your plan paid $900.00 of at most $1,500.00, by these claims."
    assert yearly.left == "By the claims here, $600.00 left; your plan's own count decides."
    silent = entry(2, kind=kind, your_share="9.00", plan_paid="90.00")
    assert [answer.left for answer in answers(silent, benefit="100.00")] == [
        "",
        "By the claims here, $10.00 left; your plan's own count decides.",
    ]


def cover(*costs: Cost, **about: str) -> CoverageRecord:
    return CoverageRecord(starts="2026-01-01", ends="2026-12-31", costs=costs, **about)


def amount(kind: str | None, words: str | None, value: str) -> Cost:
    return Cost(kind=kind, words=words, amount=Decimal(value))


def test_a_limit_belongs_to_the_person_network_and_kind_that_its_words_name() -> None:
    """A family's is no person's, one out of the network or of a lifetime is none; nor is somebody else's."""
    stated = cover(
        amount("deductible", "Individual deductible", "500"),
        amount("deductible", "Family deductible, embedded", "1000"),
        amount("deductible", "Out-of-network deductible", "2000"),
        amount(None, "Annual maximum benefit", "1500"),
        amount(None, "Lifetime benefit maximum for braces", "2500"),
        person="Dana Reyes",
    )
    of = {"today": TODAY}
    assert limits([stated], YEAR, "medical", **of) == Limits(
        Limit(Decimal(500), "USD"), None, Limit(Decimal(1500), "USD")
    )
    assert limits([stated], YEAR, "medical", of_family=True, **of).deductible == Limit(Decimal(1000), "USD")
    assert limits([stated], YEAR, "medical", person="DANA REYES", **of).deductible is not None
    assert limits([stated], YEAR, "medical", person="Theo Reyes", **of) == Limits()


@pytest.mark.parametrize(
    ("words", "how"),
    [
        ("Family deductible, embedded", "embedded"),
        ("Family deductible (aggregate)", "aggregate"),
        ("Family deductible, non-embedded", ""),
        ("Family deductible", ""),
    ],
)
def test_embedded_or_aggregate_is_what_the_plan_says_and_never_worked_out(words: str, how: str) -> None:
    single = amount("deductible", None, "500")
    assert said_how([cover(single, amount("deductible", words, "1000"))], YEAR, today=TODAY) == how
    assert whose_of_family(["Dana", "Theo"]) == (
        "The claims of 2 people here are in these sums: Dana and Theo. "
        "Claims of others in the family count too."
    )
    assert (how or "Ask your plan which") in how_of_family(how)


def test_a_typed_limit_stands_in_only_where_the_plan_states_none_and_is_marked() -> None:
    stated = Limits(deductible=Limit(Decimal(500), "USD"))
    typed = {"medical-deductible": "900", "medical-out_of_pocket": "4000", "dental-benefit": "1500"}
    assert filled(stated, typed, "medical") == Limits(
        Limit(Decimal(500), "USD"), Limit(Decimal(4000), "USD", is_typed=True)
    )
    assert filled(Limits(), {}, "medical") == Limits()


@pytest.mark.parametrize("text", ["1.234,56", "-5", "0", "€40", "1,50", "12345678", "1e3", "٣"])
def test_what_is_no_amount_of_dollars_is_refused(text: str) -> None:
    with pytest.raises(NotAnAmount):
        typed_in({"medical-deductible": text})


def test_amounts_are_taken_as_they_are_written_in_the_papers() -> None:
    form = {"medical-deductible": " $1,500.00 ", "medical-out_of_pocket": "6000", "dental-benefit": ""}
    assert typed_in(form | {"other": "1"}) == {
        "medical-deductible": "1500.00",
        "medical-out_of_pocket": "6000",
    }


@pytest.mark.django_db
def test_a_member_types_a_limit_takes_it_back_and_cannot_type_for_others(
    alice: Member, alice_client: Client, bob_client: Client
) -> None:
    save(a_connection(alice), claim(1, *VISIT))

    def page() -> str:
        return unescape(alice_client.get("/money/2026/").content.decode())

    (subject,) = re.findall(r'name="subject" value="([^"]+)"', page())
    form = {"subject": subject, "medical-out_of_pocket": "4,000"}
    assert bob_client.post("/money/limits/", form).status_code == 404
    assert alice_client.post("/money/limits/", {"subject": "x"}).status_code == 404
    assert "at most $4,000.00" not in page()
    response = alice_client.post("/money/limits/", form)
    assert response.headers["Location"] == "/money/2026/#limits"
    assert "$3,946.48 to $4,000.00 left; your plan's own count decides. You typed this limit." in page()
    alice_client.post("/money/limits/", {"subject": subject, "medical-out_of_pocket": "1.234,56"})
    assert "Nothing was changed" in page()
    assert "at most $4,000.00" in page()
    alice_client.post("/money/limits/", {"subject": subject, "medical-out_of_pocket": ""})
    assert "at most $4,000.00" not in page()
    assert not everything(alice, box_for(alice), connection=alice.connections.get()), "none in her files"


AMOUNTS = st.decimals(min_value=0, max_value=3000, places=2).map(str)


@given(st.lists(st.tuples(AMOUNTS, AMOUNTS, st.booleans()), min_size=1, max_size=5), AMOUNTS)
def test_left_and_counted_are_always_the_limit(parts: list[tuple[str, str, bool]], limit: str) -> None:
    """Whatever counts, what is left at least and what is counted come to the limit, or nothing is left."""
    entries = [
        whole(number, deductible, copay, "0.00", network="in" if sure else None, **DECIDED)
        for number, (deductible, copay, sure) in enumerate(parts)
    ]
    (ledger,) = ledgers(entries)
    if not Decimal(limit) or not ledger.rows:
        return
    told = left(*entries, deductible=limit)[0]
    least = Decimal(limit) - ledger.deductible
    assert told.endswith("your plan's own count decides.")
    if least > 0:
        assert f"${least:,.2f}" in told
    else:
        assert "met" in told or "$0.00 to" in told


def test_the_address_of_before_leads_to_the_money_page_with_what_was_chosen(alice_client: Client) -> None:
    for before, now in (("/year/", "/money/"), ("/year/2026/?years=plan", "/money/2026/?years=plan")):
        response = alice_client.get(before)
        assert (response.status_code, response.headers["Location"]) == (302, now)


def test_people_of_one_policy_come_together_and_those_of_another_do_not(
    alice: Member, alice_client: Client
) -> None:
    """P-05: three connections to one plan, two of them of one subscriber."""
    for number, (name, subscriber) in enumerate((("Dana", "S1"), ("Theo", "S1"), ("Ines", "S2"))):
        connection = a_connection(alice, days=number)
        patient = {"reference": f"Patient/{number}", "display": f"{name} Reyes"}
        save(
            connection,
            claim(number, *VISIT, patient=patient),
            a_coverage(str(number), subscriberId=subscriber),  # type: ignore[arg-type]
        )
    text = unescape(year_page(alice_client))
    assert text.count("the family together</h3>") == 1
    assert "The claims of 2 people here are in these sums" in text
    assert "Out of pocket: $107.04 is counted" in text


def test_families_of_several_contracts_in_one_connection_are_told_apart(
    alice: Member, alice_client: Client
) -> None:
    """Each with the limits of its own contract; what a plan paid toward a yearly limit is each person's."""
    people = (("Dana", "S1", 900), ("Theo", "S1", 900), ("Ines", "S2", 700), ("Omar", "S2", 700))
    bodies = []
    for number, (name, subscriber, limit) in enumerate(people):
        person = {"reference": f"Patient/{number}", "display": f"{name} Reyes"}
        family = {"type": {"text": "Family deductible"}, "valueMoney": {"value": limit, "currency": "USD"}}
        family["type"]["coding"] = [{"code": "deductible"}]  # type: ignore[index]
        bodies += [
            claim(number, *VISIT, patient=person),
            claim(10 + number, *VISIT, patient=person, kind="oral"),
            a_coverage(number, subscriberId=subscriber, beneficiary=person, costToBeneficiary=[family],
                       period={"start": "2026-01-01", "end": "2026-12-31"}),
        ]  # fmt: skip
    save(a_connection(alice), *bodies)
    text = unescape(year_page(alice_client))
    families = text.split("the family together</h3>")[1:]
    assert len(families) == 2
    for told, names, limit in zip(
        families, ("Dana Reyes and Theo", "Ines Reyes and Omar"), (900, 700), strict=True
    ):
        assert f"The claims of 2 people here are in these sums: {names} Reyes." in told
        assert f" of ${limit}.00 is counted from these claims." in told
        assert "Yearly limit:" not in told.partition("</section>")[0]
    assert text.count("Yearly limit:") == len(people)
    subjects = re.findall(r'name="subject" value="([^"]+)"', text)
    assert len(set(subjects)) == len(subjects) == len(people) + len(families)


def test_claims_whose_figures_disagree_are_set_apart_and_lead_to_their_pages(
    alice: Member, alice_client: Client
) -> None:
    odd = claim(2, "480.00", "0.00", "0.00", "0.00", "0.00", payment={"amount": {"value": 480.0}})
    save(a_connection(alice), claim(1, *VISIT), odd)
    text = year_page(alice_client)
    apart = text.partition('data-testid="apart"')[2].partition("</details>")[0]
    assert "1 claim set apart: its figures disagree" in apart
    (link,) = re.findall(r'href="(/claims/[^"]+/)"', apart)
    assert alice_client.get(link).status_code == 200


def of_medicare(part: str, **more: str | None) -> CoverageRecord:
    """Return one part of Medicare, as Blue Button shares it: Part C without dates."""
    classes = (CoverageClass("group", "Medicare"), CoverageClass("plan", f"Part {part}"))
    payers = ("Centers for Medicare and Medicaid Services",)
    return CoverageRecord(**({"status": "active"} | more), payers=payers, classes=classes)


@pytest.mark.parametrize(
    ("coverages", "is_so"),
    [
        ([of_medicare("A", starts="1999-06-01"), of_medicare("B")], True),
        ([of_medicare("B"), of_medicare("C", status="cancelled")], False),
        ([of_medicare("B", starts="2026-05-01")], False),
        ([of_medicare("D")], False),
        ([CoverageRecord(payers=("Riverside Health",))], False),
        ([], False),
    ],
)
def test_original_medicare_has_no_most_and_no_plan_is_missed_to_share_it(
    coverages: list[CoverageRecord], is_so: bool
) -> None:
    """ "Your plan did not share the most you can have to pay": there is none."""
    period = Period(YEAR, TODAY, has_no_maximum=has_no_maximum(coverages, YEAR))
    (told,) = blocks(ledgers([whole(1, "100.00", "0.00", "20.00", **DECIDED)]), lambda _: Limits(), name="x",
                     period=period)  # fmt: skip
    words = told.answers[1].words
    assert ("Original Medicare (Parts A and B) has no yearly limit on what you pay." in words) is is_so
    assert ("did not share the most" in words) is not is_so
