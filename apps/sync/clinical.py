"""The clinical half of a connection: how each type of it stands, agreeing to it, and ending it alone."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Final

from django.db import transaction
from django.db.models import Count, Q

from apps.accounts import session_lives
from apps.connections import granted
from apps.connections.models import Connection
from apps.fhir.errors import NoneFound
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled, listed
from apps.plans.scopes import shares_clinical
from apps.records import activity, kinds, mirror, projection, remarks
from apps.records.models import EarlierVersion, Record
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.sync import actions
from apps.sync.models import SyncMark, SyncStep, WantedRecord
from apps.sync.models.runs import LOOKED_AT, NOT_THE_PLANS, met_of
from apps.vault import boxes
from apps.vault.boxes import Box, box_for
from apps.vault.errors import VaultError
from config.fhir_types import CLINICAL, fhir_types, naming_types

MOST_READ: Final = 200_000
"""Records that are read to tell whom they name, while the member waits: measured at 0.03 ms for one of 15 KB.

Of more, whom clinical records named stays too, until the connection is erased.
"""
REFERENCE: Final = re.compile(
    rb'"reference"\s*:\s*"(?:[^"]*/)?([A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64})(?:/_history/[^"]*)?"'
)
STATES: Final = {
    "records": said("Your plan sent these"),
    "closed": said("Whether your plan sent any is not told while somebody’s records are kept closed"),
    "empty": said("Your plan answered and sent none. That does not mean that you have none."),
    "not_yet": said("Not asked for yet"),
    "trouble": said("Could not be read this time; we try again"),
    "not_allowed": said(
        "The permission that your plan gave does not include these, so we did not ask. Perhaps you left them "
        "out before its sign-in or at it, perhaps your plan did."
    ),
    "refused": said("Your plan refused to give these to us"),
    "not_offered": said("Your plan does not offer these"),
}
"""How a type stands at a connection, in a member's words; of types with one name the first state is told."""
PART: Final = said("{name}: {categories}")


@dataclass(frozen=True, slots=True)
class Group:
    """The types that stand alike: the state's code and words, and what they are called, with numbers."""

    code: str
    words: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Half:
    """What a connection's page says of clinical records."""

    is_agreed: bool
    is_offered: bool
    """Whether the member may still say yes: nobody knows that the plan has none."""
    groups: tuple[Group, ...]
    number: int
    """Clinical records that are here and may show, whatever was agreed to since."""
    keeps_closed: bool = False
    """Whether records of somebody of whom nothing shows may be here too: no number tells of them."""


def half_of(connection: Connection) -> Half:
    """Return how the clinical half of a connection stands, as far as it may show. A dozen small queries."""
    library = Library(connection.member, box_for(connection.member), is_unfolded=True)
    numbers, keeps_closed = shown(library, connection), library.household.names_closed(connection.pk)
    is_agreed = connection.clinical_since is not None
    states = _states(connection, numbers, keeps_closed=keeps_closed) if is_agreed else {}
    return Half(
        is_agreed=is_agreed,
        is_offered=not is_agreed and connection.is_active and shares_clinical(connection.plan.quirks),
        groups=grouped(states, numbers, parts_left_out(connection) if is_agreed else {}),
        number=sum(numbers.values()),
        keeps_closed=keeps_closed,
    )


def shown(library: Library, connection: Connection) -> dict[str, int]:
    """Count the clinical records of a connection by type: where some may not show, those in books that do."""
    rows = Record.objects.filter(connection=connection, fhir_type__in=fhir_types(CLINICAL))
    if not library.household.names_closed(connection.pk):
        return dict(rows.values_list("fhir_type").annotate(number=Count("pk")).order_by("fhir_type"))
    care = (kind for kind in kinds.kinds() if kind.is_clinical and kind.is_shelved)
    volumes = (volume for kind in care for volume in library.volumes(kind) if volume.plan == connection.pk)
    ids = {entry.id for volume in volumes for entry in volume.open()}
    return dict(Counter(name for pk, name in rows.values_list("pk", "fhir_type") if pk in ids))


