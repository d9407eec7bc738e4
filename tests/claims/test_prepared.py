"""A query put together once answers as one put together anew, whoever it is asked for."""

import threading
import uuid
from typing import Any

import pytest
from apps.claims.known import known
from apps.claims.prepared import Prepared, loaded
from django.db import connections
from django.db.models import QuerySet

from apps.accounts.models import Member
from apps.claims.models import BRIEFLY, Claim, ClaimIndex
from tests.claims.given import a_claim, a_connection, an_eob, save


def _one(*, claim: uuid.UUID, member: uuid.UUID) -> "QuerySet[Claim, Any]":
    return Claim.objects.filter(member_id=member, pk=claim, kind="professional").values_list(*BRIEFLY)


def test_it_answers_for_each_member_as_the_query_itself_does(alice: Member, bob: Member) -> None:
    asked = Prepared(_one)
    claims = [a_claim(alice), a_claim(bob)]
    for claim in (*claims, *claims):
        ids = {"claim": claim.pk, "member": claim.member_id}
        [found] = asked.rows(**ids)
        assert list(found) == list(_one(**ids).get())
        assert [type(value) for value in found] == [type(value) for value in _one(**ids).get()]
    assert asked.rows(claim=claims[0].pk, member=bob.pk) == []


def test_the_query_is_put_together_once_for_a_thread(alice: Member) -> None:
    made = []

    def noting(*, member: uuid.UUID) -> "QuerySet[Claim, Any]":
        made.append(threading.get_ident())
        return Claim.objects.filter(member_id=member).values_list("pk")

    asked, seen = Prepared(noting), []
    for _time in range(3):
        assert asked.rows(member=alice.pk) == []
    thread = threading.Thread(target=lambda: seen.append(asked._compiled(("member",))[0].connection))
    thread.start()
    thread.join()
    assert len(made) == len(set(made)) == 2
    assert seen[0] is not connections["default"]


def test_a_row_of_its_columns_asks_for_others_when_they_are_needed(
    alice: Member, django_assert_num_queries: Any
) -> None:
    claim = a_claim(alice)
    [values] = Prepared(_one).rows(claim=claim.pk, member=alice.pk)
    row = loaded(Claim, BRIEFLY, values)
    with django_assert_num_queries(0):
        assert (row.pk, row.member_id, bytes(row.sealed_brief)) == (
            claim.pk,
            alice.pk,
            bytes(claim.sealed_brief),
        )
    with django_assert_num_queries(1):
        assert row.kind == "professional"


@pytest.mark.parametrize("with_approval", [True, False])
def test_one_query_tells_connections_index_and_approvals(
    alice: Member, bob: Member, with_approval: bool, django_assert_num_queries: Any
) -> None:
    first, second, without = (a_connection(alice, plan=name) for name in ("One", "Two", "Without claims"))
    save(second, an_eob(1), an_eob(2, on="2024-05-05"))
    save(first, an_eob(3), an_eob(4, on="2025-05-05"))
    save(a_connection(bob), an_eob(5), an_eob(6, use="preauthorization"))
    if with_approval:
        save(first, an_eob(7, use="preauthorization"))
    with django_assert_num_queries(1):
        found = known(alice)
        names = {one.pk: one.plan.name for one in found.connections}
        of_index = [(row.year, names[row.connection_id], row.member_id) for row in found.index]
    in_order = sorted((first, second, without), key=lambda one: (one.connected_at, one.pk))
    assert list(names.values()) == [one.plan.name for one in in_order]
    expected = ClaimIndex.objects.filter(member=alice).order_by("-year", "connection_id")
    assert of_index == [(row.year, row.connection.plan.name, alice.pk) for row in expected]
    assert [year for year, *_rest in of_index] == [2026, 2026, 2025, 2024]
    assert found.has_approvals is with_approval


def test_nothing_is_known_of_a_member_without_connections(alice: Member) -> None:
    found = known(alice)
    assert (found.connections, found.index, found.has_approvals) == ([], [], False)
