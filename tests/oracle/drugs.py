"""Who bore the cost of a drug: plan, patient, Extra Help, the manufacturer, and others for the member."""

from decimal import Decimal
from itertools import product

from tests.oracle.amounts import Stated
from tests.oracle.answer import CENT, Answer, answer, widened
from tests.oracle.contradictions import line_paid, paid_figures

# Of these, what is not stated was not borne; of the first two, what is not stated is not known.
BEARERS = ("paid by patient", "extra help", "manufacturer", "other payer")


def cost_is_explained(stated: Stated) -> bool | None:
    """Say whether all who bore the cost come to it (M-02); None where cost, plan or patient is not stated.

    Of several readings of one bearer (payments of others may overlap) one that explains the cost is enough.
    """
    cost, plan = _readings(stated, "drug cost"), _plan(stated)
    borne = [_readings(stated, bearer) for bearer in BEARERS]
    if not cost or plan is None or not borne[0]:
        return None
    sums = [sum(amounts, plan) for amounts in product(*(readings or (Decimal(),) for readings in borne))]
    return any(abs(whole - together) <= CENT for whole in cost for together in sums)


def with_drug_payers(stated: Stated, others: Answer) -> Answer:
    """Return *others* and, where the head names one other payer of a drug and lines further ones, the sum.

    M-02 adds up who bore the cost; a head (CLM_OTHR_TP_PD_AMT) and lines (PLRO, TrOOP) of different names are
    not said to be one payer, and not said to be two.
    """
    if not stated.head_of("other payer") or not stated.drug_payers:
        return others
    known = [value for value in others.permitted if isinstance(value, Decimal)]
    return widened(others, [value + sum(stated.drug_payers, Decimal()) for value in known])


def with_drug_help(stated: Stated, discount: Answer) -> Answer:
    """Return what Extra Help and the manufacturer bore together (facts 2.4), *discount* without either.

    A discount without a name of CMS's beside them may be another one, or be told by them already.
    """
    helps = [told for bearer in BEARERS[1:3] if (told := _readings(stated, bearer))]
    if not helps:
        return discount
    more = [value for value in discount.permitted if isinstance(value, Decimal)]
    sums = [sum(amounts, Decimal()) for amounts in product(*helps)]
    return answer(*sums, *(together + other for together in sums for other in more))


def _plan(stated: Stated) -> Decimal | None:
    return next(iter(paid_figures(stated).values()), None) or line_paid(stated)


def _readings(stated: Stated, concept: str) -> tuple[Decimal, ...]:
    told: Answer | None = stated.head_of(concept) or stated.line_sum(concept)
    if told and concept == "other payer":
        told = with_drug_payers(stated, told)
    return tuple(value for value in told.permitted if isinstance(value, Decimal)) if told else ()