def grouped(
    states: Mapping[str, str],
    numbers: Mapping[str, int],
    parts: Mapping[str, Sequence[tuple[str, frozenset[str]]]],
) -> tuple[Group, ...]:
    """Return the states that occur, in the order of `STATES`, each with the names of its types; pure.

    *parts* are categories of types of which a permission covers others only, by their state.
    """
    types, best, counts = fhir_types(CLINICAL), dict[str, str](), Counter[str]()
    order = list(STATES)
    for fhir_type, state in states.items():
        name = types[fhir_type].granted or types[fhir_type].purpose.what
        best[name] = min(best.get(name, state), state, key=order.index)
        counts[name] += numbers.get(fhir_type, 0)
    groups = {
        code: (
            *(_named(name, counts[name]) for name in best if best[name] == code),
            *(name_of_part(*part) for part in parts.get(code, ())),
        )
        for code in STATES
    }
    return tuple(Group(code, _(STATES[code]), names) for code, names in groups.items() if names)


def parts_left_out(connection: Connection) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return by state what of partly covered types is missing: pairs of type and categories.

    What was asked for and not granted is not in the permission, whoever left it out: no answer tells whether
    the person did or the plan. What was not asked for, because the plan has scopes for other categories only,
    is not offered.
    """
    left: dict[str, list[tuple[str, frozenset[str]]]] = {"not_allowed": [], "not_offered": []}
    types = fhir_types(CLINICAL)
    for name, allowed in granted.limits_of(connection.scopes_granted).items():
        parts = frozenset(code for code, _words in types[name].categories)
        asked = granted.limits(connection.scopes_asked, name)
        wanted = parts if asked is None else asked
        for state, categories in (
            ("not_allowed", wanted - allowed),
            ("not_offered", parts - wanted - allowed),
        ):
            if categories:
                left[state].append((name, categories))
    return left


def name_of_part(fhir_type: str, categories: frozenset[str]) -> str:
    """Return what some categories of a type are called: "Health problems and diagnoses: health concerns"."""
    clinical_type = fhir_types(CLINICAL)[fhir_type]
    name_of = dict(clinical_type.categories)
    order = [*name_of, *sorted(categories - name_of.keys())]
    words = [_(name_of[code]) if code in name_of else code for code in order if code in categories]
    return filled(_(PART), name=_(clinical_type.granted), categories=listed(words))


def covers(connection: Connection) -> bool:
    """Whether the permission at hand lets us read clinical records, as far as the plan said."""
    kinds = granted.readable(connection.scopes_granted, asked=connection.scopes_asked)
    return any(
        granted.may_read(kinds, name)
        for name, clinical_type in fhir_types(CLINICAL).items()
        if clinical_type.granted
    )


def agree(*, connection: Connection, now: datetime) -> None:
    """Note that the member said yes to clinical records too, and ask for them where the plan allows it.

    Raises `actions.WaitsForAYes` where that has to wait.
    """
    with transaction.atomic():
        session_lives.hold_member(connection.member_id)  # a trip that comes back would take it away
        rows = Connection.objects.filter(pk=connection.pk, clinical_since=None)
        rows.filter(status=Connection.Status.ACTIVE).update(clinical_since=now)
        connection.refresh_from_db(fields=["clinical_since", "status"])
    if connection.is_active and covers(connection):
        actions.start(connection=connection, now=now)


def end(*, connection: Connection, erase: bool) -> int:
    """Ask for no clinical records any more, and *erase* those that are here; return how many went.

    Claims and coverage go on as before. Safe to repeat; a run under way finds it out before its next page.
    """
    with transaction.atomic():
        session_lives.hold_member(connection.member_id)  # a trip that comes back would bring it again
        rows = Connection.objects.select_for_update(of=("self",)).select_related("member")
        row = rows.filter(pk=connection.pk).first()
        if row is None:
            return 0
        Connection.objects.filter(pk=row.pk).update(clinical_since=None)
        row.member.handshakes.filter(plan=row.plan_id).update(with_clinical=False)  # nor does a renewal
        if not erase:
            return 0
        number = Record.objects.filter(connection=row, fhir_type__in=fhir_types(CLINICAL)).delete()[1]
        SyncMark.objects.filter(connection=row, resource_type__in=fhir_types(CLINICAL)).delete()
        SyncStep.objects.filter(run__connection=row, resource_type__in=fhir_types(CLINICAL)).delete()
        _forget_wanted(row)
        _forget_unnamed(row)
        _forget_said(row)
        # Files that were prepared of these records hold them too, and so may one in the making.
        exports = row.member.exports
        exports.filter(Q(pieces__connection=row) | Q(state__in=exports.model.ACTIVE_STATES)).delete()
        projection.forget([row.pk])
    return number.get(Record._meta.label, 0)


def _forget_said(connection: Connection) -> None:
    """Forget what the member did with clinical records: each of it tells that there was one."""
    member, box = connection.member, box_for(connection.member)
    remarks.forget(connection, box, Topic.SEEN, Topic.UNJOINED)
    if not member.records.filter(fhir_type__in=fhir_types(CLINICAL)).exists():
        activity.forget_clinical(member, box)


def _forget_wanted(connection: Connection) -> None:
    """Forget whom clinical records referred to, as far as that is clinical itself: medicines."""
    box = box_for(connection.member)
    rows = WantedRecord.objects.filter(connection=connection).only("id", "member_id", "sealed_reference")
    WantedRecord.objects.filter(pk__in=[row.pk for row in rows if _is_clinical(row, box)]).delete()


def _forget_unnamed(connection: Connection) -> None:
    """Forget the people and places that nothing names any more; all stay where a record does not open.

    One record at a time is in memory, besides the people and places.
    """
    box, rows = box_for(connection.member), Record.objects.filter(connection=connection)
    earlier = EarlierVersion.objects.filter(record__connection=connection)
    others, naming = rows.exclude(fhir_type__in=naming_types()), rows.filter(fhir_type__in=naming_types())
    versions = earlier.exclude(record__fhir_type__in=naming_types())
    if others.count() + versions.count() > MOST_READ:
        return
    named, new = set[bytes](), set[bytes]()
    for row in chain[Record | EarlierVersion](others.iterator(), versions.iterator()):
        text = mirror.opened(box, row)
        if text is None:
            return
        new |= _named_in(text, box)
    roles = {bytes(row.source_key): mirror.opened(box, row) for row in naming.iterator()}
    if None in roles.values():
        return
    while new:
        named |= new
        new = {key for role in new for key in _named_in(roles.get(role) or b"", box)} - named
    naming.exclude(source_key__in=named).delete()
    WantedRecord.objects.filter(connection=connection).exclude(source_key__in=named).delete()


def _named_in(text: bytes, box: Box) -> set[bytes]:
    """Return the source keys of what a record's JSON refers to, at whatever address."""
    references = REFERENCE.findall(text.replace(b"\\/", b"/"))
    return {boxes.source_key(box, reference.decode()) for reference in set(references)}


