"""Two readings of every claim agree: ours, and one written from the specifications alone.

Where ours is known to be wrong, `KNOWN`, `KNOWN_MADE` and `KNOWN_SHAPES` say so with the finding, pinned
exactly: what is put right makes a test fail until its row is taken away.
"""

import random
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import structs

from apps.kinds.claim.reading import Unreadable
from apps.kinds.claim.reading import read as ours
from apps.kinds.claim.records import ClaimRecord, Figure, Payment
from apps.kinds.claim.standing import OUT_OF_SUMS, state
from apps.kinds.claim.wording.balance import balance
from tests.claims.made import body, claim, line, money
from tests.claims.made_kinds import KINDS
from tests.claims.made_oddities import ODDITIES
from tests.claims.made_stories import STORIES
from tests.claims.made_traps import STATES, TRAPS
from tests.claims.mutations import CHANGES, changed, written
from tests.claims.payer_data import claims
from tests.oracle.answer import Answer
from tests.oracle.reading import Reading, read, readings
from tests.oracle.shapes import SHAPES
from tests.oracle.tree import node, nodes, parsed, text

CONTRADICTING = {
    "carin-bb-1.1.0": 3,
    "carin-bb-2.2.0": 3,
    "carin-connectathon": 8,
    "cms-ab2d": 12,
    "cms-bb2-python-sdk": 16,
    "cms-bfd-v2": 25,
    "davinci-pdex": 0,
    "hl7-r4-core-examples": 1,
    "synthea-smart-sample": 0,
}
"""How many claims of each source hold two figures that cannot both be true."""

KNOWN: dict[str, dict[str, tuple[str, int]]] = {}
"""For each source and field: the finding, and in how many claims the readings differ."""

KNOWN_MADE: dict[str, dict[str, str]] = {}
KNOWN_SHAPES: dict[str, set[str]] = {}

MONEY = {
    "billed": "billed",
    "allowed": "allowed",
    "plan paid": "plan_paid",
    "share": "your_share",
    "deductible": "deductible",
    "copay": "copay",
    "coinsurance": "coinsurance",
    "not covered": "not_covered",
    "drug cost": "drug_cost",
    "other payer": "other_payer",
    "paid by patient": "you_paid",
    "discount": "discount",
    "paid to provider": "paid_to_provider",
    "paid to patient": "paid_to_you",
}
KINDS_OF_OURS = {"oral": "dental", "unknown": "claim"}
SETTINGS = {
    "equipment": "equipment",
    "emergency": "outpatient",
    "home_health": "home health",
    "hospice": "hospice",
    "nursing_facility": "nursing facility",
}
DECISIONS = {
    "denied": "refused",
    "partly_paid": "partly refused",
    "partly_refused": "partly refused",
    "not_covered": "not covered",
    "refused": "refused",
    "paid": "paid",
}


class Difference(NamedTuple):
    """A field on which the readings differ: what ours says, and what the specifications permit."""

    field: str
    ours: object
    permitted: object


def differences(reading: Reading, record: ClaimRecord) -> Iterator[Difference]:
    """Give every field in which our record says what the other reading does not permit."""
    payee = {"you": "member"}.get(paid := (record.payment and record.payment.to) or "", paid) or None
    pairs: list[tuple[str, object, Answer]] = [
        ("kind", _kind(record), reading.kind),
        ("day", record.service_start, reading.day),
        ("last day", record.service_end or record.service_start, reading.last_day),
        ("paid on", record.paid_on, reading.paid_on),
        ("insurer", record.payer, reading.insurer),
        ("facility", record.facility, reading.facility),
        ("provider", record.provider, reading.provider),
        ("payee", payee, reading.payee),
        *((name, getattr(record.money, field).amount, reading.totals[name]) for name, field in MONEY.items()),
    ]
    if record.drug:
        pairs.append(("prescription", record.drug.prescription, reading.prescription))
    is_denied = {"provider", "member"} <= {*reading.payee.permitted}
    if is_denied and record.payment and not record.payment.by_payee:
        yield Difference("payee and amounts", payee, reading.payee)
    for field, said, answer in pairs:
        if not answer.permits(said):
            yield Difference(field, said, answer)
    if not reading.shares_amounts.permits(record.shares_money):
        yield Difference("amounts shared", record.shares_money, reading.shares_amounts)
    if state(record) not in OUT_OF_SUMS and not _may_stand(record, reading):
        yield Difference("decision", state(record), reading.decision)
    if reading.drug_cost_is_explained is not None and _adds_up(record) != reading.drug_cost_is_explained:
        yield Difference("drug cost explained", _adds_up(record), reading.drug_cost_is_explained)
    if not reading.mixed:
        yield from _contradictions(reading, record)


