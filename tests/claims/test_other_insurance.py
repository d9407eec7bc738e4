"""Another insurer that pays first, paid nothing, or is only named."""

import pytest

from apps.kinds.claim import standing, unpaid, wording
from apps.kinds.claim.wording import story
from tests.claims.made import claim, concept, line, money, priced, reading, stating
from tests.claims.systems import C4BB, MEDICARE
from tests.claims.telling import steps_of
from tests.claims.test_payments_that_decide import not_paid


@pytest.mark.parametrize("code", ["E", "F", "H", "X"])
def test_medicares_reasons_that_another_insurer_pays_first_are_one_class(code: str) -> None:
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    coding = {"system": url, "code": code, "display": "MSP cost avoid HMO Rate Cell (eff. 7/00)"}
    record = stating("submitted 480.00, memberliability 20.00",
        extension=[{"url": url, "valueCoding": coding}])  # fmt: skip
    assert wording.story(record).reasons == ("Another insurer pays first.",)
    assert unpaid.apart(record) == "other_payer"


@pytest.mark.parametrize("code", ["A", "W", "E"])
def test_m_03_another_payers_turn_is_no_refusal_that_a_plan_changes_its_mind_about(code: str) -> None:
    """Medicare said that workers' compensation covers it; the page said "It can change its mind"."""
    record = reading(claim(
        priced("submitted", "480.00"), priced("benefit", "0.00"), priced("eligible", "447.00"),
        priced("noncovered", "33.00", system=C4BB), priced("memberliability", "20.00", system=C4BB),
        extension=[not_paid(code, "Covered worker's compensation (Obsolete)")],
    ))  # fmt: skip
    steps = steps_of(record)
    assert steps.meaning == (
        "Your plan did not pay a part because it thinks another insurer should. "
        "Ask which one, and tell the provider."
    )
    assert unpaid.apart(record) == "other_payer"
    assert standing.state(record) == "partly_refused"


@pytest.mark.parametrize("code", ["22", "109", "120"])
def test_m_03_a_reason_that_names_another_plan_says_to_ask_which_one(code: str) -> None:
    """Beside "A managed care plan covers you for this." (120) it only said that you can ask to check."""
    reason = {"category": concept(("x", "denialreason")), "reason": concept(("x", f"CO{code}"))}
    made = line(1, *money("submitted 25.00, noncovered 24.00, benefit 1.00"), reason)
    steps = wording.story(stating("submitted 25.00, noncovered 24.00, benefit 1.00", item=[made])).steps
    assert steps is not None
    assert "Ask which one, and tell the provider." in steps.meaning


def test_that_who_pays_first_paid_nothing_is_said_where_another_is_named() -> None:
    amounts = "submitted 100, benefit 60, priorpayerpaid 0, memberliability 40"
    nothing = "By your plan's figures, others paid nothing."
    others = [{"focal": focal, "coverage": {"display": name}} for focal, name in ((True, "A"), (False, "B"))]
    assert nothing in story(stating(amounts, insurance=others)).answer
    assert nothing not in story(stating(amounts)).answer


def test_of_two_coverages_the_one_that_the_claim_is_for_is_named() -> None:
    """It named the other insurer's."""
    record = reading(
        claim(
            insurance=[
                {"focal": False, "coverage": {"display": "Other Mutual"}},
                {"focal": True, "coverage": {"display": "Harborlight PPO"}},
            ]
        )
    )
    assert record.coverage == "Harborlight PPO"
