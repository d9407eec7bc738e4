"""Names of people and places: joined when books are made, whenever they come."""

from typing import Any

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import known_names, projection
from apps.records.models import EarlierVersion
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, claims_of, path_of, row_of, save, told

AT_ORGANIZATION = {"provider": {"reference": "Organization/7"}}


def providers(connection: Connection) -> list[str | None]:
    return [claim.entry.provider for claim in claims_of(connection)]


def test_a_name_that_comes_later_is_shown_in_lists_and_on_the_page(
    connection: Connection, alice_client: Client
) -> None:
    save(connection, an_eob(1, **AT_ORGANIZATION))
    assert providers(connection) == [None]
    save(connection, names={"Organization/7": "Bay Laboratory", "Organization/8": "Elsewhere"})
    assert providers(connection) == ["Bay Laboratory"]
    for path in ("/claims/", path_of(connection), "/claims/providers/"):
        assert "Bay Laboratory" in alice_client.get(path).content.decode()
    assert not EarlierVersion.objects.exists()


def test_a_changed_name_is_shown_in_claims_of_every_year(connection: Connection) -> None:
    save(connection, names={"Organization/7": "Old Name"})
    save(connection, *[an_eob(n, on=f"202{n}-05-05", **AT_ORGANIZATION) for n in (4, 5, 6)], an_eob(1))
    save(connection, names={"Organization/7": "New Name"})
    assert sorted(str(name) for name in providers(connection)) == ["New Name"] * 3 + ["Riverside Clinic"]
    assert all("old name" not in claim.entry.words for claim in claims_of(connection))