def _kind(record: ClaimRecord) -> str:
    if record.setting == "facility" and record.kind == "unknown":
        return "institutional"
    return SETTINGS.get(record.setting or "", KINDS_OF_OURS.get(record.kind, record.kind))


def _may_stand(record: ClaimRecord, reading: Reading) -> bool:
    told = state(record)
    # That figures disagree is said in place of the decision (M-01), which the record has all the same.
    decision = DECISIONS.get(told if told != "disagree" else record.decision or "")
    if decision == "not covered":
        return reading.refusable
    return reading.decision.permits(decision)


def _adds_up(record: ClaimRecord) -> bool:
    return not {"off", "open"} & {check.outcome for check in balance(record.money).checks}


def _contradictions(reading: Reading, record: ClaimRecord) -> Iterator[Difference]:
    """What cannot be true must be flagged; what only looks odd may be; nothing else."""
    names = {field: name for name, field in MONEY.items()}
    names["liability"] = "share"
    flagged = {names.get(row.concept, row.concept): row for row in record.disagreements}
    rows = {names.get(row.concept, row.concept): row for row in reading.contradictions}
    certain = {names.get(row.concept, row.concept): row for row in reading.contradictions if row.hard}
    for concept in sorted(certain.keys() - flagged.keys()):
        yield Difference(f"contradiction missed: {concept}", "nothing", certain[concept].figures)
    for concept in sorted(flagged.keys() - rows.keys()):
        yield Difference(f"contradiction unfounded: {concept}", flagged[concept], "nothing")


def compared(source: str, claim: bytes, names: Mapping[str, str]) -> list[tuple[Difference, str]]:
    """Return the differences over one claim, each with a sentence: source, claim, field, both values."""
    ways, identifier = readings(claim, names), text(parsed(claim), "id")
    record = ours(claim, names) if ways else None
    rows = min((list(differences(way, record)) for way in ways if record), key=len, default=[])
    return [
        (row, f"{source} {identifier}, {row.field}: ours {row.ours}, permitted {row.permitted}")
        for row in rows
    ]


def names_in(folder: Path) -> dict[str, str]:
    """Return the names of organizations and practitioners of a source, by `Type/id` and by full address."""
    names: dict[str, str] = {}
    for path in sorted(folder.glob("*.json")):
        file = parsed(path.read_bytes())
        for entry in nodes(file, "entry") or [{"resource": file}]:
            resource = node(entry, "resource")
            kind, name = text(resource, "resourceType"), _display(resource)
            if name and kind in {"Organization", "Practitioner"}:
                names |= {f"{kind}/{text(resource, 'id')}": name}
                names |= {address: name for address in [text(entry, "fullUrl")] if address}
    return names


def _display(resource: dict[str, Any]) -> str:
    for name in nodes(resource, "name"):
        parts = [*name.get("prefix", []), *name.get("given", []), text(name, "family")]
        return text(name, "text") or " ".join(parts).strip()
    return text(resource, "name")


@pytest.mark.parametrize("source", CONTRADICTING)
def test_both_readings_of_every_published_claim_agree(shared: Path, source: str) -> None:
    """M-01, M-03, M-05, M-06, M-12: but for the known differences, which are pinned."""
    names = names_in(shared / "fhir" / source)
    rows = [row for _name, claim in claims(shared, source) for row in compared(source, claim, names)]
    known = {field: count for field, (_finding, count) in KNOWN.get(source, {}).items()}
    counts = Counter(row.field for row, _sentence in rows)
    changed_fields = {field for field in counts | Counter(known) if counts[field] != known.get(field, 0)}
    sentences = [sentence for row, sentence in rows if row.field in changed_fields]
    assert counts == known, "\n".join(
        [f"{source}: the counts of {sorted(changed_fields)} changed", *sentences]
    )


@pytest.mark.parametrize("source", CONTRADICTING)
def test_the_published_claims_that_contradict_themselves_are_counted(shared: Path, source: str) -> None:
    """M-01: a zero beside a payment, a head against its lines, a share against its parts, in both."""
    sent = [claim for _name, claim in claims(shared, source)]
    by_specifications = [read(claim, {}) for claim in sent]
    counts = (
        sum(reading is not None and reading.contradicts_itself for reading in by_specifications),
        sum(bool(ours(claim, {}).disagreements) for claim in sent),
    )
    assert counts == (CONTRADICTING[source],) * 2


@pytest.mark.parametrize(
    "made",
    [KINDS, STORIES, TRAPS, STATES, ODDITIES],
    ids=["kinds", "stories", "traps", "states", "oddities"],
)
def test_both_readings_of_every_made_claim_agree(made: dict[str, dict[str, Any]]) -> None:
    """M-03: but for the known differences."""
    for name, sent in made.items():
        rows = compared(name, body(sent), {})
        fields = {row.field for row, _sentence in rows}
        assert fields == set(KNOWN_MADE.get(name, {})), "\n".join(
            [name, *(sentence for _row, sentence in rows)]
        )


