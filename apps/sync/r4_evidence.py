"""What a plan with invented people answers to every search, page, scope and mistake: counts, and nothing of a
person."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Final

import msgspec

from apps.connections import granted
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.connections.people import Reader
from apps.fhir.bundles import Resource
from apps.fhir.client import Client
from apps.fhir.conformance import departures
from apps.fhir.errors import FhirError, PlanBusy
from apps.fhir.tolerant import Unreadable
from apps.outbound.door import Answer
from apps.outbound.errors import ForOperators
from apps.plans.models import Plan
from apps.plans.registrations import INVENTED
from apps.records import kinds
from apps.sync.client_role import Listed, listed
from apps.sync.record_subject import is_about_another
from apps.sync.search_trial import Door, client_of, pages_of, try_all
from apps.sync.searches import ends_search, forms_of
from config.fhir_types import EVERY, PERSON, Form, asked_types, fhir_types, main_type, person_type

MOST_PAGES: Final = 50
NO_PROFILE: Final = "none named"
OTHER_PROFILE: Final = "another"


class NotHere(ForOperators):
    """Evidence is not gathered at this plan. `sentence` is for the operator."""


@dataclass
class Seen:
    """Of one type and profile: how many records came, keep to R4 strictly, and are shown to a member."""

    came: int = 0
    strict: int = 0
    shown: int = 0


@dataclass
class Gathered:
    """All that was seen. Names of types, profiles that we know, parameters, statuses and counts; no value."""

    searches: list[dict[str, Any]] = field(default_factory=list)
    types: dict[tuple[str, str], Seen] = field(default_factory=dict)
    probes: list[dict[str, Any]] = field(default_factory=list)
    scopes: dict[str, Any] = field(default_factory=dict)
    noted: set[str] = field(default_factory=set)
    """Which records are counted; kept nowhere."""

    def note(self, resource: Resource) -> None:
        """Count a record that came, once, however many searches bring it."""
        if resource.identity in self.noted:
            return
        self.noted.add(resource.identity)
        seen = self.types.setdefault((resource.type, _profile(resource)), Seen())
        seen.came += 1
        seen.strict += departures(resource.type, resource.body, of_any=True) == 0
        seen.shown += _is_shown(resource)

    def as_json(self) -> dict[str, Any]:
        """The same as plain data, types in the order of their names."""
        asked = Counter(row["type"] for row in self.searches if row["status"] is not None)
        types = [
            {"type": type, "profile": profile, "asked": asked[type], **vars(seen)}
            for (type, profile), seen in sorted(self.types.items())
        ]
        return {"searches": self.searches, "types": types, "probes": self.probes, "scopes": self.scopes}


def connection_for(plan: Plan) -> Connection:
    """Return the newest connection at a plan that is marked as one of invented people; raise NotHere."""
    if plan.registration is None or plan.registration.environment not in INVENTED:
        raise NotHere("Its registration is not marked demo or sandbox: only invented people are evidence.")
    rows = Connection.objects.usable().filter(plan=plan).select_related("plan", "member")
    row = rows.order_by("-connected_at", "id").first()
    if row is None:
        raise NotHere("Nobody is connected to it: connect one of its invented people first.")
    return row


@dataclass(frozen=True)
class Anybody:
    """Asks as no member: without a token, or with one that nobody gave out."""

    reader: Reader
    token: str | None

    def ask(self, url: str, form: str | None = None) -> Answer:
        """Return the plan's answer; raise OutboundError."""
        return self.reader.ask(url, access_token=self.token, form=form)


def gather(connection: Connection, *, clock: Callable[[], datetime]) -> Gathered:
    """Ask everything through this connection. Raises AccessProblem; speaks to the network."""
    gathered, bringing = Gathered(scopes=_scopes(connection)), dict[str, Listed]()
    searches = _searches(connection)
    for tried in try_all(connection=connection, clock=clock, searches=searches, note=gathered.note):
        gathered.searches.append(
            {
                "type": tried.search.kind,
                "search": str(tried.search),
                "status": tried.status,
                "entries": tried.entries,
                "found": tried.has_found,
                "said": tried.problem or tried.note,
            }
        )
        if tried.search.is_of_all and tried.has_found and tried.entries:
            bringing.setdefault(tried.search.kind, tried.search)
    access = Access(connection, clock=clock, may_end=False)  # whatever is answered to what nobody asks
    client, door = client_of(connection, access, now=clock())
    gathered.probes += [paging(client, door, search, access.patient_id) for search in bringing.values()]
    gathered.probes += _without_scope(client, door, connection, access.patient_id)
    gathered.probes += probes(client, door, access.patient_id)
    if _read(client, door, f"{person_type()}/{access.patient_id}")["status"] == 401:
        gathered.probes.clear()  # of a token that died meanwhile all was refused, which proves nothing
    gathered.probes += _without_token(connection, access.patient_id, now=clock())
    return gathered


def _searches(connection: Connection) -> tuple[Listed, ...]:
    """Those of CARIN Blue Button, and all of each type in every form that updates ask by."""
    limits = granted.limits_of(connection.scopes_granted)
    names = sorted(name for name in asked_types(EVERY) if name != person_type())
    of_all = (_of_all(name, form) for name in names for form in forms_of(name, limits))
    return tuple({str(search): search for search in (*listed(), *of_all)}.values())


