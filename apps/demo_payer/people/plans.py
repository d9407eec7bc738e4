"""The benefit designs Harborlight sells: every number a member could read on the plan's summary."""

from decimal import Decimal

from apps.demo_payer.people.money import Benefits, Limits, Rule, cents

NO_LIMIT = cents(999_999)


def _limits(deductible: int, out_of_pocket: int, *, family: int = 2) -> Limits:
    return Limits(
        cents(deductible), cents(out_of_pocket), cents(deductible * family), cents(out_of_pocket * family)
    )


def _medical_rules(
    *, primary: int, specialist: int, emergency: int, share: str, generic: int, brand: int
) -> dict[str, Rule]:
    """In-network rules: visits and drugs by copay before the deductible, the rest by coinsurance after it."""
    coinsurance = Rule(coinsurance=Decimal(share))
    return {
        "preventive": Rule(deductible=False),
        "primary": Rule(copay=cents(primary), deductible=False),
        "specialist": Rule(copay=cents(specialist), deductible=False),
        "urgent": Rule(copay=cents(specialist), deductible=False),
        "therapy": Rule(copay=cents(primary), deductible=False),
        "emergency": Rule(copay=cents(emergency), coinsurance=Decimal(share)),
        "lab": coinsurance,
        "imaging": coinsurance,
        "procedure": coinsurance,
        "hospital": coinsurance,
        "transport": coinsurance,
        "equipment": coinsurance,
        "generic": Rule(copay=cents(generic), deductible=False),
        "brand": Rule(copay=cents(brand), deductible=False),
    }


SILVER = Benefits(
    "HLS2500", "Harborlight Silver PPO 2500", _limits(2500, 7500), _limits(0, 15000),
    _medical_rules(primary=30, specialist=60, emergency=350, share="0.20", generic=10, brand=45),
    outside_rule=Rule(coinsurance=Decimal("0.50"), deductible=False),
)  # fmt: skip
GOLD = Benefits(
    "HLG1000", "Harborlight Gold PPO 1000", _limits(1000, 4500), _limits(3000, 9000),
    _medical_rules(primary=20, specialist=40, emergency=250, share="0.15", generic=5, brand=35),
)  # fmt: skip
PLATINUM = Benefits(
    "HLP0250", "Harborlight Platinum PPO 250", _limits(250, 2500), _limits(1000, 6000),
    _medical_rules(primary=15, specialist=30, emergency=150, share="0.10", generic=5, brand=25),
)  # fmt: skip
BRONZE = Benefits(
    "HLB6500", "Harborlight Bronze HMO 6500", _limits(6500, 9000), _limits(9000, 18000),
    _medical_rules(primary=45, specialist=90, emergency=500, share="0.40", generic=20, brand=75),
    outside_rule=Rule(coinsurance=Decimal("1.00")),
)  # fmt: skip
COMMUNITY = Benefits(
    "HLCC", "Harborlight Community Care", _limits(0, 500), _limits(0, 500),
    {care: Rule(deductible=False) for care in SILVER.rules}
    | {"generic": Rule(copay=cents(2), deductible=False)},
)  # fmt: skip
DENTAL = Benefits(
    "HLD1500", "Harborlight Dental 1500",
    Limits(cents(50), NO_LIMIT, cents(150), NO_LIMIT), Limits(cents(100), NO_LIMIT, cents(300), NO_LIMIT),
    {
        "dental-preventive": Rule(deductible=False),
        "dental-basic": Rule(coinsurance=Decimal("0.20")),
        "dental-major": Rule(coinsurance=Decimal("0.50")),
    },
    outside_rule=Rule(coinsurance=Decimal("0.50")), maximum=cents(1500),
)  # fmt: skip
VISION = Benefits(
    "HLV150", "Harborlight Vision 150",
    Limits(cents(0), NO_LIMIT, cents(0), NO_LIMIT), Limits(cents(0), NO_LIMIT, cents(0), NO_LIMIT),
    {
        "vision-exam": Rule(copay=cents(10), deductible=False),
        "vision-materials": Rule(copay=cents(25), deductible=False),
        "vision-lenses": Rule(deductible=False),
    },
)  # fmt: skip