FALSIFIED: dict[str, dict[str, Any]] = {
    "kind": {"kind": "dental"},
    "day": {"service_start": "2025-12-24"},
    "last day": {"service_end": "2027-01-06"},
    "paid on": {"paid_on": date(2025, 12, 24)},
    "insurer": {"payer": "Another Plan"},
    "facility": {"facility": "Another House"},
    "provider": {"provider": "Another Clinic"},
    "payee": {"payment": Payment(to="you")},
    "decision": {"decision": None, "is_uncovered": True, "has_refusal": True, "refuses_a_line": True},
    "amounts shared": {"shares_money": False},
}


@pytest.mark.parametrize("field", [*FALSIFIED, *MONEY])
def test_whatever_a_record_says_falsely_is_noticed(field: str) -> None:
    """M-01: also where the claim says nothing of it. Of payees and days little was compared."""
    sent = body(claim(*money("submitted 100, benefit 0, noncovered 100")))
    record, reading = ours(sent, {}), read(sent, {})
    assert reading is not None
    false = structs.replace(record.money, **{MONEY.get(field, "tax"): Figure(Decimal("7.77"), "USD")})
    told = structs.replace(record, **FALSIFIED.get(field, {"money": false}))
    assert field in {row.field for row in differences(reading, told)}


@pytest.mark.parametrize("shape", SHAPES)
def test_both_readings_of_the_shapes_of_the_findings_agree(shape: str) -> None:
    """M-01 to M-15: but for those that are not put right yet."""
    rows = compared(shape, body(SHAPES[shape]), {})
    fields = {row.field for row, _sentence in rows}
    assert fields == KNOWN_SHAPES.get(shape, set()), "\n".join(sentence for _row, sentence in rows)


def test_both_readings_of_broken_claims_agree_as_long_as_their_json_is_of_r4_shape() -> None:
    """Values go, change sign, place or code; of wrong shapes no specification says how to read them."""
    known = {field for fields in KNOWN.values() for field in fields} | set().union(*KNOWN_SHAPES.values())
    in_shape = [-1, *(CHANGES.index(change) for change in CHANGES if change.__name__ in KEPT_IN_SHAPE)]
    for sent in _broken(in_shape, 3000):
        try:
            rows = compared("changed", sent, {})
        except Unreadable:
            continue
        strange = [sentence for row, sentence in rows if row.field not in known]
        assert not strange, "\n".join([*strange, sent.decode()])


def test_both_readings_of_lines_added_in_place_of_others_agree() -> None:
    """M-01: no published claim has such lines; all figures, numbers and gaps of two or three lines."""
    dice = random.Random(20261128)  # noqa: S311 - repeatable, no secret
    strange = [sentence for _turn in range(600) for _row, sentence in compared("added", _added(dice), {})]
    assert not strange, "\n".join(strange)


def _added(dice: random.Random) -> bytes:
    """Return a claim of which the plan added lines in place of some that have amounts too."""

    def amounts() -> list[dict[str, Any]]:
        kept = [code for code in ("submitted", "benefit", "copay", "noncovered") if dice.random() < 0.7]
        return [one for code in kept for one in money(f"{code} {dice.choice((0, 20, 20, 50))}")]

    numbers = range(1, dice.choice((2, 3, 4)))
    put = [
        {"itemSequence": dice.sample(numbers, dice.randint(0, len(numbers))), "adjudication": amounts()}
        for _line in range(dice.choice((1, 1, 2)))
    ]
    head = amounts() if dice.random() < 0.4 else []
    return body(claim(total=head, item=[line(number, *amounts()) for number in numbers], addItem=put))


def test_the_second_reading_reads_whatever_is_sent() -> None:
    """Anything may stand anywhere: the oracle answers, or says that it is open, and never fails."""
    for sent in _broken(list(range(-1, len(CHANGES))), 1500):
        read(sent, {})


KEPT_IN_SHAPE = {"_negative", "_backwards", "_code", "_money_inside"}


def _broken(allowed: list[int], number: int) -> Iterator[bytes]:
    """Give made claims, each with one of the *allowed* changes somewhere; always the same ones."""
    dice = random.Random(20261128)  # noqa: S311 - repeatable, no secret
    trees = [parsed(body(claim)) for made in (KINDS, STORIES, TRAPS, STATES) for claim in made.values()]
    for _turn in range(number):
        change = (dice.choice(allowed), dice.randrange(10**6), dice.randrange(10**4))
        yield written(changed(dice.choice(trees), [change]))
