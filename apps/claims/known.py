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

_CONNECTION: Final = ("id", "plan_id", "connected_at", "sealed_patient")
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
        pk, plan_id, *_rest = of_connection = values[: len(_CONNECTION)]
        index_id, *_rest = of_index = values[len(_CONNECTION) :]
        if pk not in connections:
            connections[pk] = loaded(Connection, ("member_id", *_CONNECTION), (member.pk, *of_connection))
            connections[pk].plan = loaded(Plan, ("id", "name"), (plan_id, plan_name))
        if index_id is not None:
            owner = (member.pk, pk)
            index.append(loaded(ClaimIndex, ("member_id", "connection_id", *_INDEX), (*owner, *of_index)))
    index.sort(key=lambda row: -row.year)  # of one year they stay as they came
    return Known(list(connections.values()), index, has_approvals)


def _asked(*, member: UUID) -> "QuerySet[Connection, Any]":
    columns = ("plan__name", *_CONNECTION, *(f"claim_indexes__{name}" for name in _INDEX))
    has_approvals = Exists(Approval.objects.filter(member_id=member))
    theirs = Connection.objects.filter(member_id=member).order_by("connected_at", "id")
    return theirs.annotate(has_approvals=has_approvals).values_list("has_approvals", *columns)


_ASKED: Final = Prepared(_asked)
