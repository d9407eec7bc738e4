"""A small payer's records for these tests, written as JSON text so that every digit counts."""

import json
from pathlib import Path

ANAS_CLAIMS = 45


TYPES = "http://terminology.hl7.org/CodeSystem/claim-type"


def claim(number: int, patient: str, *, kind: str = "professional", extra: str = "") -> str:
    """Return the text of one claim: served in January or February 2025, its amount ends in .00."""
    month, day = (1, number) if number <= 28 else (2, number - 28)
    return (
        f'{{"resourceType": "ExplanationOfBenefit", "id": "{patient}-{number:03}",'
        f' "meta": {{"lastUpdated": "2025-03-{1 + number % 20:02}T08:00:00.000Z"}},'
        f' "status": "active", "use": "claim", "patient": {{"reference": "Patient/{patient}"}},'
        f' "type": {{"coding": [{{"system": "{TYPES}", "code": "{kind}"}}]}},'
        f' "billablePeriod": {{"start": "2025-{month:02}-{day:02}", "end": "2025-{month:02}-{day:02}"}},'
        f' "provider": {{"reference": "Organization/clinic"}},'
        f' "insurer": {{"reference": "Organization/payer"}},'
        f' "careTeam": [{{"sequence": 1, "provider": {{"reference": "Practitioner/doctor"}}}}],'
        f' "insurance": [{{"focal": true, "coverage": {{"reference": "Coverage/{patient}-coverage"}}}}],'
        f' "identifier": [{{"system": "https://payer.example/claims", "value": "{patient}-{number}"}}],'
        f' "payee": {{"party": {{"reference": "Organization/clinic"}}}},'
        f' "total": [{{"amount": {{"value": {100 + number}.00, "currency": "USD"}}}}]{extra}}}'
    )


def write(folder: Path) -> Path:
    """Write the folder and return it: Ana with 45 claims, Ben with 2, and who they refer to."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("ana", "ben"):
        _save(
            folder,
            {
                "resourceType": "Patient",
                "id": name,
                "identifier": [{"system": "https://payer.example/members", "value": f"M,{name}|1"}],
                "name": [{"given": [name.title()], "family": "Moss"}, {"use": "nickname", "given": ["José"]}],
                "gender": "female",
                "birthDate": "1980-02-29",
            },
        )
        _save(
            folder,
            {
                "resourceType": "Coverage",
                "id": f"{name}-coverage",
                "beneficiary": {"reference": f"Patient/{name}"},
                "payor": [{"reference": "Organization/payer"}],
            },
        )
    for number in range(1, ANAS_CLAIMS + 1):
        kind = "pharmacy" if number % 5 == 0 else "professional"
        (folder / f"ana-{number}.json").write_text(claim(number, "ana", kind=kind))
    (folder / "ben.ndjson").write_text("\n".join(claim(number, "ben") for number in (1, 2)))
    for type_, fhir_id, more in (
        (
            "Organization",
            "clinic",
            {"name": "Moss Clinic", "address": [{"line": ["1 Elm Row"], "city": "Low"}]},
        ),
        ("Organization", "payer", {"name": "Payer"}),
        ("Practitioner", "doctor", {"name": [{"family": "Moss"}], "identifier": [{"value": "7"}]}),
    ):
        named = {"resourceType": type_, "id": fhir_id, "meta": {"lastUpdated": "2024-01-01T00:00:00Z"}}
        _save(folder, named | more)
    return folder


def _save(folder: Path, resource: dict[str, object]) -> None:
    (folder / f"{resource['resourceType']}-{resource['id']}.json").write_text(json.dumps(resource))
