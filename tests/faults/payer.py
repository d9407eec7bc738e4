"""A strict payer on loopback: single-use refresh tokens, opaque cursors, faults by the page."""

import base64
import copy
import hashlib
import json
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.faults.records import Json, a_person
from tests.wire import Reply, as_json, serving

CLIENT_ID, CLIENT_SECRET = "plainclaim-faults", "a-secret-of-the-faults"
FHIR = "/fhir/r4"


@dataclass(frozen=True)
class Asked:
    """One request: `part` is token, refresh, smart, or a FHIR type; `page` counts from 1 within a search."""

    part: str
    path: str
    query: dict[str, list[str]]
    token: str
    page: int = 0


@dataclass
class Fault:
    """What happens to the next *times* requests for *part* (and *page*, where given): *do* makes the answer.

    *do* gets the good answer, made only when it is asked for; so a fault may also leave the payer untouched.
    """

    part: str
    do: "Callable[[Callable[[], Reply]], Reply]"
    page: int | None = None
    times: int = 1

    def fits(self, asked: Asked) -> bool:
        """Whether this request meets the fault."""
        return self.times > 0 and asked.part == self.part and self.page in (None, asked.page)


@dataclass
class Family:
    """All tokens of one consent."""

    patient: str
    refresh: str = ""
    spent: set[str] = field(default_factory=set)
    is_alive: bool = True
    is_used: bool = False
    """Whether the newest tokens came to their owner: one of them was shown since."""


@dataclass
class Memory:
    """What the payer knows; copied as a whole to go back to an earlier moment."""

    people: dict[str, dict[str, Json]] = field(default_factory=dict)  # by patient id, then Type/id
    families: list[Family] = field(default_factory=list)
    access: dict[str, str] = field(default_factory=dict)  # access token -> patient id
    newest: dict[str, Family] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    cursors: dict[str, tuple[str, dict[str, list[str]]]] = field(default_factory=dict)
    snapshots: dict[str, list[str]] = field(default_factory=dict)
    reused: int = 0
    misused: int = 0
    """Of those reused, how many although the tokens that replaced them had come to their owner."""
    refreshed: int = 0
    revoked: int = 0
    clock: int = 0


