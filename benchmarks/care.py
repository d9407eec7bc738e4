"""Clinical records: pages beside a hundredth of them and beside an empty page, and storing.

Four ratios: a page of the care of a member with 10,000 results and 2,000 papers against one with 100 and 20;
the first page of `/care/` against an empty signed-in page; storing results of 1.5 KB against their own limit;
when all claims are here, beside 5,000 results against none.
"""

import datetime as dt
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from benchmarks import members, memory_plan, payload, pipeline, site
from benchmarks.claim_list import Measured

FEW: Final = 100
MANY: Final = int(os.environ.get("RESULTS", "10000"))
PAPERS: Final = 5
"""One paper for so many results."""
STORED: Final = 2000
PAGE: Final = 100
ROUNDS, REQUESTS, WARM_UP = 40, 3, 10
STORING_ROUNDS: Final = 3
SIZE: Final = 1500
MOST: Final = {"list": 1.5, "tests": 1.5, "search": 4.0}
CLAIMS, BESIDE = 1000, 5000
WANTED_BESIDE, MOST_BESIDE = 1.05, 1.2
LEAST_OF_EMPTY: Final = 0.4
LEAST_OF_LIMIT: Final = 0.005
LOINC: Final = ("4548-4", "2345-7", "2160-0", "2951-2", "718-7", "13457-7", "2085-9", "3016-3")


def main() -> int:
    """Measure, print, and return 1 where a ratio is past its bound."""
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        folder = Path(name)
        site.configure(folder)
        problems = [*_pages_of(folder), *_storing(), *_beside()]
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


def result(number: int, *, seed: int = 0) -> bytes:
    """Return the JSON of a laboratory result of about 1.5 KB: the same bytes for the same numbers."""
    dice = random.Random(seed * 1_000_003 + number)  # noqa: S311 - a reproducible benchmark
    on = dt.date(2026, 11, 20) - dt.timedelta(days=number % 3650)
    code = dice.choice(LOINC)
    unit = {"unit": "mg/dL", "system": "http://unitsofmeasure.org", "code": "mg/dL"}
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"{seed}-{number}-{dice.getrandbits(64):016x}",
        "meta": {
            "lastUpdated": f"{on}T{dice.randrange(24):02}:{dice.randrange(60):02}:07.000Z",
            "profile": ["http://hl7.org/fhir/us/core/StructureDefinition/us-core-observation-lab"],
        },
        "identifier": [{"system": "https://bench.example/lab", "value": f"{dice.getrandbits(48):015d}"}],
        "status": "final",
        "category": [{"coding": [{"system": f"{payload.FHIR}/observation-category", "code": "laboratory"}]}],
        "code": {"coding": [{"system": "http://loinc.org", "code": code}], "text": f"Measured {code}"},
        "subject": {"reference": "Patient/bench"},
        "effectiveDateTime": str(on),
        "issued": f"{on}T18:30:00-05:00",
        "performer": [{"display": f"Riverside Laboratory {dice.randrange(17)}"}],
        "valueQuantity": {"value": round(dice.uniform(3, 200), 1)} | unit,
        "referenceRange": [{"low": {"value": 70} | unit, "high": {"value": 99} | unit}],
        "interpretation": [
            {"coding": [{"system": f"{payload.FHIR}/v3-ObservationInterpretation", "code": "N"}]}
        ],
    }
    words = f"Sample {dice.getrandbits(64):016x} was taken fasting. "
    resource["note"] = [{"text": (words * 20)[: max(SIZE - len(json.dumps(resource)) - 24, 0)]}]
    return json.dumps(resource).encode()


def paper(number: int) -> bytes:
    """Return the JSON of a paper that the plan keeps at an address."""
    on = dt.date(2026, 11, 20) - dt.timedelta(days=number % 3650)
    form = {"contentType": "application/pdf", "url": f"Binary/paper-{number}", "title": f"Letter {number}"}
    resource = {
        "resourceType": "DocumentReference",
        "id": f"paper-{number}",
        "status": "current",
        "type": {"text": "Progress note"},
        "subject": {"reference": "Patient/bench"},
        "date": f"{on}T12:00:00Z",
        "content": [{"attachment": form}],
    }
    return json.dumps(resource).encode()


