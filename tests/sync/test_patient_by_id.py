"""R-12: the member's own record is read by its id; a search for patients by patient finds nothing."""

from collections.abc import Callable
from urllib.parse import parse_qs, quote

import pytest

from apps.connections.models import Connection
from apps.fhir import errors
from apps.fhir.client import Client
from apps.sync.models import SyncRun
from tests.claims.given import claims_of
from tests.fhir.stub import Door, Stub, bundle
from tests.sync.conftest import COVERAGE, ORGANIZATION, PATIENT, an_eob

ODD = ("-20140000008325", "A.b-9", "a&patient=bob", "a+b", "a|b", "ä", "50%25", "a;b=c", "a,b", "'\"<x>")
"""The first two are what FHIR allows, the first as Medicare writes it; the rest is what it does not."""


@pytest.mark.parametrize("id_", [ODD[0], "a&patient=bob", "50%25"])
def test_the_member_is_read_by_id_and_the_rest_asked_for_by_patient(
    bring: Callable[..., SyncRun], connection: Connection, stub: Stub, id_: str
) -> None:
    """R-12: every request of a whole update, as it went over the wire."""
    there = {"reference": f"Patient/{quote(id_, safe='')}"}
    stub.on(f"Patient/{quote(id_, safe='')}", PATIENT | {"id": id_})
    stub.on("Coverage", bundle(COVERAGE | {"beneficiary": there}))
    stub.on("ExplanationOfBenefit", bundle(an_eob(1, patient=there)))
    assert bring(through=Door(id_)).state == SyncRun.State.FINISHED
    assert [url for url in stub.asked if url.startswith("Patient")] == [f"Patient/{quote(id_, safe='')}"]
    searches = [parse_qs(url.partition("?")[2]) for url in stub.asked if "patient=" in url]
    assert [query["patient"] for query in searches] == [[id_]] * 2
    assert len(claims_of(connection)) == 1


def test_ids_of_places_arrive_at_the_plan_as_they_are(stub: Stub) -> None:
    """R-12: read alone or by a list, an id adds no parameter, no path and no fragment."""
    asked = Client(stub.base_url, Door())
    stub.on("Organization", bundle())
    for id_ in ODD:
        stub.asked.clear()
        stub.on(f"Organization/{quote(id_, safe='')}", ORGANIZATION | {"id": id_})
        pages = list(asked.read_many("Organization", [id_]))
        assert [resource.id for page in pages for resource in page.resources] == [id_]
        search, read = stub.asked
        assert parse_qs(search.partition("?")[2]) == {"_id": [id_], "_count": ["100"]}
        assert read == f"Organization/{quote(id_, safe='')}"


def test_what_would_lead_to_another_address_is_not_asked_for(stub: Stub) -> None:
    """R-12: `.` and `..` cannot be encoded: they lead to the whole type or to the server itself."""
    for id_ in ("", ".", "..", "a/b", "../Coverage", "a?b", "a#b", "a b", "\n"):
        with pytest.raises(errors.NextRefused):
            Client(stub.base_url, Door()).read(f"Organization/{id_}")
    assert stub.asked == []


def test_a_member_whose_id_is_no_id_is_not_searched_for(
    bring: Callable[..., SyncRun], connection: Connection, stub: Stub
) -> None:
    """R-12: the step says that it did not come; nothing is asked, and nothing kept, of other patients."""
    run = bring(through=Door(".."))
    assert run.state == SyncRun.State.FAILED
    assert not connection.records.exists()
    assert run.steps.get(resource_type="Patient").state == "problem"
    assert not [url for url in stub.asked if url.startswith("Patient") or url in ("", "/")]
