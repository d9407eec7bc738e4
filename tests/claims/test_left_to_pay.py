"""What of the share is left: paid at the time, or to be paid with money that the plan sent to the member."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from apps.kinds.claim import wording
from apps.kinds.claim.records import ClaimRecord, Network
from apps.kinds.claim.wording import left_to_pay, to_pay
from tests.claims.made import claim, concept, line, money, priced, reading, stating, status, why
from tests.claims.never_together import together
from tests.claims.systems import C4BB
from tests.claims.telling import asked


def a_bill(
    share: str, *, paid: str | None = None, benefit: str = "60.00", billed: str = "", **changes: Any
) -> ClaimRecord:
    """Return a claim with a share and what the patient paid at the time."""
    totals = [priced("benefit", benefit), priced("memberliability", share, system=C4BB)]
    totals += [priced("submitted", billed)] if billed else []
    totals += [priced("paidbypatient", paid, system=C4BB)] if paid else []
    return reading(claim(*totals, **changes))


@pytest.mark.parametrize(
    ("share", "paid", "answer", "bill"),
    [
        (
            "45",
            "45",
            "Already paid. Nothing left.",
            "It should ask for nothing: you paid your share already.",
        ),
        (
            "818.43",
            "818.43",
            "Already paid. Nothing left.",
            "It should ask for nothing: you paid your share already.",
        ),
        (
            "45",
            "20",
            "You paid $20.00 of it already. $25.00 is left.",
            "$25.00. You paid $20.00 of your share already.",
        ),
        (
            "45",
            "50",
            "You paid $50.00 already, which is $5.00 more than your share.",
            "It should ask for nothing: you paid your share already.",
        ),
    ],
)
def test_m_14_what_was_paid_at_the_time_is_taken_off_the_share(
    share: str, paid: str, answer: str, bill: str
) -> None:
    record = a_bill(share, paid=paid, billed=str(Decimal(share) + 60))
    assert answer in wording.story(record).answer
    assert asked(record) == bill


def test_what_nobody_can_check_is_not_said_to_leave_nothing() -> None:
    """3.9: "It should ask for nothing", of a record without what the plan paid, or what was billed."""
    unchecked = (
        a_bill("45", paid="45"),
        stating("drugcost 100, memberliability 45, paidbypatient 45", kind="pharmacy"),
        stating("submitted 50, benefit 60, memberliability 45, paidbypatient 45"),
    )
    for record in unchecked:
        assert "othing left" not in wording.story(record).answer
        assert asked(record) == "You paid your share already."


def test_a_price_that_closes_leaves_nothing_though_the_bill_was_not_sent() -> None:
    """3.9: "From the price your plan allows down to your share, the figures add up", as for each drug."""
    record = stating("eligible 60, benefit 40, memberliability 20, paidbypatient 20")
    assert wording.story(record).answer.endswith("Already paid. Nothing left.")
    assert asked(record) == "It should ask for nothing: you paid your share already."


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ("benefit 40, memberliability 20", "Already paid."),
        ("submitted 100, benefit 40, memberliability 20", "Already paid."),
        (
            "submitted 100, benefit 20, priorpayerpaid 20, memberliability 40",
            "Of it, others paid $20.00 and you paid $20.00.",
        ),
    ],
)
def test_who_may_ask_for_more_than_the_price_is_not_said_to_leave_nothing(amounts: str, told: str) -> None:
    """3.9: "Nothing left", and below it "Outside the network the provider may ask for more"."""
    record = stating(f"{amounts}, eligible 60, paidbypatient 20")
    record = structs.replace(record, network="out")
    assert wording.story(record).answer.endswith(told)
    assert asked(record).startswith("You paid your share already.")


@pytest.mark.parametrize(
    ("amounts", "told"),
    [
        ("submitted 100, eligible 60, benefit 40", "Already paid. Nothing left."),
        ("submitted 100, eligible 70, benefit 40", "Already paid."),
        ("submitted 70, benefit 40", "Already paid."),
    ],
)
def test_nothing_is_said_to_be_left_where_figures_leave_more(amounts: str, told: str) -> None:
    """3.9: "Nothing left", and under it "$10.00 of the bill is in none of these figures"."""
    story = wording.story(stating(f"{amounts}, memberliability 20, paidbypatient 20"))
    assert story.answer.endswith(f"Your share is $20.00. {told}")
    assert ("in none of these figures" in " ".join(story.sums)) is (told == "Already paid.")


@pytest.mark.parametrize(
    ("paid", "back", "on_top"),
    [("20", "", "$30.00"), ("40", "", "$10.00"), ("50", "", ""), ("57", "$7.00", "")],
)
def test_what_may_come_on_top_of_the_share_is_not_asked_back(paid: str, back: str, on_top: str) -> None:
    """3.9: "The $30.00 that is not covered may come on top", and "Ask whether $30.00 comes back"."""
    figures = "submitted 150, eligible 120, benefit 100, noncovered 30, memberliability 20"
    of_line = line(1, *money("noncovered 30"), why("PR 96"))
    record = stating(f"{figures}, paidbypatient {paid}", item=[of_line])
    asks = f"Ask the provider whether {back} comes back to you."
    assert wording.story(record).asks == ((asks,) if back else ())
    assert together(record) == []
    told = f"{on_top} that is not covered may come on top." if on_top else ""
    assert asked(record).partition(" The ")[2] == told


def test_who_paid_what_the_plan_puts_on_the_provider_paid_more_than_the_share_without_that() -> None:
    """5.3: "Your share is $100.00. You paid $100.00 already, which is $100.00 more than your share." """
    figures = money("submitted 100, benefit 0, noncovered 100, memberliability 100, paidbypatient 100")
    told = wording.story(reading(claim(*figures, item=[line(1, *figures, why("CO 197"))]))).answer
    assert told.endswith("You paid $100.00 already, which is $100.00 more than your share without that.")


def test_what_is_above_the_price_outside_the_network_is_not_asked_back() -> None:
    """3.9: "The $20.00 above your plan's price may come on top", and "Ask whether $20.00 comes back"."""
    outside = [status("billingnetworkstatus", "outofnetwork")]
    figures = "submitted 100, eligible 80, benefit 60, memberliability 20, paidbypatient"
    nothing = "It should ask for nothing: you paid your share already."
    more = "Outside the network the provider may ask for more, up to the $100.00 billed. Ask first."
    more = f"You paid your share already. {more}"
    passed_on = "90, paidtopatient 60"
    every = (("40", None, nothing), ("41", 1, nothing), ("30", None, more), (passed_on, None, more))
    for paid, back, bill in every:
        record = stating(f"{figures} {paid}", adjudication=outside)
        told = to_pay.back(record)
        assert (told and told.amount) == back
        assert asked(record) == bill, "to ask for nothing, and for up to $100.00"
        assert together(record) == []


@pytest.mark.parametrize("paid", ["0", "-20", None])
def test_m_14_who_paid_nothing_so_far_is_told_nothing_of_it(paid: str | None) -> None:
    record = a_bill("45", paid=paid)
    assert wording.story(record).answer.endswith("Your share is $45.00.")
    assert asked(record) == "$45.00"


SENT = {"payee": {"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", "subscriber"))}}


@pytest.mark.parametrize(
    ("paid", "told", "bill"),
    [
        (
            None,
            "Pass it on, unless you paid the provider already. Your share of $1,102.75 comes on top. The "
            "provider may ask for $1,410.00 in all.",
            "$1,410.00: your share, and the $307.25 that your plan sent to you.",
        ),
        (
            "1400.00",
            "You had paid $1,400.00 already: pass on $10.00 of it. The provider may ask for $10.00 in all.",
            "$10.00: your share, and the $307.25 that your plan sent to you. The $1,400.00 that you paid "
            "already is taken off.",
        ),
        (
            "1410.00",
            "You had paid $1,410.00 already, so it is yours to keep.",
            "You paid your share already.",
        ),
    ],
)
def test_m_15_of_money_that_the_plan_sent_to_the_member_is_passed_on_what_is_left_and_no_more(
    paid: str | None, told: str, bill: str
) -> None:
    """ "Pass it on", of $307.25, stood before "The provider may ask for $10.00 in all"."""
    record = a_bill("1102.75", paid=paid, benefit="307.25", **SENT)
    assert wording.story(record).answer.endswith(f"Your plan sent $307.25 to you. {told}")
    assert asked(record) == bill


def test_m_15_none_of_what_the_plan_sent_is_called_the_members_beside_their_share() -> None:
    """It said "$40.00 to you. Pass it on; $10.00 is yours", as if $10.00 of it were to be kept."""
    for paid, told in (("0", ""), ("5", " You paid $5.00 already."), ("10", " You paid $10.00 already.")):
        answer = wording.story(a_bill("10", benefit="40", paid=paid, **SENT)).answer
        assert f"Your share of $10.00 comes on top.{told} The provider" in answer
        assert "is yours" not in answer
    assert "on top" not in wording.story(a_bill("0", benefit="40", **SENT)).answer


def test_m_15_nothing_is_to_be_passed_on_where_nothing_was_paid_or_where_figures_disagree() -> None:
    assert "Pass it on" not in wording.story(a_bill("45", benefit="0", **SENT)).answer
    unfit = {"amount": {"value": 30}, "adjustment": {"value": -25}}
    for payment in ({"amount": {"value": 70}}, unfit):
        told = wording.story(a_bill("45", benefit="60", payment=payment, **SENT)).answer
        assert "Pass it on" not in told, payment


def test_m_14_nothing_is_taken_off_a_share_that_is_negative_or_that_other_figures_contradict() -> None:
    lines = [line(1, priced("memberliability", "80.00", system=C4BB))]
    for record in (
        a_bill("45", paid="20", item=lines),
        a_bill("45", item=lines, **SENT),
        a_bill("-45", paid="20"),
    ):
        assert (to_pay.due(record), left_to_pay.asked(record, to_pay.amounts_of(record))) == (None, "")
        assert not [
            text
            for text in left_to_pay.sentences(record, to_pay.amounts_of(record))
            if "$45" in text or "left" in text
        ]


def test_m_14_amounts_of_two_currencies_are_not_taken_off_each_other() -> None:
    share = priced("memberliability", "45.00", system=C4BB)
    paid = priced("paidbypatient", "20.00", system=C4BB, currency="CAD")
    record = reading(claim(priced("benefit", "60.00"), share, paid))
    assert (to_pay.due(record), left_to_pay.sentences(record, to_pay.amounts_of(record))) == (None, [])
    record = reading(claim(priced("benefit", "60.00", currency="CAD"), share, **SENT))
    assert to_pay.due(record) is None
    assert left_to_pay.sentences(record, to_pay.amounts_of(record)) == [
        "Your plan sent CAD 60.00 to you. Pass it on, unless you paid the provider already."
    ]
    nothing = reading(claim(priced("benefit", "0", currency="CAD"), share, **SENT))
    assert to_pay.due(nothing) == 45, "nothing is sent, in whatever currency"


@pytest.mark.parametrize(("network", "price"), [(None, "$100.00"), ("in", "$100.00"), ("out", "")])
def test_m_15_what_was_sent_is_held_against_the_price_allowed_but_outside_the_network(
    network: Network | None, price: str
) -> None:
    totals = [
        *money("submitted 200.00, eligible 100.00, benefit 90.00"),
        priced("memberliability", "45.00", system=C4BB),
    ]
    record = structs.replace(reading(claim(*totals, **SENT)), network=network)
    told = left_to_pay.to_ask(record, to_pay.amounts_of(record))
    assert (f"more than the price, {price}: ask your plan before you pay" in told) is bool(price), told


@pytest.mark.parametrize(
    ("eligible", "benefit", "currency", "is_more"),
    [
        ("100.00", "55.00", "USD", True),
        ("100.00", "155.00", "USD", False),  # with the share that is all of the bill
        ("100.00", "155.00", "CAD", True),
        ("200.00", "55.00", "USD", False),
    ],
)
def test_m_14_outside_the_network_more_may_be_asked_up_to_what_was_billed(
    eligible: str, benefit: str, currency: str, *, is_more: bool
) -> None:
    totals = money(f"submitted 200.00, eligible {eligible}, memberliability 45.00")
    record = reading(claim(*totals, priced("benefit", benefit, currency=currency)))
    more = "Outside the network the provider may ask for more, up to the $200.00 billed. Ask first."
    outside, inside = (structs.replace(record, network=network) for network in ("out", "in"))
    told = left_to_pay.asked(outside, to_pay.amounts_of(outside))
    assert told == (f"$45.00. {more}" if is_more else "$45.00")
    assert more not in left_to_pay.asked(inside, to_pay.amounts_of(inside))


def test_m_15_where_the_share_is_not_known_it_is_said_to_pass_the_money_on_and_no_more() -> None:
    record = reading(claim(priced("benefit", "307.25"), **SENT))
    assert wording.story(record).answer.endswith(
        "Your plan sent $307.25 to you. Pass it on, unless you paid the provider already."
    )


def paid_to(payee: dict[str, str], **changes: Any) -> ClaimRecord:
    patient = {"reference": "Patient/1", "display": "Juniper Marlow"}
    payment = {"payee": {**SENT["payee"], "party": payee}, "patient": patient}
    return a_bill("1102.75", benefit="307.25", **(payment | changes))


DANA = {"reference": "RelatedPerson/7", "display": "Dana Marlow"}


def test_m_15_who_is_paid_in_place_of_the_provider_is_named_where_it_is_not_the_patient() -> None:
    record = paid_to(DANA, item=[line(1, *money("submitted 1410, paidtopatient 307.25"))])
    story = wording.story(record)
    assert story.answer.endswith(
        "Your plan sent $307.25 to Dana Marlow. It goes on to the provider, unless it was paid already. "
        "Your share of $1,102.75 comes on top. The provider may ask for $1,410.00 in all."
    )
    assert asked(record) == "$1,410.00: your share, and the $307.25 that your plan sent to Dana Marlow."
    assert ("Paid to", "Dana Marlow") in story.payment
    assert "Paid to Dana Marlow: $307.25" in story.lines[0].details


@pytest.mark.parametrize(
    ("payee", "changes"),
    [
        ({"reference": "Patient/1", "display": "J. Marlow"}, {}),
        ({"reference": "RelatedPerson/1", "display": "MARLOW, JUNIPER"}, {}),
        ({"reference": "RelatedPerson/7"}, {}),
        ({"display": "Dana Marlow"}, {"patient": {"reference": "Patient/1"}}),
        ({"reference": "RelatedPerson/7", "display": "Member 4711"}, {}),
    ],
)
def test_m_15_a_payee_who_is_or_may_be_the_patient_or_is_no_person_is_not_named(
    payee: dict[str, str], changes: dict[str, Any]
) -> None:
    record = paid_to(payee, **changes)
    assert record.payment is not None
    assert (record.payment.to, record.payment.to_name) == ("you", "")


@pytest.mark.parametrize(
    ("code", "party", "names", "told"),
    [
        ("subscriber", "Organization/3", "Acme Employer", "the member is paid, but names Acme Employer"),
        ("subscriber", "Organization/3", "", "the member is paid, but names another"),
        ("provider", "RelatedPerson/7", "Dana Marlow", "the provider is paid, but names Dana Marlow"),
    ],
)
def test_a_payee_whose_type_and_party_differ_is_asked_about(
    code: str, party: str, names: str, told: str
) -> None:
    """It said "does not say whether that is the provider or you", of a payee called the subscriber."""
    payee = {"type": concept(("", code)), "party": {"reference": party, "display": names}}
    record = a_bill("1102.75", benefit="307.25", payee=payee)
    answer = wording.story(record).answer
    assert answer.endswith(f"Your plan says that {told}: ask your plan who got the payment.")
    assert asked(record).startswith("$1,102.75. Your plan's data differs on who was paid")


def test_m_15_what_a_named_person_got_is_no_ones_to_keep() -> None:
    told = wording.story(
        a_bill(
            "10",
            benefit="40",
            paid="50",
            payee={**SENT["payee"], "party": DANA},
            patient={"reference": "Patient/1", "display": "Juniper Marlow"},
        )
    ).answer
    assert told.endswith("Your plan sent $40.00 to Dana Marlow. You had paid $50.00 already.")


@pytest.mark.parametrize(
    ("paid", "told"),
    [
        (
            "301808.25",
            "Your plan says that you paid $301,808.25 already, more than any figure for your share: ask why.",
        ),
        ("80", "Your plan says that you paid $80.00 already."),
    ],
)
def test_m_14_what_the_member_is_listed_as_having_paid_is_told_beside_a_share_in_doubt(
    paid: str, told: str
) -> None:
    """$301,808.25 beside a share of "$1,423.82 or $0.00" stood in the receipt alone."""
    lines = [line(1, priced("memberliability", "80.00", system=C4BB))]
    record = a_bill("45", paid=paid, item=lines)
    assert wording.story(record).answer.endswith(told)
    assert "Your plan says that you paid" not in wording.story(a_bill("45", paid=paid)).answer


def test_where_from_the_member_paid_is_said_in_words() -> None:
    """ "paidbypatientcash $30.00" stood under the sum, and beside a whole "What you paid: $120.00"."""
    parts = [
        priced("paidbypatientcash", "30.00", system=C4BB),
        priced("paidbypatienthealthaccount", "120.00", system=C4BB),
    ]
    share = priced("memberliability", "200.00", system=C4BB)
    (row,) = [row for row in wording.story(reading(claim(share, *parts))).receipt if row.testid == "you-paid"]
    assert row.source.endswith(
        "Added up: paid by you in cash, by check or from your own account $30.00 and paid from your health "
        "account $120.00."
    )
    whole = priced("paidbypatient", "150.00", system=C4BB)
    more = dict(wording.story(reading(claim(share, whole, parts[1]))).more)
    assert more["Paid from your health account"] == "$120.00"
