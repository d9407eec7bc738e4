"""One record read whole from the mirror, as its page asks for it."""

import pytest

from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.records import known_names
from apps.records.models import EarlierVersion, Record
from apps.records.original import original
from apps.vault.boxes import box_for
from tests.claims.given import an_eob, claims_of, damage, row_of, save, told
from tests.claims.made import visit


def test_it_says_all_that_was_sent_and_a_list_the_same_in_brief(connection: Connection) -> None:
    save(connection, visit() | {"id": "eob-1", "total": an_eob(1)["total"], "item": [], "adjudication": []})
    whole, brief = told(row_of(connection)), CLAIM.brief_of(claims_of(connection)[0].entry)
    assert brief is not None
    assert whole.diagnoses
    assert not brief.diagnoses
    assert whole.money.your_share.amount == brief.money.your_share.amount


def test_its_names_are_those_of_all_names(connection: Connection) -> None:
    role = {"resourceType": "PractitionerRole", "id": "r", "practitioner": {"reference": "Practitioner/p"}}
    save(
        connection,
        role,
        names={"Practitioner/p": "Ruth Okafor", "Organization/7": "Bay", "Organization/8": "x"},
    )
    box = box_for(connection.member)
    asked = ["Organization/7", "PractitionerRole/r", "Organization/none", "not a reference"]
    asked_names, _referred_to = known_names.names_among(connection, box, asked)
    every = known_names.names_of(connection, box)
    assert {asked_names[reference] for reference in asked[:2]} == {"Bay", "Ruth Okafor"}
    assert asked_names.items() <= every.items()
    assert "Organization/8" not in asked_names


def test_where_the_newest_does_not_open_what_was_sent_before_is_read(connection: Connection) -> None:
    save(connection, an_eob(1, share="53.52"))
    save(connection, an_eob(1, share="60.00"))
    row = row_of(connection)
    damage(row)
    assert str(told(row_of(connection)).money.your_share.amount) == "53.52"
    EarlierVersion.objects.update(sealed_body=b"nonsense")
    assert original(row_of(connection), box_for(row.member), CLAIM) is None


def test_a_seal_of_another_row_does_not_open(
    connection: Connection, caplog: pytest.LogCaptureFixture
) -> None:
    save(connection, an_eob(1), an_eob(2))
    first, other = row_of(connection, 1), row_of(connection, 2)
    Record.objects.filter(pk=other.pk).update(sealed_body=bytes(first.sealed_body))
    assert original(row_of(connection, 2), box_for(first.member), CLAIM) is None
    assert str(other.pk) in caplog.text
    assert "iverside" not in caplog.text