def _of_all(kind: str, form: Form) -> Listed:
    """Return a form as a search: what it names beside the person, without the values."""
    parts = [part for search in form for part in search.split("&") if part]
    names = [part if PERSON in part else part.partition("=")[0] for part in parts]
    person = () if any(PERSON in part for part in parts) else ("patient",)
    return Listed(kind, tuple(dict.fromkeys((*person, *names))), form=form)


def _scopes(connection: Connection) -> dict[str, Any]:
    """Which of the scopes we asked for were given; what else a server names is counted, not repeated."""
    asked, granted = connection.scopes_asked.split(), connection.scopes_granted.split()
    others = len(set(granted) - set(asked))
    return {"asked": asked, "given": [scope for scope in asked if scope in granted], "others": others}


def paging(client: Client, door: Door, search: Listed, patient_id: str) -> dict[str, Any]:
    """Page by page two records at once: each once in a search, and of nobody else."""
    pages, searches, ids, strangers, said = 0, 0, Counter[tuple[int, str]](), 0, ""
    try:
        for page in islice(pages_of(client, search, {"patient": patient_id}, page_size=2), MOST_PAGES):
            pages += 1
            ids.update((searches, record.identity) for record in page.resources if record.type == search.kind)
            strangers += sum(is_about_another(resource, patient_id=patient_id) for resource in page.resources)
            searches += ends_search(page)
    except FhirError as error:
        said = error.code
    repeated = sum(ids.values()) - len(ids)
    return {
        "asked": f"{search.kind} in pages of two, up to {MOST_PAGES} of them",
        "status": door.status,
        "pages": pages,
        "entries": sum(ids.values()),
        "well": bool(pages) and not (said or repeated or strangers),
        "said": said or (f"{repeated} came twice" if repeated else ""),
    }


def _without_scope(
    client: Client, door: Door, connection: Connection, patient_id: str
) -> Iterator[dict[str, Any]]:
    """Each type that the permission does not cover, which no update asks for: it must bring nothing."""
    covered = granted.readable(connection.scopes_granted, asked=connection.scopes_asked)
    for name in sorted(asked_types(EVERY)):
        if not granted.may_read(covered, name):
            row = _asked(client, door, name, {"patient": patient_id})
            yield row | {"asked": f"{name}, for which no scope was given", "well": _brings_nothing(row)}


def probes(client: Client, door: Door, patient_id: str) -> Iterator[dict[str, Any]]:
    """What must bring nothing: a stranger, what is not there, nonsense."""
    main, nobody = main_type(), f"plainclaim-{uuid.uuid4()}"
    stranger = _asked(client, door, main, {"patient": nobody})
    yield stranger | {"asked": f"{main} of a patient who is not there", "well": _brings_nothing(stranger)}
    odd = _asked(client, door, main, {"patient": patient_id, "plainclaim-no-parameter": "1"})
    yield odd | {"asked": "a parameter that no server knows", "well": odd["status"] in {200, 400}}
    none = _asked(client, door, "NoSuchType", {"patient": patient_id})
    is_refused = _brings_nothing(none) and none["status"] != 200
    yield none | {"asked": "a type that FHIR has not", "well": is_refused}
    yield _read(client, door, f"{person_type()}/{nobody}")


def _without_token(connection: Connection, patient_id: str, *, now: datetime) -> Iterator[dict[str, Any]]:
    """Without a token, and with one that nobody gave out: 401, by which we know that ours ended."""
    tokens = {"no token": None, "a token that nobody gave out": f"plainclaim-{uuid.uuid4()}"}
    for asked, token in tokens.items():
        client, door = client_of(connection, Anybody(Reader(connection.plan), token), now=now)
        row = _asked(client, door, main_type(), {"patient": patient_id})
        yield row | {"asked": asked, "well": _brings_nothing(row) and row["status"] == 401}


def _brings_nothing(row: dict[str, Any]) -> bool:
    """Whether a server that was neither busy nor in trouble answered without a record."""
    return (
        not row["entries"]
        and row["status"] is not None
        and row["status"] < 500
        and row["said"] != PlanBusy.code
    )


def _asked(client: Client, door: Door, type: str, parameters: dict[str, str]) -> dict[str, Any]:
    door.status = None
    try:
        page = next(iter(client.search(type, parameters)), None)
    except FhirError as error:
        return {"status": door.status or error.status, "entries": 0, "said": error.code}
    return {"status": door.status, "entries": len(page.resources) if page else 0, "said": ""}


def _read(client: Client, door: Door, reference: str) -> dict[str, Any]:
    door.status, said = None, ""
    try:
        client.read(reference)
    except FhirError as error:
        said = error.code
    row = {"status": door.status, "entries": int(not said), "said": said}
    return row | {"asked": "a person who is not there", "well": _brings_nothing(row)}


def _profile(resource: Resource) -> str:
    """The profile a record names, where it is one that we know; else only that there is another."""
    try:
        meta = msgspec.json.decode(resource.body).get("meta")
        named = [str(url).partition("|")[0] for url in (meta or {}).get("profile") or []]
    except (msgspec.MsgspecError, AttributeError, TypeError):
        named = []
    ours = fhir_types()[resource.type].profiles if resource.type in fhir_types() else ()
    named_profiles = [url for url in ours if url in named]
    return named_profiles[0] if named_profiles else OTHER_PROFILE if named else NO_PROFILE


def _is_shown(resource: Resource) -> bool:
    """Whether a reader of ours makes something of it that a page shows."""
    for kind in kinds.of_type(resource.type):
        try:
            content = kind.open(resource.body)
            if kind.holds(content):
                kind.record(content, {})
                return True
        except Unreadable:
            continue
    return False
