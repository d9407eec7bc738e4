"""Writing what belongs to claims of several connections of one member: one process at a time."""

from uuid import UUID

from django.db import connection


def hold(member_id: UUID) -> None:
    """Wait until nobody else writes claims or indexes of this member, until the transaction ends.

    After the connection's own lock, which every writer takes first: who writes for one connection leaves
    marks at claims of others, and would wait for rows that another writer holds. SQLite has one writer.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [member_id.int >> 65])
