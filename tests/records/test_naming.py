"""Names of people and places: joined when books are made, whenever they come."""

from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records import naming, projection
from apps.records.models import EarlierVersion
from apps.vault.boxes import box_for
from tests.claims.given import a_connection, an_eob, claims_of, path_of, row_of, save, told

AT_ORGANIZATION = {"provider": {"reference": "Organization/7"}}


def providers(connection: Connection) -> list[str | None]:
    return [one.entry.provider for one in claims_of(connection)]


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
    assert all("old name" not in one.entry.words for one in claims_of(connection))


def test_a_name_that_is_no_ones_writes_no_book(connection: Connection) -> None:
    save(connection, an_eob(1, **AT_ORGANIZATION), names={"Organization/7": "Bay Laboratory"})
    before = connection.books.values_list("sealed_entries", flat=True).get()
    save(connection, names={"Organization/9": "Nobody's"})
    assert connection.books.values_list("sealed_entries", flat=True).get() == before


def test_a_role_is_called_after_whom_it_is_of(connection: Connection) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/p"}}
    save(connection, an_eob(1, provider={"reference": "PractitionerRole/r"}), role)
    save(connection, names={"Practitioner/p": "Ruth Okafor"})
    names = naming.names_of(connection, box_for(connection.member))
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
    before = naming.Referring(box, {"Organization/1": "One"})
    refers = before.packed(["Organization/1", "Organization/2"])
    assert len(refers) == 2 * naming.ENTRY_BYTES
    assert len(naming.digests_in(refers)) == 2
    assert not naming.is_behind(refers, before.known())
    for names in ({"Organization/1": "Uno"}, {"Organization/2": "Two"}):
        assert naming.is_behind(refers, naming.Referring(box, names).known())
    also = naming.Referring(box, {"Organization/1": "One", "Organization/3": "Three"}).known()
    assert not naming.is_behind(refers, also)
    assert naming.is_behind(refers, {}), "what is withdrawn goes"


def test_a_name_that_the_plan_withdraws_is_shown_no_longer(connection: Connection) -> None:
    save(connection, an_eob(1, **AT_ORGANIZATION), names={"Organization/7": "Bay Laboratory"})
    save(connection, {"resourceType": "Organization", "id": "7"})
    assert providers(connection) == [None]
    before = claims_of(connection)
    projection.forget()
    assert claims_of(connection) == before
