"""Records of a member as a plan sent them, and what comes out as a file."""

import csv
import io
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Record
from apps.takeaway import preparation
from apps.takeaway.models import Export
from apps.vault import boxes
from apps.vault.boxes import box_for
from tests.claims.given import NOW, save

type Json = dict[str, Any]

ORGANIZATION = b'{"resourceType":"Organization","id":"o1","name":"Harborlight"}'
PRACTITIONER = b'{"resourceType" : "Practitioner", "id":"p1", "name":[{"family":"O\\u006bafor"}]}'
ROLE = (
    b'{"resourceType":"PractitionerRole","id":"r1","practitioner":{"reference":"Practitioner/p1"},'
    b'"organization":{"reference":"Organization/o2"}}'
)
CLINIC = b'{"resourceType":"Organization","id":"o2","name":"Riverside Clinic"}'
UNUSED = b'{"resourceType":"Organization","id":"o9","name":"Nobody refers to it"}'
PATIENT = b'{"resourceType":"Patient","id":"1","name":[{"text":"Alice Adams"}]}'
COVERAGE = (
    b'{"resourceType":"Coverage","id":"c1","status":"active","beneficiary":{"reference":"Patient/1"},'
    b'"subscriberId":"M-77","payor":[{"reference":"Organization/o1"}],"period":{"start":"2025-01-01"}}'
)
ODD = (
    b'{"resourceType":"ExplanationOfBenefit","id":"odd","status":"active","use":"claim",\n\t"outcome":"complete",'
    b'"type":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/claim-type","code":"professional"}]},'
    b'"patient":{"reference":"Patient/1"},"billablePeriod":{"start":"2025-03-09"},"created":"2025-03-10",'
    b'"insurer":{"reference":"Organization/o1"},"provider":{"reference":"PractitionerRole/r1"},'
    b'"insurance":[{"focal":true,"coverage":{"reference":"https://plan.example/fhir/Coverage/c1/_history/2"}}],'
    b'"identifier":[{"value":"CLM-odd"}],"extension":[{"url":"x","valueDecimal":1e2},'
    b'{"url":"y","valueDecimal":1.10},'
    b'{"url":"z","valueString":"\\u00e9\\ud83d\\ude00\\/ \xc3\xa9"},'
    b'{"url":"z","url":"zz","valueDecimal":1E400}],'
    b'"total":[{"category":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/adjudication",'
    b'"code":"submitted"}]},"amount":{"value":100.00,"currency":"USD"}}]}'
)
PREAUTH = (
    b'{"resourceType":"ExplanationOfBenefit","id":"pre","status":"active","use":"preauthorization",'
    b'"outcome":"complete","patient":{"reference":"Patient/1"},"created":"2025-04-01",'
    b'"insurer":{"reference":"Organization/o1"},"provider":{"display":"=Clinic()"},"preAuthRef":["A-1"],'
    b'"preAuthRefPeriod":[{"end":"2025-12"}],"item":[{"sequence":1,"quantity":{"value":12},"extension":[{"url":'
    b'"https://bluebutton.cms.gov/fhir/StructureDefinition/PA-DECISION","valueCoding":{"system":'
    b'"https://x/CodeSystem/PA-DECISION","code":"A"}}],"adjudication":[{"category":{"coding":[{"system":'
    b'"http://hl7.org/fhir/us/davinci-pdex/CodeSystem/PriorAuthorizationValueCodes","code":"consumedunits"}]},'
    b'"value":3}]}]}'
)
EVERYTHING = (PATIENT, COVERAGE, ORGANIZATION, PRACTITIONER, ROLE, CLINIC, UNUSED, ODD, PREAUTH)


def bring(connection: Connection, *bodies: bytes | Json, now: datetime = NOW) -> None:
    """Mirror *bodies* as the sync would."""
    save(connection, *bodies, now=now)


def an_approval(connection: Connection) -> Record:
    """Return the record of `PREAUTH`."""
    key = boxes.source_key(box_for(connection.member), "ExplanationOfBenefit/pre")
    if not connection.records.filter(source_key=key).exists():
        save(connection, PREAUTH)
    return connection.records.get(source_key=key)


def sure(client: Client, member: Member) -> Client:
    """Return the member's browser as if the password had just been entered."""
    session = client.session
    record = {"method": "password", "at": time.time(), "reauthenticated": True}
    session["account_authentication_methods"] = [record]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return client


def get(client: Client, form: str, scope: object = "all") -> Any:
    """Press the button of one kind of file."""
    return client.post("/take-along/make/", {"format": form, "scope": str(scope)})


def content(response: Any) -> bytes:
    """Return the whole of a file."""
    assert response.status_code == 200, response.status_code
    assert response.streaming
    return b"".join(response.streaming_content)


def cells(file: bytes) -> list[dict[str, str]]:
    """Read a CSV file as strictly as it was promised."""
    text = file.decode("utf-8-sig")
    assert file.startswith(b"\xef\xbb\xbf")
    assert text.count("\r\n") == text.count("\n")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    assert len({len(row) for row in rows}) == 1
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def prepare(export: Export, *, at: datetime) -> Export:
    """Let a worker do its work on the file at that moment."""
    preparation.run(export_id=export.pk, now_fn=lambda: at)
    export.refresh_from_db()
    return export


def raw_resources(bundle: bytes) -> list[bytes]:
    """Return the exact text of each resource of a Bundle, found by matching braces outside of strings."""
    bodies, start = [], 0
    while (start := bundle.find(b',"resource":', start)) != -1:
        start += len(b',"resource":')
        end = _end_of_object(bundle, start)
        bodies.append(bundle[start:end])
        start = end
    return bodies


def _end_of_object(text: bytes, at: int) -> int:
    depth, in_string = 0, False
    while True:
        byte = text[at : at + 1]
        assert byte, "the object does not end"
        if in_string:
            at += 1 if byte == b"\\" else 0
            in_string = byte != b'"'
        elif byte == b'"':
            in_string = True
        depth += {b"{": 1, b"}": -1}.get(byte, 0) if not in_string else 0
        at += 1
        if depth == 0:
            return at


def names(rows: Iterable[Json]) -> list[str]:
    """Return `Type/id` of resources."""
    return [f"{row['resourceType']}/{row['id']}" for row in rows]
