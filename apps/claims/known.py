"""What is known of a member before any claim is read: connections, index and approvals, in one query.

Asked for one by one they are three, and each costs a list more than opening ten of its rows.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, QuerySet

from apps.accounts.models import Member
from apps.claims.indexing import PLAIN
from apps.claims.models import Approval, ClaimIndex
from apps.claims.prepared import Prepared, loaded
from apps.connections.models import Connection
from apps.plans.models import Plan

_CONNECTION: Final = ("id", "connected_at", "sealed_patient", "plan_id")
_INDEX: Final = ("id", "year", *PLAIN, "sealed_summary")


@dataclass(frozen=True, slots=True)
class Known:
    """Connections with their plans' names, made first first; index rows in the order of `indexing.read`.

    Rows have the columns read here and load others when asked for them.
    """

    connections: list[Connection]
    index: list[ClaimIndex]
    has_approvals: bool
    """Whether anything was approved or estimated in advance."""


def known(member: Member) -> Known:
    """Ask for all of it. An approval came through a connection: without one there is none."""
    connections: dict[UUID, Connection] = {}
    index, has_approvals = list[ClaimIndex](), False
    for has_approvals, plan_name, *values in _ASKED.rows(member=member.pk):  # noqa: B007 - each says the same
        of_connection = dict(zip(_CONNECTION, values, strict=False))
        of_index = dict(zip(_INDEX, values[len(_CONNECTION) :], strict=True))
        pk = of_connection["id"]
        if pk not in connections:
            connections[pk] = loaded(Connection, member_id=member.pk, **of_connection)
            plan_id = of_connection["plan_id"]
            connections[pk].plan = loaded(Plan, id=plan_id, name=plan_name)
        if of_index["id"] is not None:
            owner = {"member_id": member.pk, "connection_id": pk}
            index.append(loaded(ClaimIndex, **owner, **of_index))
    index.sort(key=lambda row: -row.year)  # of one year they stay as they came
    return Known(list(connections.values()), index, has_approvals)


def _asked(*, member: UUID) -> "QuerySet[Connection, Any]":
    columns = ("plan__name", *_CONNECTION, *(f"claim_indexes__{name}" for name in _INDEX))
    has_approvals = Exists(Approval.objects.filter(member_id=member))
    theirs = Connection.objects.filter(member_id=member).order_by("connected_at", "id")
    return theirs.annotate(has_approvals=has_approvals).values_list("has_approvals", *columns)


_ASKED: Final = Prepared(_asked)
