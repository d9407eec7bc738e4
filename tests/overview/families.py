"""Families made by code: people of every age at plans of every kind, with claims of every oddity."""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.appeals.test_approval import asked
from tests.claims.given import an_eob
from tests.claims.made import body, concept, line, money, status
from tests.claims.systems import C4BB
from tests.coverage.test_pages import a_coverage
from tests.demo_payer.people_on_a_day import DAY
from tests.overview.test_mail_news import approved
from tests.overview.test_reached import IN
from tests.overview.test_year import whole

X12: Final = "https://x12.org/codes/claim-adjustment-reason-codes"
QUIET: Final = "Quiet Harbor Counseling"
LOW: Final = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "F32.9"}]}


type Made = dict[str, Any]


@dataclass(frozen=True)
class Person:
    """One person of a family at one plan: whom the plan names, what it covers, and every claim."""

    name: str
    born: str
    claims: list[Made]
    coverages: list[Made] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    """Lines of business of the plan."""
    is_ended: bool = False
    """Access to the plan has ended."""

    @property
    def bodies(self) -> list[bytes]:
        """Return what the plan sends."""
        return [json.dumps(made).encode() for made in (*self.claims, *self.coverages)]


class Maker:
    """Makes claims with amounts that add up, in the network, each with a number of its own."""

    def __init__(self, dice: random.Random, first: int) -> None:
        self.dice, self.number = dice, first

    def visit(self, **changes: Any) -> Made:
        """Return a claim of this year whose share is deductible, copay and coinsurance, all stated."""
        self.number += 1
        deductible, copay, coinsurance = (self.dice.randrange(0, 9000) for _ in range(3))
        share, paid, discount = deductible + copay + coinsurance, self.dice.randrange(90000), 1200
        amounts = (share + paid + discount, discount, 0, paid, share, deductible, copay, coinsurance)
        on = DAY - timedelta(days=self.dice.randrange(2, 170))
        given = {"on": str(on), "created": str(on), "adjudication": [IN]} | changes
        return whole(f"f{self.number}", *(str(Decimal(cents) / 100) for cents in amounts), **given)

    def several(self) -> list[Made]:
        """Return some visits and every oddity, each once, in any order."""
        made = [self.visit() for _ in range(self.dice.randrange(2, 5))]
        made += [claim for oddity in ODDITIES for claim in oddity(self)]
        self.dice.shuffle(made)
        return made


def reason(code: str, *, system: str = X12, category: str = "adjustmentreason") -> Made:
    """Return an adjudication that gives one reason."""
    return {"category": concept((f"{C4BB}Discriminator", category)), "reason": concept((system, code))}


def prescription(maker: Maker) -> Iterator[Made]:
    """Taken at the counter."""
    yield maker.visit(kind="pharmacy")


def waiting_for_another_payer(maker: Maker) -> Iterator[Made]:
    yield maker.visit(adjudication=[IN, reason("22")])


def denied(maker: Maker) -> Iterator[Made]:
    """A refusal that is the member's."""
    items = [line(1, status("benefitpaymentstatus", "denied"))]
    yield an_eob(f"f{maker.number}-no", on=str(DAY - timedelta(days=40)), share="0.00", item=items)


def corrected(maker: Maker) -> Iterator[Made]:
    """The newer version holds."""
    first = maker.visit()
    again = maker.visit(
        related=[{"relationship": concept(("x", "prior")), "reference": first["identifier"][0]}]
    )
    yield from (first, again)


def cancelled(maker: Maker) -> Iterator[Made]:
    yield maker.visit(status="cancelled")


def undecided(maker: Maker) -> Iterator[Made]:
    yield maker.visit(outcome="queued")


def long_ago(maker: Maker) -> Iterator[Made]:
    yield maker.visit(on=str(DAY - timedelta(days=181)), created=str(DAY - timedelta(days=181)))


def of_the_last_day(maker: Maker) -> Iterator[Made]:
    yield maker.visit(on=str(DAY - timedelta(days=180)), created=str(DAY - timedelta(days=180)))


def decided_late(maker: Maker) -> Iterator[Made]:
    """The care is of long ago, the decision of last week."""
    yield maker.visit(on=str(DAY - timedelta(days=300)), created=str(DAY - timedelta(days=7)))


def contradicted(maker: Maker) -> Iterator[Made]:
    """A share of nothing beside parts of it."""
    amounts = ("100.00", "0.00", "0.00", "40.00", "0.00", "60.00", "0.00", "0.00")
    on = str(DAY - timedelta(days=30))
    yield whole(f"f{maker.number}-odd", *amounts, on=on, created=on, adjudication=[IN])


