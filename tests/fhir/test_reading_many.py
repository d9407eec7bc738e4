"""Reading many records by their ids: in batches, else one by one, and never more than that takes (R-21)."""

from typing import Any

from apps.fhir.client import FRUITLESS_READS, IDS_PER_SEARCH, Client
from tests.fhir.stub import Reply, Stub, bundle, reply
from tests.fhir.test_client import OUTCOME


def organization(id_: str) -> dict[str, Any]:
    return {"resourceType": "Organization", "id": id_}


def test_many_are_read_in_batches_by_id(fhir: Client, stub: Stub) -> None:
    stub.on("Organization", lambda query: reply(bundle(*map(organization, query["_id"].split(",")))))
    wanted = [f"o{number}" for number in range(IDS_PER_SEARCH + 5)]
    ids = [resource.id for page in fhir.read_many("Organization", wanted) for resource in page.resources]
    assert sorted(ids) == sorted(wanted)
    assert len(stub.asked) == 2


def test_many_that_come_on_pages_of_one_are_read_to_the_end(fhir: Client, stub: Stub) -> None:
    wanted = [f"o{number}" for number in range(IDS_PER_SEARCH)]
    pages = [bundle(organization(id_), next=f"Organization?after={id_}") for id_ in wanted[:-1]]
    stub.on("Organization", *pages, bundle(organization(wanted[-1])))
    ids = [resource.id for page in fhir.read_many("Organization", wanted) for resource in page.resources]
    assert ids == wanted
    assert len(stub.asked) == len(wanted)


def test_a_plan_that_ignores_ids_is_not_asked_for_its_whole_directory(fhir: Client, stub: Stub) -> None:
    """R-21: page after page of others, for each batch and each slice of a run anew."""

    def others(_query: dict[str, str]) -> Reply:
        number = len(stub.asked)
        return reply(bundle(organization(f"x{number}"), next=f"Organization?page={number}"))

    wanted = [f"o{number}" for number in range(2 * IDS_PER_SEARCH)]
    stub.on("Organization", others)
    for id_ in wanted:
        stub.on(f"Organization/{id_}", organization(id_))
    ids = {resource.id for page in fhir.read_many("Organization", wanted) for resource in page.resources}
    assert ids >= set(wanted)
    assert len(stub.asked) == 1 + len(wanted)


def test_a_plan_that_gives_the_same_one_for_ever_is_left_after_as_many_pages_as_were_wanted(
    fhir: Client, stub: Stub
) -> None:
    stub.on(
        "Organization", lambda _: reply(bundle(organization("a"), next=f"Organization?p={len(stub.asked)}"))
    )
    stub.on("Organization/b", organization("b"))
    ids = {resource.id for page in fhir.read_many("Organization", ["a", "b"]) for resource in page.resources}
    assert ids == {"a", "b"}
    assert len(stub.asked) == 3


def test_what_a_batch_does_not_bring_is_read_one_by_one(fhir: Client, stub: Stub) -> None:
    stub.on("Organization", reply(OUTCOME, 403))
    stub.on("Organization/b", organization("b"))
    ids = [resource.id for page in fhir.read_many("Organization", ["a", "b"]) for resource in page.resources]
    assert ids == ["b"]


def test_dangling_references_cause_no_storm(fhir: Client, stub: Stub, pauses: list[float]) -> None:
    """Payers answer 500 for references they do not know (payers.md 5): no retries, and an early end."""
    stub.on("Organization", reply(OUTCOME, 500))
    wanted = [f"o{number:02}" for number in range(IDS_PER_SEARCH)]
    for id_ in wanted:
        stub.on(f"Organization/{id_}", reply("", 503))
    assert list(fhir.read_many("Organization", wanted)) == []
    assert len(stub.asked) == 1 + FRUITLESS_READS
    assert pauses == []
