"""The clinical records of the invented members, made of their claims: what was done beside what it cost."""

from collections.abc import Iterable, Iterator
from datetime import date

from apps.demo_payer.people.clinical import care, files, labs, papers
from apps.demo_payer.people.clinical.once import resources as once
from apps.demo_payer.people.clinical.visit import Visit, visit_of, voided_by
from apps.demo_payer.people.coding import Json

__all__ = ["Chart", "once"]
YEARS = 3
"""So many calendar years of a chart are shared, this one included."""
_CLAIM = "ExplanationOfBenefit"
_NO_VISIT = frozenset({"pharmacy", "oral", "vision"})
_BRIEF = 60
"""After so many visits of one person no more are told one by one: only results, medicines and problems."""


class Chart:
    """Makes the records of one story beside its *claims*; remembers what is told once."""

    def __init__(self, today: date, claims: Iterable[Json]) -> None:
        self._never_was = {voided_by(claim) for claim in claims if claim["resourceType"] == _CLAIM} - {""}
        self._since = date(today.year - YEARS + 1, 1, 1)
        self._visits: dict[str, int] = {}
        self._orders: dict[tuple[str, str], str] = {}
        self._told: set[tuple[str, str]] = set()

    def beside(self, resource: Json) -> Iterator[Json]:
        """Yield the clinical records behind a resource: none for what is no claim, or was taken back."""
        visit = visit_of(resource) if resource["resourceType"] == _CLAIM else None
        if visit is None or visit.on < self._since or voided_by(resource):
            return
        if visit.number in self._never_was:  # the hospital marks the visit as the mistake that it was
            yield care.encounter(visit) | {"status": "entered-in-error"}
            return
        if visit.kind == "pharmacy":
            yield from self._medicine(visit)
            return
        yield from self._results(visit)
        if visit.kind not in _NO_VISIT:
            yield from self._visit(visit)

    def _results(self, visit: Visit) -> Iterator[Json]:
        for result in labs.results(visit):
            name, whose = result["code"]["text"], visit.patient["reference"]
            if name == "Potassium" and self._is_first(whose, "mistake"):
                yield care.spoilt(result, "9.9")
            elif name == "Creatinine" and self._is_first(whose, "correction"):
                result["status"] = "corrected"
                result["note"] = [{"text": "Corrected: the first report named another sample."}]
            yield result

    def _visit(self, visit: Visit) -> Iterator[Json]:
        whose = visit.patient["reference"]
        count = self._visits[whose] = self._visits.get(whose, 0) + 1
        for named in visit.diagnoses:
            is_lasting = named["code"] in care.LASTING
            is_told = is_lasting or (count <= _BRIEF and named["code"][0] not in "ZR")
            if is_told and self._is_first(whose, f"{named['code']} {'' if is_lasting else visit.on}"):
                yield care.diagnosis(visit, named, is_lasting=is_lasting)
        if count > _BRIEF:
            return
        yield care.encounter(visit)
        for code, words in visit.lines:
            if code in care.PICTURES:
                yield from care.picture(visit, code, words)
            elif code in care.PROCEDURES:
                yield care.procedure(visit, code, words)
            elif code in care.FLU:
                yield care.vaccine(visit, code)
            elif code in care.OFFICE:
                yield care.pressure(visit)
        if visit.kind == "inpatient":
            yield from _stay(visit)

    def _medicine(self, visit: Visit) -> Iterator[Json]:
        key = visit.patient["reference"], visit.lines[0][0]
        if key not in self._orders:
            order = care.order(visit)
            self._orders[key] = order["id"]
            yield order
        yield care.dispense(visit, self._orders[key])

    def _is_first(self, whose: str, what: str) -> bool:
        is_first = (whose, what) not in self._told
        self._told.add((whose, what))
        return is_first


def _stay(visit: Visit) -> Iterator[Json]:
    title = "Discharge summary"
    lines = [
        "Came by ambulance with chest pain. A heart artery was narrowed and was opened with a stent.",
        "Went home after four days. Cardiac rehabilitation begins in three weeks.",
        "Take the cholesterol tablet every evening. Call us if the pain comes back.",
    ]
    yield papers.paper(visit, "discharge", papers.DISCHARGE, title, lines)
    yield from papers.summaries(visit, title, lines)
    yield from files.files(visit)
