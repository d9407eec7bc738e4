"""How fast a plan's answers become claims on screen, without a network: beside the limit and the naive way.

Measured is a whole run as the worker does it: pages split, records sealed and stored, claims read, sealed,
put into books. The limit is what nobody gets below: JSON parsed, header
fields taken, the text copied into one table. The naive way is json, fhirclient and `update_or_create`.
Two parts of a run are measured alone, to tell what they leave of the limit: storing without reading, and
reading without storing.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from benchmarks import members, memory_plan, payload, site

PAGE, NAIVE_CLAIMS, ROUNDS = 100, 100, 3
CLAIMS = 1000
WANTED_OF_LIMIT, LEAST_OF_LIMIT = 1.0, 0.08
WANTED_OF_NAIVE, LEAST_OF_NAIVE = 12.0, 1.5
LEAST_OF_FIRST = 3.0


@dataclass
class Measured:
    """One way of storing claims; `rates` are claims per second, one for each round."""

    name: str
    rates: list[float] = field(default_factory=list)

    def against(self, other: "Measured") -> float:
        """How many times as fast as *other*: the median over rounds, side by side."""
        return statistics.median(mine / theirs for mine, theirs in zip(self.rates, other.rates, strict=True))


def main() -> int:
    """Measure, print, and return 1 where a ratio is below its bound."""
    with tempfile.TemporaryDirectory(prefix="plainclaim-bench-") as name:
        site.configure(Path(name))
        naive_model = _tables()
        ways = [
            Measured("limit: orjson, header fields, COPY"),
            Measured("first sync"),
            Measured("unchanged re-sync"),
        ]
        ways += [
            Measured("naive: json, fhirclient, update_or_create"),
            Measured("part: split, decode, digest, seal, COPY"),
            Measured("part: read"),
        ]
        for number in range(ROUNDS + 1):
            figures = _round(number, naive_model)
            if number:  # the first round warms up
                for way, rate in zip(ways, figures, strict=True):
                    way.rates.append(rate)
    return _verdict(*ways)


def _round(number: int, naive_model: Any) -> list[float]:
    """Return claims per second of each way, for claims and a member of this round alone."""
    from apps.kinds.claim import reading  # noqa: PLC0415
    from apps.vault.boxes import box_for  # noqa: PLC0415

    bodies = [payload.eob(claim_number, seed=number) for claim_number in range(CLAIMS)]
    member, connection = members.connected()
    plan = memory_plan.MemoryPlan(bodies, page=PAGE)
    figures = [
        _rate(lambda: store_at_the_limit(bodies), CLAIMS),
        _rate(lambda: memory_plan.sync(connection, plan), CLAIMS),
        _rate(lambda: memory_plan.sync(connection, plan), CLAIMS),
        _rate(lambda: _naive(naive_model, bodies[:NAIVE_CLAIMS]), NAIVE_CLAIMS),
    ]
    if members.number_of_claims(member) != CLAIMS:
        raise SystemExit("claims are missing: nothing was measured")
    box, opened = box_for(member), [reading.opened(body) for body in bodies]
    connection.records.all().delete()
    connection.books.all().delete()
    figures += [
        _rate(lambda: _unread(plan, connection, box), CLAIMS),
        _rate(lambda: [reading.record(claim, {}) for claim in opened], CLAIMS),
    ]
    member.delete()
    return figures


def _rate(work: Callable[[], object], number: int) -> float:
    started = time.perf_counter()
    work()
    return number / (time.perf_counter() - started)


def _tables() -> Any:
    """Make the two tables of the other ways, anew; return the model of the naive one."""
    from django.db import connection, models  # noqa: PLC0415

    class NaiveClaim(models.Model):  # noqa: DJ008 - nobody looks at it
        source_id = models.CharField(max_length=64, unique=True)
        status = models.CharField(max_length=20)
        created = models.CharField(max_length=40)
        body = models.JSONField()

        class Meta:
            app_label = "benchmarks"

    make_limit_table()
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS benchmarks_naiveclaim")
    with connection.schema_editor() as editor:
        editor.create_model(NaiveClaim)
    return NaiveClaim


def make_limit_table() -> None:
    """Make the one table that the limit is measured with, anew."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS bench_limit")
        cursor.execute("CREATE TABLE bench_limit (id text, status text, created text, body text)")


