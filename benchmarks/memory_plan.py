"""A plan that answers from memory: what is measured with it has no network in it."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks import payload

BASE = "https://bench.example/fhir"
COVERAGE = {
    "resourceType": "Coverage",
    "id": "c0",
    "status": "active",
    "beneficiary": {"reference": "Patient/bench"},
    "payor": [{"reference": "Organization/o0"}],
}
PATIENT = {"resourceType": "Patient", "id": "bench", "name": [{"given": ["Bea"], "family": "Bench"}]}


class MemoryPlan:
    """The transport of a connection whose plan has these claims; `pages` are made when they are asked for
    where *bodies* is no list, so that a plan of any size needs no memory. A list is counted (`total`).
    """

    patient_id = "bench"

    def __init__(self, bodies: Iterable[bytes], *, page: int) -> None:
        self.places = {
            kind: {resource["id"]: resource for resource in resources}
            for kind, resources in payload.places().items()
        }
        self._pages: list[bytes] | Iterator[bytes] = (
            list(_pages(bodies, page, total=len(bodies)))  # not made while something is measured
            if isinstance(bodies, list)
            else _pages(bodies, page)
        )

    def ask(self, url: str, _form: Any = None) -> Any:
        """Return the answer to one question, which is a POST where there is a form."""
        from apps.outbound.door import Answer  # noqa: PLC0415

        return Answer(200, {}, self.answer(url), url)

    def answer(self, url: str) -> bytes:
        """Return the body of one answer."""
        parts = urlsplit(url)
        path, query = parts.path.rpartition("/fhir/")[2], parse_qs(parts.query)
        if path.startswith("Patient"):
            return json.dumps(PATIENT).encode()
        if path == "Coverage":
            return json.dumps(_bundle([COVERAGE])).encode()
        if path == "ExplanationOfBenefit":
            return self._claims(int(query.get("page", ["0"])[0]))
        ids = query.get("_id", [""])[0].split(",")
        place = self.places.get(path, {})
        return json.dumps(_bundle([place[id_] for id_ in ids if id_ in place])).encode()

    def _claims(self, number: int) -> bytes:
        return self._pages[number] if isinstance(self._pages, list) else next(self._pages)


def sync(connection: Any, plan: MemoryPlan) -> Any:
    """Do one run as the worker does; anything but a finished run stops the benchmark."""
    from django.utils import timezone  # noqa: PLC0415

    from apps.sync import runner  # noqa: PLC0415
    from apps.sync.models import SyncRun  # noqa: PLC0415

    now = timezone.now()
    run = SyncRun.objects.create(
        member_id=connection.member_id, connection=connection, created_at=now, next_try_at=now, queued_at=now
    )
    runner.run(run_id=run.pk, now_fn=timezone.now, connect=lambda *_, **__: plan)
    run.refresh_from_db()
    if run.state != SyncRun.State.FINISHED:
        raise SystemExit(f"the run ended as {run.state} ({run.problem}): nothing was measured")
    return run


def _bundle(resources: list[Any]) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in resources]
    return {"resourceType": "Bundle", "type": "searchset", "entry": entries}


def _pages(bodies: Iterable[bytes], size: int, *, total: int | None = None) -> Iterator[bytes]:
    """Yield the pages of a search; each has a link to the next one but the last."""
    number, gathered = 0, list[bytes]()
    waiting: bytes | None = None
    for body in bodies:
        gathered.append(body)
        if len(gathered) == size:
            if waiting is not None:
                yield _page(waiting, number, total)
            waiting, gathered, number = _entries(gathered), [], number + 1
    if gathered:
        if waiting is not None:
            yield _page(waiting, number, total)
        waiting = _entries(gathered)
    yield _page(waiting or b"", None, total)


def _entries(bodies: list[bytes]) -> bytes:
    return b",".join(b'{"resource":%s}' % body for body in bodies)


def _page(entries: bytes, following: int | None, total: int | None) -> bytes:
    link = b"[]"
    if following is not None:
        link = b'[{"relation":"next","url":"ExplanationOfBenefit?page=%d"}]' % following
    counted = b"" if total is None else b'"total":%d,' % total
    return b'{"resourceType":"Bundle","type":"searchset",%s"link":%s,"entry":[%s]}' % (counted, link, entries)
