"""Every record payers published can be taken along: byte-equal, and readable by others."""

import json
from pathlib import Path

import msgspec
import pytest
from fhirclient.models.bundle import Bundle
from fhirclient.models.fhirabstractbase import FHIRValidationError

from apps.takeaway import originals
from tests.claims.payer_data import File
from tests.takeaway.given import raw_resources

BASE = "https://plan.example/fhir"


@pytest.fixture(scope="module")
def published(shared: Path) -> list[bytes]:
    """Return the exact JSON of every published resource, inside bundles too."""
    resources: list[bytes] = []
    for path in sorted((shared / "fhir").rglob("*.json")):
        body = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        try:
            file = msgspec.json.decode(body, type=File)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            continue
        is_bundle = file.resourceType == "Bundle"
        resources += [bytes(entry.resource) for entry in file.entry] if is_bundle else [body.strip()]
    return [resource for resource in resources if b'"resourceType"' in resource]


def test_every_published_record_comes_out_byte_for_byte(published: list[bytes]) -> None:
    assert len(published) > 200
    for body in published:
        entry = originals.entry(body, base_url=BASE, row_id="7")
        assert raw_resources(entry) == [body]
        made = json.loads(entry)
        has_id = made["resource"].get("id", "IGNORED_FIELD") != "IGNORED_FIELD"
        assert made["fullUrl"].startswith(BASE if has_id else "urn:uuid:")


def test_fhirclient_reads_the_bundle_of_all_it_can_read_alone(published: list[bytes]) -> None:
    """Payers depart from R4; what fhirclient reads by itself it reads in our Bundle too."""
    readable = [body for body in published if _reads(originals.entry(body, base_url=BASE, row_id="7"))]
    assert len(readable) > 50
    entries = b",\n".join(originals.entry(body, base_url=BASE, row_id="7") for body in readable)
    assert len(_bundle(entries).entry) == len(readable)


def _bundle(entries: bytes) -> Bundle:
    return Bundle(json.loads(b'{"resourceType":"Bundle","type":"collection","entry":[' + entries + b"]}"))


def _reads(entry: bytes) -> bool:
    try:
        _bundle(entry)
    except (FHIRValidationError, ValueError, TypeError, KeyError, AttributeError):
        return False
    return True
