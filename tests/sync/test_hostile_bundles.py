"""R-28: what no plan should send, from its bundle through keeping to the pages a member sees.

Reading alone is tried with 10,000 bundles of changed claims in tests/claims/test_reading_bundles.py. Here a
few dozen odd claims go the whole way: asked for, kept, indexed and shown. HYPOTHESIS_PROFILE=explore tries a
thousand others.
"""

import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from apps.connections.models import Connection
from apps.sync.models import SyncRun
from apps.vault.boxes import box_for
from tests.claims import ledger, made, mutations
from tests.claims.given import claims_of
from tests.claims.made_stories import STORIES
from tests.fhir.stub import Stub, reply
from tests.length import in_full, is_exploring
from tests.sync.looking import mirrored, page_of

type Json = dict[str, Any]
EOB = "ExplanationOfBenefit"
OWN: tuple[Json, ...] = tuple(json.loads(made.body(story), parse_float=Decimal) for story in STORIES.values())
MILLION = "x" * 10**6
SHOWN = re.compile(r'<(?:td|dd) class="money[^"]*"[^>]*>([^<]*)')
DATES = ("1800-01-01", "9999-12-31", "2026", "2026-03", "0000", "2026-02-30", "2026-03-09T25:00:00Z", "soon")
AMOUNTS = (
    {"value": Decimal("12.345678"), "currency": "USD"},
    {"value": Decimal("99.10"), "currency": "CAD"},
    {"value": Decimal("7.00"), "currency": "XXX"},
    {"value": Decimal("1e3"), "currency": "usd"},
    {"value": 10**30},
    {"value": "12.50"},
    {"currency": "USD"},
    {},
)
NEEDED = ("status", "use", "outcome", "type", "created", "insurer", "provider", "total", "item")


def put(name: str, value: Any) -> Callable[[Json], None]:
    return lambda tree: tree.update({name: value})


def without(name: str) -> Callable[[Json], None]:
    return lambda tree: tree.pop(name, None)


def dated(text: str) -> Callable[[Json], None]:
    return lambda tree: tree.update({"billablePeriod": {"start": text, "end": text}, "created": text})


def priced(amount: Json) -> Callable[[Json], None]:
    def do(tree: Json) -> None:
        totals = tree.get("total")
        for total in totals if isinstance(totals, list) else ():
            if isinstance(total, dict):
                total["amount"] = amount

    return do


ODDITIES = (
    put("spaceship", {"deep": [[{"a": [None, True, 1]}]]}),
    put("_status", {"extension": [{"url": "https://x.example/y", "valueDecimal": Decimal("3.10")}]}),
    put("extension", [{"url": "https://x.example/z", "extension": [{"url": "a", "valueMoney": AMOUNTS[0]}]}]),
    put("modifierExtension", [{"url": "https://x.example/not", "valueBoolean": True}]),
    put("contained", [{"resourceType": "Spaceship", "id": "s"}, {"resourceType": "Practitioner", "id": "p"}]),
    put("provider", {"reference": "#p"}),
    put("insurer", {"display": MILLION}),
    put("disposition", MILLION),
    put("status", "exploded"),
    put("type", {"coding": [{"system": "urn:x", "code": "spaceship"}], "text": "\u202e<script>"}),
    *map(without, NEEDED),
    *map(dated, DATES),
    *map(priced, AMOUNTS),
)
odd_claims = st.tuples(
    st.integers(0, len(OWN) - 1),
    st.lists(st.integers(0, len(ODDITIES) - 1), max_size=4, unique=True),
    st.just([]) | mutations.changes,
)
"""Which claim, which oddities, and which changes at random."""


def odd(wanted: Any, number: int) -> bytes:
    """Return the JSON of one claim of Alice's: whose it is and which one stays as it was."""
    place, oddities, changes = wanted
    tree = mutations.changed(OWN[place], changes)
    for oddity in oddities:
        ODDITIES[oddity](tree)
    tree |= {"resourceType": EOB, "id": f"odd-{number}", "patient": {"reference": "Patient/alice"}}
    return mutations.written(tree)


def sent(stub: Stub, bodies: list[bytes]) -> None:
    """Have the plan send them, among entries that are no resources and types that nobody knows."""
    others = (b'{"resourceType":"Spaceship","id":"s","x":[{}]}', b'{"id":"typeless"}', b"[1]", b'"x"')
    entries = b",".join(b'{"resource":%s}' % body for body in (*bodies, *others))
    content = b'{"resourceType":"Bundle","type":"searchset","odd":{"a":1},"entry":[%s]}' % entries
    stub.on(EOB, reply(content))


@settings(
    max_examples=1000 if is_exploring() else in_full(10, otherwise=5),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(st.lists(odd_claims, min_size=1, max_size=2))
@example([(0, [place], []) for place in range(len(ODDITIES))])
def test_whatever_a_bundle_holds_is_kept_to_the_byte_and_its_pages_are_shown(
    alice_client: Client,
    connection: Connection,
    stub: Stub,
    bring: Callable[..., SyncRun],
    wanted: list[Any],
) -> None:
    """R-28: no crash; the raw JSON comes back as it was sent; no amount is told that was not sent."""
    bodies = [odd(changes, number) for number, changes in enumerate(wanted)]
    with transaction.atomic():
        sent(stub, bodies)
        assert bring().state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
        _check(alice_client, connection, bodies)
        transaction.set_rollback(True)


def _check(client: Client, connection: Connection, bodies: list[bytes]) -> None:
    box = box_for(connection.member)
    raw = {box.open(row, "sealed_body") for row in mirrored(connection)}
    assert raw == set(bodies)
    for claim in claims_of(connection):
        row = connection.records.get(pk=claim.id)
        body, record = box.open(row, "sealed_body"), page_of(row)
        if claim.entry.is_unreadable:
            assert record is None
        else:
            ledger.check(body, record)
        html = _page(client, f"/claims/{row.pk}/")
        if b'"value"' not in body:
            assert not [text for text in SHOWN.findall(html) if any(map(str.isdecimal, text))]
        assert "<script>" not in html.partition("<main")[2]
        _page(client, f"/sync/claims/{row.pk}/")
    for path in ("/claims/", "/claims/?sort=share", "/home/"):
        _page(client, path)


def _page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_pages_of_a_million_letters_are_shown(
    alice_client: Client, connection: Connection, stub: Stub, bring: Callable[..., SyncRun]
) -> None:
    """R-28: in every text of a claim at once."""

    def long(tree: Any) -> Any:
        if isinstance(tree, dict):
            return {key: long(value) for key, value in tree.items()}
        if isinstance(tree, list):
            return [long(value) for value in tree]
        return f"{tree} {MILLION}" if isinstance(tree, str) and " " in tree else tree

    body = mutations.written(
        long(OWN[0])
        | {"resourceType": EOB, "id": "odd-0", "patient": {"reference": "Patient/alice"}, "note": MILLION}
    )
    assert len(body) > 10**6
    sent(stub, [body])
    assert bring().state in (SyncRun.State.FINISHED, SyncRun.State.PARTIAL)
    _check(alice_client, connection, [body])