def store_at_the_limit(bodies: list[bytes], *, moment: str = "created") -> None:
    """Parse JSON, take header fields (*moment* is one of them), and copy the text: nobody stores faster."""
    from django.db import connection, transaction  # noqa: PLC0415

    for page in _pages(bodies):
        with transaction.atomic(), connection.cursor() as cursor:
            rows = []
            for body in page:
                claim = orjson.loads(body)
                rows.append((claim["id"], claim["status"], claim[moment], body.decode()))
            if connection.vendor == "postgresql":
                with cursor.copy("COPY bench_limit FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                cursor.executemany("INSERT INTO bench_limit VALUES (%s, %s, %s, %s)", rows)


def _unread(plan: memory_plan.MemoryPlan, connection: Any, box: Any) -> None:
    """Store the pages of *plan* sealed, each claim in one row; nothing is looked up and nothing read."""
    from django.db import transaction  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from apps.fhir.client import Client  # noqa: PLC0415
    from apps.kinds.claim import reading  # noqa: PLC0415
    from apps.records.models import Record  # noqa: PLC0415
    from apps.vault import boxes, upsert  # noqa: PLC0415

    for page in Client(memory_plan.BASE, plan, page_size=PAGE).search("ExplanationOfBenefit", {}):
        rows = []
        for resource in page.resources:
            reading.opened(resource.body)
            row = Record(
                member_id=connection.member_id,
                connection=connection,
                fhir_type=resource.type,
                source_key=boxes.source_key(box, resource.identity),
                digest=boxes.digest(box, resource.body),
                last_updated=resource.last_updated,
                first_stored_at=timezone.now(),
                stored_at=timezone.now(),
            )
            row.sealed_body = box.seal(row, "sealed_body", resource.body)
            rows.append(row)
        with transaction.atomic():
            upsert.insert(rows)


def _naive(model: Any, bodies: list[bytes]) -> None:
    from fhirclient.models.explanationofbenefit import ExplanationOfBenefit  # noqa: PLC0415

    for body in bodies:
        parsed = json.loads(body)
        claim = ExplanationOfBenefit(parsed, strict=False)
        model.objects.update_or_create(
            source_id=claim.id,
            defaults={"status": claim.status, "created": claim.created.isostring, "body": claim.as_json()},
        )


def _pages(bodies: list[bytes]) -> Iterable[list[bytes]]:
    return (bodies[start : start + PAGE] for start in range(0, len(bodies), PAGE))


def _verdict(limit: Measured, first: Measured, again: Measured, naive: Measured, *parts: Measured) -> int:
    print(f"{'claims of 20 KB, no two alike':<44}{'per second':>12}{'of the limit':>14}")
    for way in (limit, first, again, naive, *parts):
        print(f"{way.name:<44}{statistics.median(way.rates):>12.0f}{way.against(limit):>14.2f}")
    problems = []
    for words, ratio, least, wanted in (
        ("first sync against the limit", first.against(limit), LEAST_OF_LIMIT, WANTED_OF_LIMIT),
        ("first sync against the naive way", first.against(naive), LEAST_OF_NAIVE, WANTED_OF_NAIVE),
        ("unchanged re-sync against the first", again.against(first), LEAST_OF_FIRST, LEAST_OF_FIRST),
    ):
        print(f"{words}: {ratio:.2f} (at least {least:g}; aimed at {wanted:g})")
        if ratio < least:
            problems.append(f"{words}: {ratio:.2f}, less than {least:g}")
    for problem in problems:
        print(f"FAILED: {problem}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