def a_member(results: int) -> Any:
    """Return a new member with that many results, papers beside them, and a hundred claims."""
    from django.db import transaction  # noqa: PLC0415

    from apps.fhir.bundles import read_resource  # noqa: PLC0415
    from apps.records import mirror, projection  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415
    from config.fhir_types import fhir_types  # noqa: PLC0415

    member = members.a_member(100)
    connection, box = member.connections.get(), box_for(member)
    type(connection).objects.filter(pk=connection.pk).update(clinical_since=members.NOW)
    bodies = [*map(result, range(results)), *map(paper, range(results // PAPERS))]
    for start in range(0, len(bodies), members.AT_ONCE):
        resources = [read_resource(body) for body in bodies[start : start + members.AT_ONCE]]
        with transaction.atomic():
            mirror.put(
                connection=connection,
                box=box,
                resources=resources,
                kept=frozenset(fhir_types()),
                now=members.NOW,
            )
    projection.project(connection, box, now=members.NOW)
    return member


def _pages_of(folder: Path) -> Iterator[str]:
    """Measure pages and yield what is past its bound."""
    people = [members.a_member(0), a_member(FEW), a_member(MANY)]
    members.settle()
    try:
        with site.serving(folder) as port:
            nobody, few, many = (site.visitor(port, members.cookie_of(person)) for person in people)
            empty = Measured("empty signed-in page (/coverage/)", "/coverage/", nobody, 0)
            pairs = {
                name: [
                    Measured(name, path.format(q=members.search_token(person, "measured")), visitor, 0)
                    for visitor, person in ((few, people[1]), (many, people[2]))
                ]
                for name, path in PATHS.items()
            }
            _measure([empty, *(page for pair in pairs.values() for page in pair)])
    finally:
        for person in people:
            person.delete()
    print(f"{'care of a member':<28}{FEW:>10,} {MANY:>12,}{'ratio':>8}{'of empty':>10}")
    for name, (less, more) in pairs.items():
        ratio, of_empty = 1 / more.against(less), more.against(empty)
        medians = [1000 * statistics.median(page.times) for page in (less, more)]
        print(f"{name:<28}{medians[0]:>7.2f} ms {medians[1]:>9.2f} ms{ratio:>8.2f}{of_empty:>10.2f}")
        if ratio > MOST[name]:
            yield f"{name}: {ratio:.2f} times as slow with {MANY:,} results, more than {MOST[name]}"
        if name == "list" and of_empty < LEAST_OF_EMPTY:
            yield f"/care/: {of_empty:.2f} of the empty page, less than {LEAST_OF_EMPTY}"


PATHS: Final = {"list": "/care/", "tests": "/care/?kind=test", "search": "/search/?q={q}"}


def _measure(pages: list[Measured]) -> None:
    for page in pages:
        rows = page.visitor.get(page.path).count(b'data-testid="care-row"')
        if not rows and page.path != "/coverage/":
            raise SystemExit(f"{page.name} shows no clinical record: nothing was measured")
        page.round(WARM_UP)
        page.times.clear()
    for _ in range(ROUNDS):
        for page in pages:
            page.round(REQUESTS)


class CarePlan(memory_plan.MemoryPlan):
    """A plan that has results too, and refuses every other clinical type."""

    def __init__(self, claims: list[bytes], results: Iterable[bytes]) -> None:
        super().__init__(claims, page=PAGE)
        self._results = memory_plan.MemoryPlan(results, page=PAGE)

    def ask(self, url: str, form: Any = None) -> Any:
        """Return the answer to one question, which is a POST where there is a form."""
        from apps.outbound.door import Answer  # noqa: PLC0415
        from config.fhir_types import CLINICAL, fhir_types  # noqa: PLC0415

        name = url.partition("/fhir/")[2].partition("?")[0]
        if name not in fhir_types(CLINICAL):
            return super().ask(url, form)
        if name != "Observation":
            return Answer(404, {}, b"{}", url)
        body = self._results.answer(url.replace("/Observation", "/ExplanationOfBenefit"))
        return Answer(200, {}, body.replace(b'"ExplanationOfBenefit?page', b'"Observation?page'), url)


def connected() -> tuple[Any, Any]:
    """Return a member who said yes to clinical records, and their connection."""
    member, connection = members.connected()
    connection.clinical_since = members.NOW
    connection.save()
    return member, connection


def _storing() -> Iterator[str]:
    """Measure what a run stores of results beside the limit; yield what is past its bound."""
    limit, ours = Measured("limit", "", None, 0), Measured("first sync", "", None, 0)  # type: ignore[arg-type]
    pipeline.make_limit_table()
    for number in range(STORING_ROUNDS + 1):
        bodies = [result(count, seed=number + 1) for count in range(STORED)]
        member, connection = connected()
        plan = CarePlan([], bodies)
        started = time.perf_counter()
        pipeline.store_at_the_limit(bodies, moment="effectiveDateTime")
        between = time.perf_counter()
        memory_plan.sync(connection, plan)
        if connection.records.filter(fhir_type="Observation").count() != STORED:
            raise SystemExit("results are missing: nothing was measured")
        if number:  # the first round warms up
            limit.times.append(between - started)
            ours.times.append(time.perf_counter() - between)
        member.delete()
    share = ours.against(limit)
    size = statistics.mean(len(body) for body in bodies)
    rate = STORED / statistics.median(ours.times)
    print(f"results of {size / 1000:.1f} KB stored: {rate:,.0f} per second, {share:.2f} of their limit")
    if share < LEAST_OF_LIMIT:
        yield f"results are stored at {share:.2f} of their limit, less than {LEAST_OF_LIMIT}"


def _beside() -> Iterator[str]:
    """Measure when claims are complete, alone and beside results; yield what is past its bound."""
    alone, beside = Measured("alone", "", None, 0), Measured("beside", "", None, 0)  # type: ignore[arg-type]
    for number in range(STORING_ROUNDS + 1):
        claims = [payload.eob(count, seed=number) for count in range(CLAIMS)]
        results = [result(count, seed=number + 1) for count in range(BESIDE)]
        for way, resources in ((alone, []), (beside, results)):
            member, connection = connected() if resources else members.connected()
            run = memory_plan.sync(connection, CarePlan(claims, resources))
            mark = member.sync_marks.get(resource_type="ExplanationOfBenefit")
            if number:  # the first round warms up
                way.times.append((mark.complete_at - run.created_at).total_seconds())
            member.delete()
    ratio = 1 / beside.against(alone)
    print(
        f"claims complete beside {BESIDE:,} results: {ratio:.2f} of their time alone, {WANTED_BESIDE} wanted"
    )
    if ratio > MOST_BESIDE:
        yield f"claims are complete after {ratio:.2f} of their time alone, more than {MOST_BESIDE}"


if __name__ == "__main__":
    sys.exit(main())
