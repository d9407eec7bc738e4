"""Two hundred canaries in a payer's records, and a search that finds them in anything that is not sealed."""

import base64
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COUNT = 200
CLAIMS = 24
OTHERS = 300
"""Claims without a canary, older than the rest: a file with so many is prepared in the background."""
PATIENT = "canary-patient-7731"
C4BB = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
MONEY = "http://terminology.hl7.org/CodeSystem/adjudication"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
LETTERS = "bcdfghjkmnpqrstvwxz"


@dataclass
class Flock:
    """The canaries by what they stand for; each is a word that stands nowhere else in the world."""

    chance: random.Random = field(default_factory=lambda: random.Random(20261125))  # noqa: S311
    words: dict[str, list[str]] = field(default_factory=dict)

    def word(self, kind: str) -> str:
        """Return a new word."""
        made = kind.capitalize() + "".join(self.chance.choice(LETTERS) for _ in range(10))
        self.words.setdefault(kind, []).append(made)
        return made

    def amount(self) -> str:
        """Return a new amount of money."""
        cents = self.chance.choice("1234567") + self.chance.choice("123456789")
        made = f"{self.chance.randrange(10_000, 99_999)}.{cents}"
        self.words.setdefault("amount", []).append(made)
        return made

    @property
    def all(self) -> list[str]:
        """Every canary."""
        return [word for words in self.words.values() for word in words]


def records(flock: Flock) -> list[dict[str, Any]]:
    """Return one person's records: all the canaries stand in them, and some records are broken."""
    patient = {
        "resourceType": "Patient",
        "id": PATIENT,
        "identifier": [{"system": "https://payer.example/member", "value": flock.word("member")}],
        "name": [{"family": flock.word("family"), "given": [flock.word("given"), flock.word("middle")]}],
        "telecom": [{"system": "email", "value": f"{flock.word('mail')}@example.com"}],
        "address": [
            {"line": [f"12 {flock.word('street')} Street"], "city": flock.word("city"), "state": "OH"}
        ],
        "birthDate": "1961-07-04",
    }
    coverage = {
        "resourceType": "Coverage",
        "id": "canary-coverage",
        "status": "active",
        "subscriberId": flock.word("subscriber"),
        "identifier": [{"value": flock.word("policy")}],
        "beneficiary": {"reference": f"Patient/{PATIENT}"},
        "relationship": {"coding": [{"code": "self"}]},
        "period": {"start": "2026-01-01", "end": "2026-12-31"},
        "payor": [{"display": flock.word("payer")}],
        "class": [
            {
                "type": {
                    "coding": [
                        {"system": "http://terminology.hl7.org/CodeSystem/coverage-class", "code": code}
                    ]
                },
                "value": flock.word(code),
                "name": flock.word("label"),
            }
            for code in ("group", "plan")
        ],
    }
    whole = [patient, coverage, *(claim(flock, number) for number in range(CLAIMS)), *broken(flock)]
    left = COUNT - len(flock.all)
    assert left >= 0, left
    patient["contact"] = [{"name": {"text": flock.word("contact")}} for _ in range(left)]
    return [*whole, *(other(number) for number in range(OTHERS))]


def other(number: int) -> dict[str, Any]:
    """Return a claim that says nothing."""
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"other-{number}",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {"coding": [{"system": CLAIM_TYPE, "code": "professional"}]},
        "patient": {"reference": f"Patient/{PATIENT}"},
        "billablePeriod": {"start": "2024-02-03"},
        "created": "2024-02-04",
    }


def claim(flock: Flock, number: int) -> dict[str, Any]:
    """Return a claim whose person, provider, diagnosis, service, numbers and amounts are canaries."""
    billed, paid, share = flock.amount(), flock.amount(), flock.amount()

    def total(system: str, code: str, value: str) -> dict[str, Any]:
        return {
            "category": {"coding": [{"system": system, "code": code}]},
            "amount": {"value": float(value), "currency": "USD"},
        }

    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"canary-{number}",
        "identifier": [{"value": flock.word("claimno")}],
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": {"coding": [{"system": CLAIM_TYPE, "code": "professional"}]},
        "patient": {"reference": f"Patient/{PATIENT}"},
        "billablePeriod": {"start": f"2026-{1 + number % 9:02}-11"},
        "created": f"2026-{1 + number % 9:02}-12",
        "insurer": {"display": "Harborlight Health"},
        "provider": {"display": f"{flock.word('provider')} Clinic"},
        "diagnosis": [
            {"sequence": 1, "diagnosisCodeableConcept": {"text": f"{flock.word('diagnosis')} syndrome"}}
        ],
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/canary-coverage"}}],
        "item": [
            {
                "sequence": 1,
                "productOrService": {"text": f"{flock.word('service')} therapy"},
                "adjudication": [total(MONEY, "submitted", billed)],
            }
        ],
        "total": [
            total(MONEY, "submitted", billed),
            total(MONEY, "benefit", paid),
            total(C4BB, "memberliability", share),
        ],
    }


def broken(flock: Flock) -> list[dict[str, Any]]:
    """Return claims nobody can read, with canaries where an error would quote them."""
    whole = claim(flock, 90)
    return [
        {**whole, "id": "canary-broken-1", "item": flock.word("item"), "total": {"x": flock.word("sum")}},
        {**whole, "id": "canary-broken-2", "created": {"on": flock.word("day")}, "billablePeriod": "soon"},
        {**whole, "id": "canary-broken-3", "diagnosis": [flock.word("odd")], "provider": [1, 2]},
    ]


def write(folder: Path, flock: Flock) -> None:
    """Write the records as the demo payer's data."""
    folder.mkdir()
    for number, record in enumerate(records(flock)):
        (folder / f"{number:03}.json").write_text(json.dumps(record))


def spellings(word: str) -> Iterator[bytes]:
    """Yield how a canary may stand in a file: as it is, in hexadecimal (dumps of bytes), in base64."""
    for text in dict.fromkeys((word, word.lower())):
        raw = text.encode()
        yield raw
        yield raw.hex().encode()
        for shift in range(3):
            coded = base64.b64encode(b"\0" * shift + raw)
            yield coded[-(-shift * 8 // 6) : len(coded) - 4]
    if word.replace(".", "").isdigit():
        whole, cents = word.split(".")
        yield f"{int(whole):,}.{cents}".encode()


def hits(words: Iterable[str], *texts: bytes) -> set[str]:
    """Return the canaries that stand in any of the texts, in any spelling."""
    everything = b"\n".join(texts)
    return {word for word in words if any(spelling in everything for spelling in spellings(word))}


def bytes_of(path: Path) -> bytes:
    """Return a database file with its journals as they are on disk."""
    return b"".join(
        file.read_bytes()
        for ending in ("", "-wal", "-shm", "-journal")
        if (file := path.with_name(path.name + ending)).exists()
    )
