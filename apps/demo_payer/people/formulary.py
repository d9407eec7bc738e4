"""The drugs of the stories, with real National Drug Codes in 11 digits, as pharmacies bill them."""

from dataclasses import dataclass
from decimal import Decimal

from apps.demo_payer.people.coding import NDC
from apps.demo_payer.people.money import cents
from apps.demo_payer.people.services import Service


@dataclass(frozen=True, slots=True)
class Drug:
    """One product: `care` is generic or brand; `quantity` dispensed for `days`, in `unit`."""

    ndc: str
    words: str
    care: str
    list_price: Decimal
    agreed: Decimal
    quantity: int
    days: int
    unit: str

    @property
    def service(self) -> Service:
        """The same as a billable service."""
        return Service(self.words, NDC, self.ndc, self.care, self.list_price, self.agreed)


def _drug(ndc: str, words: str, care: str, prices: str, amount: str) -> Drug:
    billed, agreed = prices.split("/")
    quantity, unit, days = amount.split()
    return Drug(ndc, words, care, cents(billed), cents(agreed), int(quantity), int(days), unit)


METFORMIN = _drug("00093104801", "Metformin 500 mg tablets", "generic", "34.99/7.20", "60 tablet 30")
LISINOPRIL = _drug("00093111301", "Lisinopril 10 mg tablets", "generic", "27.49/5.85", "30 tablet 30")
ATORVASTATIN = _drug("60505257909", "Atorvastatin tablets", "generic", "88.20/12.64", "30 tablet 30")
SIMVASTATIN = _drug("68180047903", "Simvastatin tablets", "generic", "64.75/8.90", "30 tablet 30")
GABAPENTIN = _drug("67877022305", "Gabapentin capsules", "generic", "71.30/15.12", "90 capsule 30")
DULOXETINE = _drug("57237001930", "Duloxetine capsules", "generic", "192.10/21.46", "30 capsule 30")
PROZAC = _drug("00777310502", "Prozac capsules", "brand", "611.80/548.35", "30 capsule 30")
METHOTREXATE = _drug("00054455025", "Methotrexate 2.5 mg tablets", "generic", "83.60/31.40", "24 tablet 28")
VENTOLIN = _drug("00173068220", "Ventolin inhaler", "brand", "84.15/61.72", "1 inhaler 30")
AMOXICILLIN = _drug("00093310901", "Amoxicillin 500 mg capsules", "generic", "23.95/6.48", "20 capsule 10")
