"""All that a site stores, opened: the oracle compares it with what the payer has."""

import html
import json
import re
from typing import Any

from django.db import transaction
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.kinds.claim.kind import CLAIM
from apps.records import kinds, projection
from apps.records.books import entries_of
from apps.records.entries import Entry
from apps.records.models import Book, Catalogue, Record
from apps.vault.boxes import Box, box_for
from benchmarks.others import NAMED
from tests.faults.orders import digest


def look(_: Any) -> dict[str, Any]:
    """Return all that is stored, opened, for the oracle; rows that only fill are left out."""
    rows = Connection.objects.select_related("plan", "member").exclude(member__email__startswith=NAMED)
    return {"connections": [_seen(row) for row in rows]}


def _seen(row: Connection) -> dict[str, Any]:
    box = box_for(row.member)
    stored: list[tuple[str, str]] = []
    gone: list[str] = []
    references: dict[Any, str] = {}
    for record in Record.objects.filter(connection=row):
        body = json.loads(box.open(record, "sealed_body"))
        references[record.pk] = reference = f"{body['resourceType']}/{body['id']}"
        if record.gone_at:
            gone.append(reference)
        else:
            stored.append((reference, digest(body)))
    # Before any page is asked for: pages bring books up to date.
    books = _books(row, box)
    is_behind = any(map(projection.is_stale, Catalogue.objects.filter(connection=row)))
    runs = row.runs.newest_first()
    tokens = open_tokens(row, box) if row.sealed_tokens else None
    return {
        "id": str(row.pk),
        "member": row.member.email,
        "status": row.status,
        "ended_because": row.ended_because,
        "refresh_token": tokens.refresh_token if tokens else None,
        "stored": stored,
        "gone": gone,
        "booked": [[references.get(one.id, "nothing"), one.is_gone] for one in _all(books)],
        "current_claims": sum(one.is_current and not one.is_gone for one in books[CLAIM.name]),
        "billed": sorted(str(one.billed) for one in books[CLAIM.name] if not one.is_gone),
        "are_books_behind": is_behind,
        "listed": _listed(row.member),
        "are_books_the_same_again": _are_same_again(row, box),
        "strangers": _rows_of_others(row),
        "changes": list(row.changes.values_list("what", flat=True)),
        "runs": [
            {
                "state": run.state,
                "problem": run.problem,
                "created_at": run.created_at.isoformat(),
                "next_try_at": run.next_try_at.isoformat(),
                "steps": {
                    step.resource_type: [step.state, step.problem, step.received, step.misdirected]
                    for step in run.steps.all()
                },
            }
            for run in runs
        ],
    }


def _books(row: Connection, box: Box) -> dict[str, list[Any]]:
    """The entries of the sealed books as they stand, by kind."""
    found: dict[str, list[Any]] = {}
    for kind in kinds.kinds():
        if kind.is_shelved:
            books = Book.objects.filter(connection=row, shelf=kind.shelf(box))
            found[kind.name] = [one for book in books for one in entries_of(book, kind, box)]
    return found


def _all(books: dict[str, list[Any]]) -> list[Entry]:
    return [one for entries in books.values() for one in entries]


def _are_same_again(row: Connection, box: Box) -> bool:
    """Whether books say the same when they are thrown away and made again: nothing of this is stored.

    Call when a page has brought them up to date.
    """
    before = sorted(_all(_books(row, box)), key=lambda one: one.id)
    with transaction.atomic():
        projection.forget([row.pk])
        projection.project(row, box, now=timezone.now())
        again = sorted(_all(_books(row, box)), key=lambda one: one.id)
        transaction.set_rollback(True)
    return before == again


def _listed(member: Member) -> list[str]:
    """The claims on the pages of the list, as the member pages through it."""
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    found: list[str] = []
    path, seen = "/claims/", set[str]()
    while path and path not in seen:
        seen.add(path)
        page = client.get(path)
        assert page.status_code == 200, f"the list of claims answered {page.status_code}"
        text = page.content.decode()
        found += re.findall(r'href="([^"]+)" data-testid="claim-row"', text)
        older = re.search(r'rel="next" href="([^"]+)"', text)
        path = f"/claims/{html.unescape(older[1])}" if older else ""
    return found


def _rows_of_others(row: Connection) -> int:
    """Rows below this connection that belong to another member."""
    return sum(
        relation.related_model._base_manager.filter(**{relation.field.name: row})
        .exclude(member_id=row.member_id)
        .count()
        for relation in Connection._meta.related_objects
        if any(one.name == "member" for one in relation.related_model._meta.get_fields())
    )