@dataclass
class Payer:
    """The payer; tests change its fields and add to `faults`."""

    origin: str = ""
    memory: Memory = field(default_factory=Memory)
    faults: list[Fault] = field(default_factory=list)
    page_size: int = 3
    asked: list[Asked] = field(default_factory=list)
    before: Callable[[Asked], None] | None = None
    wrap_bundle: Callable[[Json, Asked], Json] | None = None
    signs_in_as: str = "p-1"
    life_seconds: int = 3600
    lock: threading.RLock = field(default_factory=threading.RLock)

    @property
    def base_url(self) -> str:
        """The FHIR base."""
        return f"{self.origin}{FHIR}"

    def seen(self) -> Counter[str]:
        """How often each part was asked."""
        return Counter(each.part for each in self.asked)

    def keep(self) -> Memory:
        """A copy of all it knows."""
        with self.lock:
            return copy.deepcopy(self.memory)

    def go_back_to(self, kept: Memory) -> None:
        """Know what it knew then; faults and what was asked are forgotten."""
        with self.lock:
            self.memory = copy.deepcopy(kept)
            self.faults, self.asked, self.before, self.wrap_bundle = [], [], None, None

    def settle_in(self, patient: str, *, claims: int) -> None:
        """Have a person with so many claims."""
        self.memory.people[patient] = a_person(patient, claims=claims)

    def change(self, patient: str, reference: str, /, **values: Any) -> None:
        """Change or add a record, as a new version of now."""
        with self.lock:
            self.memory.clock += 1
            known = self.memory.people[patient].get(reference, {})
            version = int(known.get("meta", {}).get("versionId", "0")) + 1
            at = (datetime.now(UTC) + timedelta(milliseconds=self.memory.clock)).isoformat()
            meta = {"versionId": str(version), "lastUpdated": at}
            type_, _, id_ = reference.partition("/")
            self.memory.people[patient][reference] = {
                "resourceType": type_, "id": id_, **known, **values, "meta": meta,
            }  # fmt: skip

    def drop(self, patient: str, reference: str) -> None:
        """Have a record no more."""
        with self.lock:
            del self.memory.people[patient][reference]

    def forget_access(self) -> None:
        """Every access token is refused from now on; refresh tokens live."""
        with self.lock:
            self.memory.access.clear()

    def expire_cursors(self) -> None:
        """Every `next` link that was given is dead."""
        with self.lock:
            self.memory.cursors.clear()

    def living_refresh(self, patient: str) -> str | None:
        """The one refresh token that would be taken now, None when the permission is over."""
        alive = [one for one in self.memory.families if one.patient == patient and one.is_alive]
        return alive[-1].refresh if alive else None

    def reply(self, _method: str, target: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Answer one request; faults that fit come first."""
        url = urlsplit(target)
        query = parse_qs(url.query, keep_blank_values=True)
        form = {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        with self.lock:
            asked = Asked(_part(url.path, form), url.path, query, token, self._page_of(url.path, query))
            self.asked.append(asked)
            if self.before is not None:
                self.before(asked)

            def good() -> Reply:
                return self._good(asked, form, url.query)

            for fault in self.faults:
                if fault.fits(asked):
                    fault.times -= 1
                    return fault.do(good)
            return good()

    def _good(self, asked: Asked, form: dict[str, str], query: str) -> Reply:
        if asked.part == "smart":
            return as_json(self._configuration())
        if asked.part == "authorize":
            return self._authorize(dict(parse_qsl(query)))
        if asked.part in ("token", "refresh"):
            return self._token(form)
        if asked.part == "revoke":
            self.memory.revoked += 1
            for family in self.memory.families:
                family.is_alive = family.is_alive and form.get("token") != family.refresh
            return as_json({})
        patient = self.memory.access.get(asked.token)
        if patient is None or not asked.path.startswith(FHIR):
            return outcome(404 if patient else 401, "login")
        self.memory.newest[asked.token].is_used = True
        return self._fhir(asked, patient)

    def _configuration(self) -> Json:
        return {
            "authorization_endpoint": f"{self.origin}/authorize",
            "token_endpoint": f"{self.origin}/token",
            "revocation_endpoint": f"{self.origin}/revoke",
            "code_challenge_methods_supported": ["S256"],
            "capabilities": ["launch-standalone", "client-confidential-symmetric", "permission-offline"],
            "grant_types_supported": ["authorization_code"],
        }

    def _authorize(self, asked: dict[str, str]) -> Reply:
        """Play the member who says yes at once."""
        code = secrets.token_urlsafe(16)
        self.memory.codes[code] = asked | {"patient": self.signs_in_as}
        where = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
        return Reply(b"", 302, {"Location": where})

    def _token(self, form: dict[str, str]) -> Reply:
        if form.get("grant_type") == "refresh_token":
            return self._refresh(form.get("refresh_token", ""))
        begun = self.memory.codes.pop(form.get("code", ""), None)
        if begun is None or _challenge(form.get("code_verifier", "")) != begun.get("code_challenge"):
            return as_json({"error": "invalid_grant"}, 400)
        family = Family(begun["patient"])
        self.memory.families.append(family)
        return self._grown(family)

    def _refresh(self, secret: str) -> Reply:
        for family in self.memory.families:
            if secret == family.refresh and family.is_alive:
                family.spent.add(secret)
                family.is_used = False
                self.memory.refreshed += 1
                return self._grown(family)
            if secret in family.spent:  # used twice: the whole permission ends (RFC 9700 section 4.14.2)
                self.memory.reused += 1
                self.memory.misused += family.is_used
                family.is_alive = False
                self.memory.access = {
                    token: whose for token, whose in self.memory.access.items() if whose != family.patient
                }
        return as_json({"error": "invalid_grant"}, 400)

    def _grown(self, family: Family) -> Reply:
        access, family.refresh = f"at-{secrets.token_urlsafe(24)}", f"rt-{secrets.token_urlsafe(24)}"
        self.memory.access[access] = family.patient
        self.memory.newest[access] = family
        return as_json(
            {
                "access_token": access,
                "refresh_token": family.refresh,
                "token_type": "Bearer",
                "expires_in": self.life_seconds,
                "scope": "launch/patient patient/*.read offline_access",
                "patient": family.patient,
            }
        )

    def _fhir(self, asked: Asked, patient: str) -> Reply:
        records = self.memory.people[patient]
        reference = asked.path.removeprefix(f"{FHIR}/")
        if "/" in reference:
            found = records.get(reference)
            return as_json(found) if found else outcome(404, "not-found")
        kind, query = reference, asked.query
        offset = int(query.get("offset", ["0"])[0])
        if "cursor" in query:
            if query["cursor"][0] not in self.memory.cursors:
                return outcome(410, "expired")
            kind, query = self.memory.cursors[query["cursor"][0]]
        if query.get("patient", [patient])[0].removeprefix("Patient/") != patient:
            return outcome(403, "forbidden")
        hits = [each for each in records.values() if each["resourceType"] == kind and _fits(each, query)]
        cursor = asked.query.get("cursor", [secrets.token_urlsafe(9)])[0]
        self.memory.cursors[cursor] = (kind, query)
        keys = self.memory.snapshots.setdefault(cursor, [each["id"] for each in hits])
        hits = [one for key in keys if (one := records.get(f"{kind}/{key}"))]
        size = min(int(query.get("_count", ["100"])[0]), self.page_size)
        links = [{"relation": "self", "url": f"{self.base_url}/{kind}"}]
        if offset + size < len(hits):
            further = urlencode({"cursor": cursor, "offset": offset + size})
            links.append({"relation": "next", "url": f"{self.base_url}/{kind}?{further}"})
        bundle: Json = {
            "resourceType": "Bundle",
            "type": "searchset",
            "total": len(hits),
            "link": links,
            "entry": [{"resource": each} for each in hits[offset : offset + size]],
        }
        return as_json(self.wrap_bundle(bundle, asked) if self.wrap_bundle else bundle)

    def _page_of(self, path: str, query: dict[str, list[str]]) -> int:
        return int(query.get("offset", ["0"])[0]) // self.page_size + 1 if path.startswith(FHIR) else 0


def outcome(status: int, code: str) -> Reply:
    """Return an OperationOutcome."""
    issue = {"severity": "error", "code": code, "diagnostics": "member p-1: canary-diagnostics"}
    return as_json({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def _part(path: str, form: dict[str, str]) -> str:
    if path.endswith("/.well-known/smart-configuration"):
        return "smart"
    if path.startswith(f"{FHIR}/"):
        return path.removeprefix(f"{FHIR}/").partition("/")[0]
    if path == "/token":
        return "refresh" if form.get("grant_type") == "refresh_token" else "token"
    return path.strip("/") or "root"


def _fits(resource: Json, query: dict[str, list[str]]) -> bool:
    ids = query.get("_id")
    if ids and resource["id"] not in ids[0].split(","):
        return False
    return all(_is_updated(resource, wanted) for wanted in query.get("_lastUpdated", [])) and all(
        _is_served(resource, wanted) for wanted in query.get("service-date", [])
    )


def _is_updated(resource: Json, wanted: str) -> bool:
    """FHIR R4 search, prefixes of dates: ge, gt, le, lt."""
    at, limit = (datetime.fromisoformat(text) for text in (resource["meta"]["lastUpdated"], wanted[2:]))
    return {"ge": at >= limit, "gt": at > limit, "le": at <= limit, "lt": at < limit}[wanted[:2]]


def _is_served(resource: Json, wanted: str) -> bool:
    """Whether it was served from a day on (`ge`) or before it (`lt`); what has no date was served never."""
    start = resource.get("billablePeriod", {}).get("start")
    return start is not None and (start >= wanted[2:] if wanted.startswith("ge") else start < wanted[2:])


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@contextmanager
def a_payer(*, claims: int = 8) -> Iterator[Payer]:
    """Run a payer that knows p-1, who has so many claims, and p-2, a stranger."""
    payer = Payer()
    payer.settle_in("p-1", claims=claims)
    payer.settle_in("p-2", claims=2)
    with serving(payer.reply) as origin:
        payer.origin = origin
        yield payer


def canaries(payer: Payer) -> list[str]:
    """Everything of the payer's that must never be read in a log: tokens, names, ids, diagnoses, secrets."""
    memory = payer.memory
    words = [CLIENT_SECRET, "canary-diagnostics", *memory.access]
    for family in memory.families:
        words += [family.refresh, *family.spent]
    for patient, records in memory.people.items():
        text = json.dumps(list(records.values()))
        words += re.findall(r"canary[\w-]*", text)
        words += [f"Patient/{patient}", *(each["id"] for each in records.values() if len(each["id"]) > 5)]
    return sorted({word for word in words if word})
