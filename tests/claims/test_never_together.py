"""A page does not contradict itself, names whom to ask, and asks one of them for one thing."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill
from tests.claims.given import a_claim, an_eob
from tests.claims.made import (
    CARINS,
    DENIED,
    OUT,
    claim,
    concept,
    line,
    money,
    priced,
    reading,
    stating,
    status,
    why,
)
from tests.claims.never_together import closes, page, together
from tests.claims.systems import C4BB, NDC, THO
from tests.claims.telling import asked, lead, steps_of, told
from tests.length import in_full

PARTLY = status("benefitpaymentstatus", "partiallypaid")

NAMES = (
    *("submitted", "eligible", "discount", "benefit", "noncovered", "memberliability", "copay"),
    *("coinsurance", "paidbypatient", "priorpayerpaid", "paidtopatient"),
)

AMOUNTS = st.lists(
    st.builds(
        lambda name, amount: priced(name, amount, system=C4BB if name in CARINS else THO),
        st.sampled_from(NAMES),
        st.sampled_from(("0", "20", "40", "60", "100")),
    ),
    max_size=8,
    unique_by=lambda total: total["category"]["coding"][0]["code"],
)

SAID = st.lists(
    st.sampled_from(
        (DENIED, PARTLY, OUT, why("CO 45"), why("PR 96"), why("OA 18"), why("CO 24"), why("PR 22"))
    ),
    max_size=2,
    unique_by=str,
)


@settings(max_examples=in_full(1500, otherwise=150, meets_database=False), deadline=None)
@given(AMOUNTS, SAID, AMOUNTS, SAID, st.sampled_from(("professional", "pharmacy")))
def test_no_page_contradicts_itself(
    totals: list[Any], stated: list[Any], of_line: list[Any], of_line_stated: list[Any], kind: str
) -> None:
    record = reading(
        claim(*totals, kind=kind, adjudication=stated, item=[line(1, *of_line, *of_line_stated)])
    )
    assert together(record) == [], page(record).text


def test_a_zero_beside_a_refusal_is_not_said_to_be_filled_in() -> None:
    """5.3: "Denied" stood beside "We think $60.00 is right", and over "your plan will not pay"."""
    figures = money("submitted 100, memberliability 40, benefit 0, benefit 60")
    story = wording.story(reading(claim(*figures, adjudication=[DENIED])))
    assert "$60.00, but also $0.00" in story.answer
    assert "We think" not in str((story.answer, story.disagreements))
    assert story.steps is not None
    assert story.steps.heading == "Marked as denied, and paid by one figure"
    assert "We think $60.00 is right" in lead(reading(claim(*figures)))


@pytest.mark.parametrize("reasons", [[], [why("OA 50")]])
def test_who_paid_already_is_not_told_what_to_do_before_paying(reasons: list[Any]) -> None:
    """ "Already paid. Nothing left", and as the last step "Before you pay the provider"."""
    figures = money("submitted 100, eligible 100, benefit 40, memberliability 60, paidbypatient 60")
    steps = steps_of(reading(claim(*figures, adjudication=[PARTLY, *reasons])))
    assert steps.steps[-1].startswith("You paid already. If your plan pays after all, ask the provider")


PATIENT = {"reference": "Patient/1", "display": "Dana Marlow"}


@pytest.mark.parametrize(
    ("payee", "is_named"),
    [("Robin Marlow", True), ("Marlow, Dana", False), ("RIVERSIDE CLINIC INC", False), ("Riverside", False)],
)
def test_a_payee_of_no_known_kind_is_named_before_the_receipt(payee: str, is_named: bool) -> None:
    """1.6: who was paid stood among what offices need alone."""
    figures = money("submitted 100, eligible 100, benefit 80, memberliability 20")
    to_other = {"type": concept(("x", "other")), "party": {"display": payee}}
    assert (
        "names Robin Marlow as who is paid" in lead(reading(claim(*figures, patient=PATIENT, payee=to_other)))
    ) is (is_named)


PRESCRIPTIONS = (
    claim(*money("submitted 100, memberliability 60, benefit 40"), outcome="error", adjudication=[DENIED]),
    claim(
        *money("submitted 90, benefit 0, noncovered 90, memberliability 90"),
        adjudication=[DENIED, why("PR 29")],
    ),
    claim(
        *money("submitted 90, benefit 0, noncovered 90, memberliability 0"),
        adjudication=[DENIED, why("CO 16")],
    ),
    claim(
        *money("submitted 90, eligible 80, benefit 60, memberliability 20, paidtopatient 60"),
        adjudication=[OUT],
    ),
    claim(*money("submitted 90, benefit 0, noncovered 90"), adjudication=[why("OA 18")]),
    claim(*money("submitted 90, eligible 80, benefit 60, memberliability 20, paidbypatient 40")),
)


@pytest.mark.parametrize("made", PRESCRIPTIONS)
@pytest.mark.parametrize(("language", "provider"), [("en", "provider"), ("es", "proveedor")])
def test_who_bills_for_a_prescription_is_called_a_pharmacy(
    made: dict[str, Any], language: str, provider: str
) -> None:
    """9: "Ask the provider to wait with the bill", of a prescription."""
    record = reading(made | {"type": concept(("x", "pharmacy")), "provider": None})
    with translation.override(language):
        compared = bill.check(record, Decimal(500))
        words = "\n".join((told(record), compared.answer, *compared.causes, *compared.asks))
    assert provider not in words.replace("paidtoprovider", "")  # the plan's own code


def a_visit(**changes: Any) -> ClaimRecord:
    figures = money("submitted 100, eligible 100, benefit 80, memberliability 20")
    return reading(claim(*figures, **changes))


def test_a_bill_without_a_day_is_asked_about_by_what_else_names_the_claim() -> None:
    """ "My plan's share for date not shared is $20.00"."""
    bare: dict[str, Any] = {"billablePeriod": None, "created": None}
    for record, named in (
        (a_visit(**bare), "claim number CLM-1"),
        (a_visit(**bare, identifier=None), "this claim"),
        (a_visit(billablePeriod=None), "claim number CLM-1, sent March 20, 2026"),
        (a_visit(), "March 9, 2026"),
    ):
        assert f"share for {named} is $20.00" in bill.check(record, Decimal(50)).asks[0]
        assert f"is for {named}, and" in bill.check(record, Decimal(50), flags=("several",)).asks[0]


def test_what_the_plan_had_already_is_not_asked_about_as_the_members() -> None:
    lines = [
        line(1, *money("submitted 100, noncovered 100"), why("OA 18")),
        line(2, *money("submitted 100, eligible 100, benefit 80, memberliability 20")),
    ]
    record = stating(
        "submitted 200, eligible 100, benefit 80, noncovered 100, memberliability 20", item=lines
    )
    [cause] = bill.check(record, Decimal(120)).causes
    assert cause.endswith("had already in another claim, $100.00: ask whether it is billed twice.")


def test_what_another_arrangement_covers_is_explained_once() -> None:
    of_line = line(1, *money("submitted 100, benefit 0, noncovered 90"), why("CO 24"))
    figures = money("submitted 100, benefit 0, noncovered 90, memberliability 10")
    story = wording.story(reading(claim(*figures, adjudication=[why("CO 24")], item=[of_line])))
    assert "another arrangement covers $90.00 of this. Your share" in story.answer
    assert len(story.reasons) == 1


def test_a_share_beside_other_figures_that_disagree_is_not_to_be_paid_unasked() -> None:
    """The bill was compared with nothing, and the checklist gave $20.00 all the same."""
    record = a_visit(item=[line(1, *money("submitted 70, memberliability 20"))])
    assert asked(record) == "$20.00. Other figures of this claim do not agree. Ask your plan before you pay."


@pytest.mark.parametrize(
    ("figures", "ask"),
    [
        (
            "submitted 80, eligible 100, benefit 0, priorpayerpaid 80, memberliability 60, paidbypatient 60",
            "Ask your plan why what was paid and your share come to more than the price.",
        ),
        (
            "submitted 100, discount -20, eligible 80, benefit 60, memberliability 20",
            "Ask your plan whether the minus is meant: without it, the figures add up.",
        ),
    ],
)
def test_figures_that_disagree_have_somebody_to_ask(figures: str, ask: str) -> None:
    story = wording.story(stating(figures))
    assert story.is_set_apart
    assert ask in story.asks


@pytest.mark.parametrize("paid", ["0", "40"])
def test_money_back_is_asked_of_one(paid: str) -> None:
    """3.5: "ask your plan whether it comes back to you", and of the provider another amount."""
    figures = "submitted 100, eligible 80, discount 20, benefit 100, memberliability -20"
    record = stating(f"{figures}, paidbypatient {paid}")
    assert together(record) == []
    assert page(record).text.count("back to you") == 1


@pytest.mark.parametrize(("share", "is_asked"), [("20", True), ("0", False), ("-20", False)])
def test_a_share_of_what_takes_a_bill_back_is_asked_about(share: str, is_asked: bool) -> None:
    """3.9: "Your share changes by $20.00", and nobody to ask."""
    record = stating(f"submitted -100, eligible -80, benefit -60, memberliability {share}")
    assert ("Ask your plan before you pay that." in lead(record)) is is_asked


@pytest.mark.parametrize("paid", ["20", "25", "40"])
def test_who_paid_all_but_the_providers_part_is_not_told_to_ask_before_paying(paid: str) -> None:
    """ "Ask your plan before you pay that. Already paid. Nothing left." """
    figures = (
        "submitted 100, eligible 80, discount 20, benefit 50, memberliability 30, noncovered 10, copay 20"
    )
    made = claim(*money(f"{figures}, paidbypatient {paid}"), item=[line(1, *money(figures), why("CO 96"))])
    assert together(reading(made)) == []
    assert "counts $10.00 in it that the provider normally may not charge to you." in lead(reading(made))


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("CO 184", "The one who prescribed it may not order this service."),
        ("CO 243", "The service was not allowed by your primary care provider."),
        ("CO B20", "Another provider already gave all or part of this service."),
        ("CO 242", "The pharmacy is not in your plan's network."),
    ],
)
def test_only_who_bills_for_a_prescription_is_called_a_pharmacy(code: str, told: str) -> None:
    """ "The pharmacy who prescribed it", "your primary care pharmacy", and payees of other names."""
    payee = {"type": concept(("x", "other")), "party": {"display": "Netprovider Mail LLC"}}
    figures = money("submitted 100, eligible 80, benefit 60, memberliability 20")
    record = reading(claim(*figures, kind="pharmacy", payee=payee, item=[line(1, *figures, why(code))]))
    assert told in wording.story(record).reasons[0]
    assert "names Netprovider Mail LLC as who is paid" in lead(record)


def test_no_spanish_word_of_the_masculine_stands_beside_a_pharmacy() -> None:
    figures = money("submitted 100, eligible 80, benefit 60, memberliability 20")
    record = reading(claim(*figures, kind="pharmacy", item=[line(1, *figures, why("CO 243"), why("CO 279"))]))
    with translation.override("es"):
        assert " uno de los " not in told(record)


REFUSED = "submitted 100, eligible 80, benefit 0, noncovered 80, memberliability 0"


@pytest.mark.parametrize(
    ("reasons", "is_apart"),
    [([why("CO 197")], False), ([why("PR 197")], True), ([why("CO 197"), why("OA 96")], True), ([], True)],
)
def test_a_share_of_nothing_fits_what_is_in_the_price_and_the_providers(
    reasons: list[Any], is_apart: bool
) -> None:
    """3.6: "the provider normally may not charge this to you", and "Ask it how these fit together".

    Under "Not covered $80.00" the same amount stood as "Where the figures do not meet".
    """
    record = stating(REFUSED, adjudication=[DENIED], item=[line(1, *money(REFUSED), *reasons)])
    story = wording.story(record)
    assert page(record).is_marked("Figures disagree") is is_apart
    assert ("how these fit together" in story.answer) is is_apart
    assert closes(story) is not is_apart
    assert [row.text for row in story.receipt if row.testid in ("gap", "not-covered")] == ["$80.00"]


@pytest.mark.parametrize(("group", "is_on_top"), [("CO", False), ("PR", True), ("OA", True)])
def test_what_a_reason_puts_on_the_provider_above_the_price_does_not_come_on_top(
    group: str, is_on_top: bool
) -> None:
    """5.3: "the provider normally may not charge this to you", and "may come on top of it"."""
    figures = "submitted 200, eligible 80, benefit 60, memberliability 20"
    made = claim(*money(figures), adjudication=[OUT], item=[line(1, *money(figures), why(f"{group} 45"))])
    assert ("above your plan's price may come on top" in lead(reading(made))) is is_on_top
    assert ("may ask for more" in asked(reading(made))) is is_on_top


def test_a_pharmacy_is_called_one_wherever_it_is_asked(alice: Member, alice_client: Client) -> None:
    """ "Ask the provider first", who "can tell you what they mean", of a drug."""
    bought = {"item": [line(1, productOrService=concept((NDC, "748856")))], "provider": {}}
    html = alice_client.get(f"/claims/{a_claim(alice, kind='pharmacy', **bought).pk}/").content.decode()
    assert "Ask the pharmacy first, then your plan" in html
    assert "the pharmacy can tell you what they mean" in html
    assert "Is it from the same pharmacy?" in html
    assert not re.search(r"[Aa]sk the provider|the provider can|same provider", html)
    plan = {"display": "XYZ Insurance"}
    own = reading(an_eob(1, kind="pharmacy", insurer=plan, provider=plan))
    [asked] = [told for name, _question, told in wording.story(own).checklist if name == "provider"]
    assert asked == "Your plan names itself here; it did not say which pharmacy it was."