def paid_at_the_time(maker: Maker) -> Iterator[Made]:
    made = maker.visit()
    given = {"category": concept((C4BB, "paidbypatient")), "amount": {"value": 1.5, "currency": "USD"}}
    yield made | {"total": [*made["total"], given]}


ODDITIES: Final[tuple[Callable[[Maker], Iterator[Made]], ...]] = (
    prescription, waiting_for_another_payer, denied, corrected, cancelled, undecided, long_ago,
    of_the_last_day, decided_late, contradicted, paid_at_the_time,
)  # fmt: skip


def _to_see_to() -> list[Made]:
    """Return money that the plan sent, an approval that runs out and a request that was not approved."""
    amounts = money("submitted 100, paidtopatient 60, memberliability 40")
    sent = json.loads(body(an_eob("sent", on=str(DAY - timedelta(days=9)), total=amounts)))
    request = asked(on=str(DAY - timedelta(days=22))) | {"id": "no"}
    return [sent, approved(str(DAY + timedelta(days=14))), request]


def covers(*deductibles: int) -> list[Made]:
    """Return a coverage of this year for each of these deductibles: plans may state several."""
    return [
        a_coverage(
            number,
            period={"start": f"{DAY.year}-01-01", "end": f"{DAY.year}-12-31"},
            costToBeneficiary=[
                {"type": concept(("x", "deductible")), "valueMoney": {"value": amount, "currency": "USD"}}
            ],
        )
        for number, amount in enumerate(deductibles)
    ]


def born(years: int, days: int = 0) -> str:
    """Return the birth date of who is *years* old, and *days* more."""
    return str(date(DAY.year - years, DAY.month, DAY.day) - timedelta(days=days))


def quiet(claims: list[Made]) -> list[Made]:
    """Have the first of *claims* be of sensitive care, at a telling place."""
    telling = {
        "diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": LOW}],
        "provider": {"display": QUIET},
    }
    return [claims[0] | telling, *claims[1:]]


def families() -> dict[str, list[Person]]:
    """Return the families; who stands first is the holder of the account. The same ones each time."""
    dice = random.Random(20261128)  # noqa: S311 - repeatable, no secret
    maker = Maker(dice, 100)

    def ana(*coverages: Made, kinds: tuple[str, ...] = ()) -> Person:
        return Person("Ana Lopez", "1980-02-03", maker.several(), list(coverages), kinds)

    def undated() -> Person:
        claims = [an_eob(f"u{number}", on=None, share=f"{number}.00") for number in range(1, 4)]
        return Person("Ana Lopez", "1980-02-03", claims)

    def odd_year() -> Person:
        return Person("Ana Lopez", "1980-02-03", [made for _ in range(3) for made in _odd(maker)])

    def _odd(maker: Maker) -> Iterator[Made]:
        maker.number += 1
        yield from contradicted(maker)

    def child(years: int, days: int = 0) -> Person:
        return Person("Leo Lopez", born(years, days), quiet(maker.several()))

    return {
        "one adult, limits stated": [ana(*covers(50))],
        "a limit far away": [ana(*covers(9000))],
        "a plan that states two limits": [ana(*covers(1500, 2000))],
        "a plan without limits": [ana()],
        "another adult": [ana(), Person("Max Lopez", "1979-02-03", maker.several())],
        "a child of eleven": [ana(), child(11)],
        "a child of thirteen": [ana(*covers(700)), child(13)],
        "a child of seventeen, for one more day": [ana(), child(17, days=364)],
        "a child of eighteen since today": [ana(), child(18)],
        "three children and another adult": [
            ana(*covers(300)), child(11), Person("Mia Lopez", born(13), quiet(maker.several())),
            Person("Eva Lopez", born(17), quiet(maker.several())),
            Person("Max Lopez", born(40), maker.several()),
        ],
        "two plans that disagree": [ana(*covers(400)), ana(*covers(800))],
        "a year whose claims disagree": [odd_year()],
        "no dates": [undated()],
        "a program whose members are not charged": [ana(kinds=("medicaid",))],
        "much to see to": [Person("Ana Lopez", "1980-02-03", _to_see_to())],
        "access that ended": [Person("Ana Lopez", "1980-02-03", [maker.visit()], is_ended=True)],
    }  # fmt: skip
