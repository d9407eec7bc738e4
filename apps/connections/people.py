"""Whose records a permission is about: the Patient that tokens or userinfo name, or one found by asking."""

import json
import re
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from apps.accounts.models import Member
from apps.connections import granted, id_tokens
from apps.connections.errors import IdTokenRefused, NobodyFound, PlanAnswerUnreadable, PlanBusy
from apps.connections.models import Connection
from apps.connections.tokens import Tokens, patient_id
from apps.fhir.bundles import local_reference, read_page
from apps.fhir.errors import FhirError
from apps.fhir.values import human_name
from apps.outbound.door import Answer, fetch, fetch_at_home, object_in, open_session
from apps.outbound.errors import OutboundError
from apps.outbound.limits import Budget
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins
from apps.vault.boxes import Box, box_for
from apps.vault.errors import SealBroken
from config.fhir_types import person_type

FHIR_JSON: Final = "application/fhir+json"
ACCEPT: Final = f"{FHIR_JSON}, application/json;q=0.9"
"""Some servers write JSON under its general name only, and refuse (406) what does not take that; others
refuse so what names more than FHIR's own: they are asked by that alone."""
USERINFO_ACCEPT: Final = "application/json, application/jwt"
USERINFO_BYTES: Final = 64 * 1024
FRESH_PAUSES: Final = (0.5, 1.0, 2.0)
"""Seconds between tries of a token that was issued just now: the servers that keep records may hear of it a
moment later than it is given out, where tokens are replicated."""
WHOLE_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


@dataclass(frozen=True)
class Person:
    """A Patient at a plan: its id there, name and birth date as the plan has them ("" when not shared)."""

    id: str = field(repr=False)
    name: str = field(repr=False)
    born: str = field(default="", repr=False)


def person_of(connection: Connection, box: Box) -> Person:
    """The person whose records the connection gives. Raises vault SealBroken."""
    return Person(**json.loads(box.open(connection, "sealed_patient")))


def persons_of(member: Member, rows: Iterable[Connection]) -> list[tuple[Connection, Person | None]]:
    """The member's connections, each with whose records it gives; None where that does not open any more.

    For pages, which say so: a damaged row must not hide the others, nor keep anybody from leaving.
    """
    persons: list[tuple[Connection, Person | None]] = []
    for row in rows:
        try:
            persons.append((row, person_of(row, box_for(member))))
        except SealBroken:
            persons.append((row, None))
    return persons