def test_claims_of_one_doctor_are_read_again_in_turns(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(connection, *[an_eob(n, **AT_ORGANIZATION) for n in range(5)])
    monkeypatch.setattr("apps.records.batches.AT_ONCE", 2)
    with CaptureQueriesContext(database) as asked:
        save(connection, names={"Organization/7": "Bay Laboratory"})
    assert len([query for query in asked if query["sql"].startswith('UPDATE "records_book"')]) == 3
    assert providers(connection) == ["Bay Laboratory"] * 5


def test_a_name_that_is_no_ones_writes_no_book(connection: Connection) -> None:
    save(connection, an_eob(1, **AT_ORGANIZATION), names={"Organization/7": "Bay Laboratory"})
    before = connection.books.values_list("sealed_entries", flat=True).get()
    save(connection, names={"Organization/9": "Nobody's"})
    assert connection.books.values_list("sealed_entries", flat=True).get() == before


def test_a_role_is_called_after_whom_it_is_of(connection: Connection) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/p"}}
    save(connection, an_eob(1, provider={"reference": "PractitionerRole/r"}), role)
    save(connection, names={"Practitioner/p": "Ruth Okafor"})
    names = known_names.names_of(connection, box_for(connection.member))
    assert names["PractitionerRole/r"] == "Ruth Okafor"
    assert told(row_of(connection)).provider == "Ruth Okafor"
    projection.forget()
    assert providers(connection) == ["Ruth Okafor"]


def test_names_of_another_connection_or_member_are_never_used(
    connection: Connection, alice: Member, bob: Member
) -> None:
    for other in (a_connection(alice, plan="Other Plan"), a_connection(bob)):
        save(other, names={"Organization/7": "Not Ours"})
    save(connection, an_eob(1, **AT_ORGANIZATION))
    assert providers(connection) == [None]
    assert told(row_of(connection)).provider is None


def test_what_an_entry_refers_to_is_kept_as_digests_and_told_when_it_changed(connection: Connection) -> None:
    box = box_for(connection.member)
    before = known_names.Referring(box, {"Organization/1": "One"})
    refers = before.packed(["Organization/1", "Organization/2"])
    assert len(refers) == 2 * known_names.ENTRY_BYTES
    assert len(known_names.digests_in(refers)) == 2
    assert not known_names.is_behind(refers, before.known())
    for names in ({"Organization/1": "Uno"}, {"Organization/2": "Two"}):
        assert known_names.is_behind(refers, known_names.Referring(box, names).known())
    also = known_names.Referring(box, {"Organization/1": "One", "Organization/3": "Three"}).known()
    assert not known_names.is_behind(refers, also)
    assert known_names.is_behind(refers, {}), "what is withdrawn goes"


def test_a_name_that_the_plan_withdraws_is_shown_no_longer(connection: Connection) -> None:
    save(connection, an_eob(1, **AT_ORGANIZATION), names={"Organization/7": "Bay Laboratory"})
    save(connection, {"resourceType": "Organization", "id": "7"})
    assert providers(connection) == [None]
    before = claims_of(connection)
    projection.forget()
    assert claims_of(connection) == before


NPI = {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1407891336"}
BY_NUMBER = {"provider": {"identifier": NPI}}


def in_a_team(name: str) -> dict[str, Any]:
    """Return a care team whose only member has that name beside the number."""
    return {"careTeam": [{"sequence": 1, "provider": {"identifier": NPI, "display": name}}]}


def names_told(connection: Connection) -> dict[str, tuple[str | None, str | None]]:
    """Return by claim number the provider in lists and on the page."""
    told_names = {}
    for claim in claims_of(connection):
        record = told(connection.records.get(pk=claim.id), claim.entry)
        told_names[str(record.claim_number)] = claim.entry.provider, record.provider
    return told_names


def test_m_04_a_number_is_named_by_the_care_team_of_the_same_claim(connection: Connection) -> None:
    """M-04: `provider.identifier` alone, and the care team names the same NPI."""
    save(connection, an_eob(1, **BY_NUMBER, **in_a_team("Ana Ruiz, MD")))
    assert names_told(connection) == {"CLM-1": ("Ana Ruiz, MD", "Ana Ruiz, MD")}


def test_m_04_a_number_is_named_by_another_claim_whichever_comes_first(
    connection: Connection, alice_client: Client
) -> None:
    """M-04: the title said "Medical care", the page "NPI 1407891336"."""
    save(connection, an_eob(1, **BY_NUMBER))
    assert names_told(connection)["CLM-1"] == ("NPI 1407891336", "NPI 1407891336")
    save(connection, an_eob(2, on="2024-02-02", **in_a_team("Ana Ruiz, MD")))
    save(connection, an_eob(3, **BY_NUMBER))
    assert names_told(connection)["CLM-1"] == names_told(connection)["CLM-3"] == ("Ana Ruiz, MD",) * 2
    for path in ("/claims/", path_of(connection), "/claims/providers/"):
        assert "Ana Ruiz" in alice_client.get(path).content.decode()


def test_m_04_a_name_from_another_claim_is_the_same_when_books_are_made_again(connection: Connection) -> None:
    """M-04: what is shown is a function of the mirror, in whatever order it came; the newest name counts."""
    save(connection, an_eob(1, **BY_NUMBER))
    save(connection, an_eob(2, on="2025-02-02", **in_a_team("Ana Ruiz, MD")))
    save(connection, an_eob(3, on="2024-02-02", **in_a_team("A. Ruiz")))
    assert names_told(connection)["CLM-1"] == ("Ana Ruiz, MD",) * 2
    before = claims_of(connection)
    projection.forget()
    assert claims_of(connection) == before


def test_m_04_a_name_goes_when_the_claim_that_had_it_has_another(connection: Connection) -> None:
    """M-04: a claim that comes again without the name takes it from the others too."""
    save(connection, an_eob(1, **BY_NUMBER), an_eob(2, **in_a_team("Ana Ruiz, MD")))
    assert names_told(connection)["CLM-1"] == ("Ana Ruiz, MD",) * 2
    save(connection, an_eob(2, **in_a_team("Ana Diaz, MD")))
    assert names_told(connection)["CLM-1"] == ("Ana Diaz, MD",) * 2
    save(connection, an_eob(2))
    assert names_told(connection)["CLM-1"] == ("NPI 1407891336",) * 2


def test_m_04_a_record_of_its_own_goes_before_what_claims_call_it(connection: Connection) -> None:
    """M-04: an Organization or a Practitioner with that NPI, to which no claim refers by its path."""
    save(connection, an_eob(1, **BY_NUMBER), an_eob(2, **in_a_team("A. Ruiz")))
    resource = {
        "resourceType": "Practitioner",
        "id": "9",
        "identifier": [NPI],
        "name": [{"text": "Ana Ruiz"}],
    }
    save(connection, resource)
    assert names_told(connection)["CLM-1"] == ("Ana Ruiz",) * 2
    before = claims_of(connection)
    projection.forget()
    assert claims_of(connection) == before
    save(connection, resource | {"name": []})
    assert names_told(connection)["CLM-1"] == ("A. Ruiz",) * 2


def test_m_04_a_reference_that_leads_nowhere_is_named_by_another_claim(connection: Connection) -> None:
    """M-04: the plan does not give Organization/7, but one claim displays it."""
    save(connection, an_eob(1, **AT_ORGANIZATION))
    save(connection, an_eob(2, provider=AT_ORGANIZATION["provider"] | {"display": "Bay Laboratory"}))
    assert names_told(connection)["CLM-1"] == ("Bay Laboratory",) * 2
    save(connection, names={"Organization/7": "Bay Laboratory, Inc."})
    assert names_told(connection)["CLM-1"] == ("Bay Laboratory, Inc.",) * 2


def test_m_04_a_tax_number_is_an_organizations_and_names_nobody_who_works_there(
    connection: Connection,
) -> None:
    """M-04: doctors of a group have its tax number."""
    tax = {"type": {"coding": [{"code": "TAX"}]}, "value": "12-3456789"}
    doctor = {"careTeam": [{"provider": {"identifier": tax, "display": "Ana Ruiz, MD"}}]}
    save(connection, an_eob(1, provider={"identifier": tax}), an_eob(2, **doctor))
    assert names_told(connection)["CLM-1"] == (None, None)
    save(connection, an_eob(3, provider={"identifier": tax, "display": "Bay Group"}))
    assert names_told(connection)["CLM-1"] == ("Bay Group",) * 2


def test_m_04_names_by_number_never_cross_connections(connection: Connection, alice: Member) -> None:
    """M-04: what one plan calls a provider is no word of another's."""
    save(a_connection(alice, plan="Other Plan"), an_eob(2, **in_a_team("Not Ours")))
    save(connection, an_eob(1, **BY_NUMBER))
    assert names_told(connection)["CLM-1"] == ("NPI 1407891336",) * 2
