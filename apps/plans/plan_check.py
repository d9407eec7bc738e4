"""A plan's row held against what its server says, in plain text for the operator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.outbound.addresses import host_of
from apps.outbound.door import open_session
from apps.plans.discovery import (
    DiscoveryFailed,
    Endpoints,
    OperatorNeeded,
    check_names_itself,
    check_pkce,
    discover,
    endpoints_for,
)
from apps.plans.models import HeldChange, Plan
from apps.plans.moves import confirm_addresses
from apps.plans.origins import allowed_origins, open_drift
from apps.plans.plan_inquiry import NoAnswer, ask_statement
from apps.plans.plan_pause import Paused, while_open
from apps.plans.plan_sign_in import why_not_sign_in
from apps.plans.probes import Probe, not_searched, page_size
from apps.plans.quirks import Quirks
from apps.plans.reading import MAX_BYTES, Published, Statement
from apps.plans.scopes import scopes_to_ask
from apps.plans.wording import (
    drift_lines,
    profile_lines,
    quirk_lines,
    registration_lines,
    why_not_connectable,
)
from config.fhir_types import EVERY, asked_types


@dataclass(frozen=True)
class Check:
    """The printed sections, as (title, lines), and what stands between members and the plan ([]: nothing).

    `refusal` says how the plan refuses what it would be asked as its row stands; "" where that is not known.
    `probes` are the questions of the dry run, whose lines stand among the sections too.
    """

    sections: list[tuple[str, list[str]]]
    obstacles: list[str]
    refusal: str = ""
    probes: tuple[Probe, ...] = ()

    @property
    def can_connect(self) -> bool:
        """Whether a member would come through, as far as a dry run can tell."""
        return not self.obstacles and not self.refusal

    @property
    def lines(self) -> list[str]:
        """The report as it is printed: titles, and under each its lines, indented."""
        return [
            line
            for title, lines in self.sections
            for line in (title, *(f"  {report_line}" for report_line in lines))
        ]

    @property
    def as_json(self) -> dict[str, Any]:
        """The same for programs: plain texts, lists and truths."""
        return {
            "can_connect": self.can_connect,
            "obstacles": self.obstacles,
            "refusal": self.refusal,
            "probes": {probe.name: {"ok": not probe.obstacle, "says": probe.lines} for probe in self.probes},
            "report": dict(self.sections),
        }


def check(plan: Plan, *, now: datetime, accept_move: bool = False) -> Check:
    """Ask the plan's server and compare. Speaks to the network; raises nothing for what the plan does.

    With `accept_move` the origins of the drift that is found are confirmed and the plan is asked again.
    """
    try:
        with while_open(plan):
            return _checked(plan, now=now, accept_move=accept_move)
    except Paused:
        return Check([("Plan", _row(plan))], ["it was paused meanwhile, so no more was asked"])


def _checked(plan: Plan, *, now: datetime, accept_move: bool) -> Check:
    obstacles = why_not_connectable(plan)
    endpoints, published, is_down = _discovery(plan, now=now)
    confirmed: list[str] = []
    change = None
    if accept_move and (drift := open_drift(plan)):
        confirmed, change = confirm_addresses(plan=plan, seen=drift, by=None, now=now)
        endpoints, published, is_down = _discovery(plan, now=now)
    statement, said = (None, ["not asked for: the server does not answer"]) if is_down else _metadata(plan)
    obstacles += _obstacles(plan, endpoints)
    size = not_searched() if is_down else page_size(plan, now=now)
    probes = (size, *_rehearsed(plan, endpoints), _sign_in(plan))
    obstacles += [probe.obstacle for probe in probes if probe.obstacle]
    return Check(
        sections=[
            ("Plan", _row(plan)),
            ("Profile", profile_lines(plan)),
            ("Quirks that hold", quirk_lines(plan)),
            ("Registration", registration_lines(plan)),
            ("Discovery", published),
            ("New addresses nobody confirmed (drift)", _drift(plan, confirmed, change)),
            ("Metadata", said),
            *((probe.title, probe.lines) for probe in probes),
            ("Our row against the server", _differences(plan, endpoints, statement) or ["nothing to see to"]),
            ("What a member meets", _member(plan, endpoints, obstacles)),
        ],
        obstacles=obstacles,
        refusal=size.refusal,
        probes=probes,
    )


def _rehearsed(plan: Plan, endpoints: Endpoints | None) -> list[Probe]:
    """The questions that a later room asks: what members' browsers and we ask at the plan's sign-in."""
    if endpoints is None:
        return []
    return list(import_string(settings.PLANS_REHEARSAL)(plan, endpoints))


def _sign_in(plan: Plan) -> Probe:
    why_not = why_not_sign_in(plan)
    state = f"off, because {why_not}" if why_not else "on: its members may open an account here with it"
    return Probe("sign_in", "Signing in here with the plan", [state])


def _row(plan: Plan) -> list[str]:
    secret = "stored" if plan.has_secret else "none"
    return [
        f"{plan.name} ({plan.slug}), {plan.get_status_display()}",
        f"base: {plan.fhir_base_url}",
        f"client id: {plan.client_id or 'none'}; client secret: {secret}",
    ]


def _discovery(plan: Plan, *, now: datetime) -> tuple[Endpoints | None, list[str], bool]:
    """What is used from now on, the lines about it, and whether the server did not answer at all."""
    lines = []
    endpoints = None
    is_down = False
    try:
        endpoints = discover(plan, now=now)
    except DiscoveryFailed as error:
        lines.append(f"failed: {error}")
        is_down = error.is_down
        try:
            endpoints = endpoints_for(plan, now=now)
            lines.append("what was known before is used")
        except DiscoveryFailed:
            pass
    if endpoints:
        urls = [(name, getattr(endpoints, name)) for name in endpoints.sources]
        lines += [f"{name}: {url} ({endpoints.sources[name]})" for name, url in urls]
        lines += [f"issuer: {endpoints.issuer}"] if endpoints.issuer else []
    lines += [f"note: {part}" for part in plan.discovery_problem.split("; ") if part]
    return endpoints, lines, is_down


def _drift(plan: Plan, confirmed: list[str], change: HeldChange | None) -> list[str]:
    when = "confirmed, for a second operator to accept, or a day to pass" if change else "confirmed now"
    lines = [f"{when}: {origin}" for origin in confirmed]
    if waiting := drift_lines(plan):
        since = f"{plan.drift_found_at:%Y-%m-%d}" if plan.drift_found_at else "?"
        lines += [
            *waiting,
            f"not used; found {since}. If they are right: check_plan {plan.slug} --accept-move",
        ]
    return lines or ["none"]


def _obstacles(plan: Plan, endpoints: Endpoints | None) -> list[str]:
    if endpoints is None:
        return [
            "its new addresses wait to be confirmed"
            if {"authorize_url", "token_url"} & set(open_drift(plan))
            else "its sign-in and token addresses are not known"
        ]
    try:
        check_pkce(plan, endpoints)
        check_names_itself(endpoints)
    except OperatorNeeded as error:
        return [str(error)]
    return []


def _metadata(plan: Plan) -> tuple[Statement | None, list[str]]:
    try:
        with open_session(plan=plan.slug, origins=allowed_origins(plan), max_bytes=MAX_BYTES) as session:
            statement = ask_statement(session, plan.fhir_base_url)
    except NoAnswer as error:
        return None, [f"the capability statement {error}; this is common and no obstacle"]
    return statement, [
        f"FHIR {statement.fhir_version or '(version not stated)'}",
        f"software: {statement.software or 'not stated'}",
        f"{len(statement.searches)} types; of those we read: "
        + (", ".join(kind for kind in asked_types(EVERY) if kind in statement.searches) or "none"),
    ]


def _differences(plan: Plan, endpoints: Endpoints | None, statement: Statement | None) -> list[str]:
    """What in the row does not fit what the server says: hints only, servers are often wrong too."""
    lines = against_discovery(plan.quirks, endpoints) if endpoints else []
    if plan.quirks.refresh == "none" and "offline_access" in plan.quirks.scopes:
        lines.append("refresh is none, yet offline_access is asked for")
    if statement:
        if not statement.fhir_version.startswith("4.0"):
            lines.append(f"FHIR version is {statement.fhir_version or 'not stated'}; we speak 4.0.1")
        absent = [kind for kind in asked_types() if kind not in statement.searches]
        if absent:
            lines.append(f"types it does not name: {', '.join(absent)}")
    return lines


def announced(quirks: Quirks, endpoints: Published) -> Iterator[tuple[bool, str]]:
    """Whether each thing that the server announces agrees with the quirks, and what to say where not."""
    if methods := endpoints.token_auth_methods:
        line = f"token_auth is {quirks.token_auth}; the server names {', '.join(methods)}"
        yield quirks.token_auth in methods, line
    if "S256" in endpoints.pkce_methods:
        yield quirks.pkce != "never", "pkce is never, yet the server offers S256"
    if endpoints.revoke_url:
        yield quirks.revocation != "none", "revocation is none, yet the server names where to revoke"


def against_discovery(quirks: Quirks, endpoints: Published) -> list[str]:
    """Where the quirks that hold do not fit what the server announces or leaves out, a line each."""
    lines = [line for agrees, line in announced(quirks, endpoints) if not agrees]
    if quirks.revocation != "none" and not endpoints.revoke_url:
        lines.append(f"revocation is {quirks.revocation}, yet nobody says where to revoke")
    asked = scopes_to_ask(quirks)
    if "openid" in asked and not endpoints.jwks_uri:
        lines.append("openid is asked for, but no signing keys are published: an id_token cannot be proven")
    return lines


def _member(plan: Plan, endpoints: Endpoints | None, obstacles: list[str]) -> list[str]:
    if not plan.is_listed:
        return ["the plan is not in the picker"]
    if obstacles or endpoints is None:
        return ["finds the plan in the picker, marked as not open yet"]
    return [
        'finds the plan in the picker, marked "Ready to connect"',
        *(f"has ready: {document}" for document in plan.quirks.have_ready),
        f"signs in at {host_of(endpoints.authorize_url)}, says yes there, and comes back",
    ]