class Reader:
    """Reads at a plan with a member's token, through the outbound door; *pause* waits the given seconds."""

    def __init__(
        self,
        plan: Plan,
        *,
        budget: Budget | None = None,
        max_bytes: int | None = None,
        pause: Callable[[float], object] = time.sleep,
    ) -> None:
        origins = allowed_origins(plan)
        self._pause, self._accept = pause, ACCEPT
        self._session = open_session(plan=plan.slug, origins=origins, budget=budget, max_bytes=max_bytes)

    def ask(
        self,
        url: str,
        *,
        access_token: str | None,
        form: str | None = None,
        accept: str = ACCEPT,
        is_fresh: bool = False,
    ) -> Answer:
        """GET with the token, None for without any, led on within its origin; or POST a search with an
        encoded *form*.

        The caller has made sure that `url` is on the plan's own origin. A token that *is_fresh* may not be
        known there yet: a 401 is not believed at once.
        """
        for seconds in FRESH_PAUSES if is_fresh else ():
            answer = self._ask(url, access_token, form, accept)
            if answer.status != 401:
                return answer
            self._pause(seconds)
        return self._ask(url, access_token, form, accept)

    def _ask(self, url: str, access_token: str | None, form: str | None, accept: str) -> Answer:
        accept = self._accept if accept == ACCEPT else accept
        headers = {"Accept": accept}
        if access_token is not None:
            headers["Authorization"] = f"Bearer {access_token}"
        if form is None:
            answer = fetch_at_home(self._session, url, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            answer = fetch(self._session, url, method="POST", headers=headers, data=form)
        if answer.status == 406 and accept == ACCEPT:
            self._accept = FHIR_JSON
            return self._ask(url, access_token, form, FHIR_JSON)
        return answer


def find(
    plan: Plan,
    *,
    tokens: Tokens,
    claims: Mapping[str, Any],
    now: datetime,
    userinfo_url: str | None = None,
    jwks_uri: str | None = None,
    scopes_asked: str = "",
) -> list[Person]:
    """Return whom the tokens are about: one person, or several the member has to choose from.

    Order: `patient` of the token answer, then of the verified id_token, its `fhirUser` when that is a Patient
    of this server, the same two of userinfo for a plan set to "userinfo" (Blue Button), else `GET Patient`
    (1upHealth documents no `patient`); a plan set to "search" is always asked. Where the id is known and the
    member took `Patient` out of what is granted, it is not asked for a name (O-27).
    Raises NobodyFound, PlanBusy, PlanAnswerUnreadable, or IdTokenRefused for somebody else's userinfo.
    """
    reader, lookup = Reader(plan), plan.quirks.patient_lookup
    patient = None
    if lookup != "search":
        patient = tokens.patient or patient_id(claims.get("patient")) or _from_fhir_user(plan, claims)
    if patient is None and lookup == "userinfo" and userinfo_url:
        userinfo = ask_userinfo(
            plan,
            userinfo_url=userinfo_url,
            access_token=tokens.access_token,
            claims=claims,
            jwks_uri=jwks_uri,
            now=now,
        )
        patient = patient_id(userinfo.get("patient")) or _from_fhir_user(plan, userinfo)
    kinds = granted.readable(tokens.scope or "", asked=scopes_asked)
    if patient and not granted.may_read(kinds, person_type()):
        return [Person(patient, "")]
    if patient:
        return [_person_at(reader, plan, patient, tokens.access_token)]
    return _search(reader, plan, tokens.access_token)


def ask_userinfo(
    plan: Plan,
    *,
    userinfo_url: str,
    access_token: str,
    claims: Mapping[str, Any],
    jwks_uri: str | None,
    now: datetime,
) -> dict[str, Any]:
    """What the plan says of who signed in (OpenID Connect Core 1.0 section 5.3); {} when nothing readable.

    `userinfo_url` is the one recorded before leaving. The token goes into the header, never into the address
    (O-23). Where the id_token's `claims` name a subject, userinfo has to name the same one: data about anyone
    else is dropped and the trip ends. Raises IdTokenRefused, or PlanBusy without keys for a signed answer.
    """
    headers = {"Authorization": f"Bearer {access_token}", "Accept": USERINFO_ACCEPT}
    session = open_session(plan=plan.slug, origins=allowed_origins(plan), max_bytes=USERINFO_BYTES)
    try:
        answer = fetch(session, userinfo_url, headers=headers)
    except OutboundError:
        return {}
    if answer.status != 200:
        return {}
    if answer.headers.get("Content-Type", "").split(";", 1)[0].strip().lower() == "application/jwt":
        signed = answer.body.decode("ascii", errors="replace").strip()
        userinfo = id_tokens.prove_userinfo(
            plan, signed, issuer=claims.get("iss"), jwks_uri=jwks_uri, now=now
        )
    else:
        userinfo = object_in(answer.body)
    subject = claims.get("sub")
    if userinfo and subject is not None and userinfo.get("sub") != subject:
        raise IdTokenRefused("userinfo sub")
    return userinfo


def _from_fhir_user(plan: Plan, claims: Mapping[str, Any]) -> str | None:
    """`fhirUser` is an identifier, never an address to call (O-26)."""
    value = claims.get("fhirUser")
    if not isinstance(value, str):
        return None
    reference = local_reference(value, base_url=plan.fhir_base_url)
    return patient_id(reference) if reference and reference.startswith(f"{person_type()}/") else None


def _person_at(reader: Reader, plan: Plan, patient: str, access_token: str) -> Person:
    """The person by id; a family tells its connections apart by name, but no name is no reason to fail."""
    url = f"{plan.fhir_base_url.rstrip('/')}/{person_type()}/{patient}"
    try:
        answer = reader.ask(url, access_token=access_token, is_fresh=True)
    except OutboundError:
        return Person(patient, "")
    return _person(patient, answer.body if answer.status == 200 else b"")


def _search(reader: Reader, plan: Plan, access_token: str) -> list[Person]:
    url = f"{plan.fhir_base_url.rstrip('/')}/{person_type()}"
    people: dict[str, Person] = {}
    for _ in range(3):  # a family fits; more pages mean that the server ignores whose token this is
        try:
            answer = reader.ask(url, access_token=access_token, is_fresh=True)
        except OutboundError as error:
            raise PlanBusy(f"looking for a person failed with {type(error).__name__}") from error
        if answer.status == 429 or answer.status >= 500:
            raise PlanBusy(f"looking for a person gave {answer.status}")
        if answer.status != 200:
            raise NobodyFound(f"looking for a person gave {answer.status}")
        try:
            page = read_page(answer.body, url=url, base_url=plan.fhir_base_url)
        except FhirError as error:
            raise PlanAnswerUnreadable("looking for a person gave no readable Bundle") from error
        for patient in page.resources:
            if patient.type == person_type() and patient_id(patient.id):
                people[patient.id] = _person(patient.id, patient.body)
        if page.next_url is None:
            break
        url = page.next_url
    if not people:
        raise NobodyFound("looking for a person found nobody")
    return list(people.values())


def _person(id_: str, body: bytes) -> Person:
    """Return who the JSON of a Patient is; what it does not say stays empty."""
    patient = object_in(body)
    born = patient.get("birthDate")
    if not isinstance(born, str) or not WHOLE_DAY.fullmatch(born):
        born = ""
    return Person(id_, (human_name(patient.get("name")) or "")[:200], born)
