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

from apps.connections.access import Access
from apps.connections.models import Connection
from apps.fhir.bundles import Resource
from apps.fhir.client import Client
from apps.fhir.conformance import departures
from apps.fhir.errors import FhirError
from apps.fhir.tolerant import Unreadable
from apps.outbound.errors import ForOperators
from apps.plans.models import Plan
from apps.plans.registrations import INVENTED
from apps.records import kinds
from apps.sync.client_role import Listed, listed
from apps.sync.record_subject import is_about_another
from apps.sync.search_trial import Door, client_of, try_all
from config.fhir_types import EVERY, asked_types, fhir_types, main_type, person_type

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

    def note(self, resource: Resource) -> None:
        """Count a record that came, once for each search that brought it."""
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


def gather(connection: Connection, *, clock: Callable[[], datetime]) -> Gathered:
    """Ask everything through this connection. Raises AccessProblem; speaks to the network."""
    gathered = Gathered(scopes=_scopes(connection))
    for tried in try_all(connection=connection, clock=clock, searches=_searches(), note=gathered.note):
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
    access = Access(connection, clock=clock)
    client, door = client_of(connection, access, now=clock())
    gathered.probes += _probes(client, door, access.patient_id)
    return gathered


def _searches() -> tuple[Listed, ...]:
    """Those of CARIN Blue Button, and each further type by the person alone."""
    kinds_listed = {search.kind for search in listed()}
    further = sorted(
        name for name in asked_types(EVERY) if name not in kinds_listed and name != person_type()
    )
    return (*listed(), *(Listed(name, ("patient",)) for name in further))


def _scopes(connection: Connection) -> dict[str, Any]:
    """Which of the scopes we asked for were given; what else a server names is counted, not repeated."""
    asked, granted = connection.scopes_asked.split(), connection.scopes_granted.split()
    others = len(set(granted) - set(asked))
    return {"asked": asked, "given": [scope for scope in asked if scope in granted], "others": others}


def _probes(client: Client, door: Door, patient_id: str) -> Iterator[dict[str, Any]]:
    """Paging to the end one by one, and what must bring nothing: a stranger, what is not there, nonsense."""
    main, nobody = main_type(), f"plainclaim-{uuid.uuid4()}"
    yield _paging(client, door, main, patient_id)
    stranger = _asked(client, door, main, {"patient": nobody})
    stranger |= {"asked": f"{main} of a patient who is not there", "well": not stranger["entries"]}
    yield stranger
    odd = _asked(client, door, main, {"patient": patient_id, "plainclaim-no-parameter": "1"})
    yield odd | {"asked": "a parameter that no server knows", "well": odd["status"] in {200, 400}}
    none = _asked(client, door, "NoSuchType", {"patient": patient_id})
    yield none | {"asked": "a type that FHIR has not", "well": not none["entries"] and none["status"] != 200}
    yield _read(client, door, f"{person_type()}/{nobody}")


def _paging(client: Client, door: Door, type: str, patient_id: str) -> dict[str, Any]:
    pages, ids, strangers, said = 0, Counter[str](), 0, ""
    try:
        for page in islice(client.search(type, {"patient": patient_id}, page_size=2), MOST_PAGES):
            pages += 1
            ids.update(resource.identity for resource in page.resources if resource.type == type)
            strangers += sum(is_about_another(resource, patient_id=patient_id) for resource in page.resources)
    except FhirError as error:
        said = error.code
    repeated = sum(ids.values()) - len(ids)
    return {
        "asked": f"{type} in pages of two, to the last",
        "status": door.status,
        "pages": pages,
        "entries": sum(ids.values()),
        "well": bool(pages) and not (said or repeated or strangers),
        "said": said or (f"{repeated} came twice" if repeated else ""),
    }


def _asked(client: Client, door: Door, type: str, parameters: dict[str, str]) -> dict[str, Any]:
    door.status = None
    try:
        page = next(iter(client.search(type, parameters)), None)
    except FhirError as error:
        return {"status": door.status or error.status, "entries": 0, "said": error.code}
    return {"status": door.status, "entries": len(page.resources) if page else 0, "said": ""}


def _read(client: Client, door: Door, reference: str) -> dict[str, Any]:
    door.status = None
    try:
        client.read(reference)
        said, well = "", False
    except FhirError as error:
        said, well = error.code, True
    return {
        "asked": "a person who is not there",
        "status": door.status,
        "entries": 0,
        "well": well,
        "said": said,
    }


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