def _is_clinical(row: WantedRecord, box: Box) -> bool:
    try:
        return box.open(row, "sealed_reference").decode().partition("/")[0] in fhir_types(CLINICAL)
    except VaultError:
        return True


def _states(connection: Connection, numbers: Mapping[str, int], *, keeps_closed: bool) -> dict[str, str]:
    """Return how each type that is asked for stands, by what updates met; others, where any came."""
    runs = connection.runs.newest_first().values("pk")[:LOOKED_AT]
    steps = SyncStep.objects.filter(run__in=list(runs.values_list("pk", flat=True)))
    steps_told = [
        step for step in steps.order_by("run__created_at") if step.state in SyncStep.OVER or step.problem
    ]
    newest = {step.resource_type: step for step in steps_told if step.resource_type in fhir_types(CLINICAL)}
    roles = {name: clinical_type.role for name, clinical_type in fhir_types(CLINICAL).items()}
    states = {
        name: _state(newest.get(name), keeps_closed=keeps_closed)
        for name, role in roles.items()
        if role == "records"
    }
    came = (name for name, role in roles.items() if role in ("records", "unasked") and numbers.get(name))
    return states | dict.fromkeys(came, "records")


def _state(step: SyncStep | None, *, keeps_closed: bool) -> str:
    if step is None:
        return "not_yet"
    if step.state == SyncStep.State.REFUSED and step.problem in NOT_THE_PLANS:
        return "not_yet" if step.problem == granted.NotConsented.code else "not_allowed"
    met = "empty" if step.problem == NoneFound.code else met_of(step)
    if keeps_closed and met in ("records", "empty"):
        return "closed"
    return met if met in ("refused", "not_offered", "empty") else "trouble"


def _named(name: str, number: int) -> str:
    return f"{_(name)} ({number:,})" if number else _(name)
