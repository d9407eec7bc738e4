"""A plan's row held against what its server says, in plain text for the operator."""

from dataclasses import dataclass
from datetime import datetime

from apps.outbound.door import open_session
from apps.plans.asking import NoAnswer, ask_statement
from apps.plans.discovery import (
    DiscoveryFailed,
    Endpoints,
    OperatorNeeded,
    check_names_itself,
    check_pkce,
    discover,
    endpoints_for,
)
from apps.plans.models import Plan
from apps.plans.moves import confirm_addresses
from apps.plans.origins import open_drift
from apps.plans.page_sizes import PageSize, page_size
from apps.plans.reading import MAX_BYTES, Statement
from apps.plans.scopes import scopes_to_ask
from apps.plans.wording import (
    drift_lines,
    host_of,
    profile_lines,
    quirk_lines,
    registration_lines,
    why_not_connectable,
)

NEEDED = ("Patient", "Coverage", "ExplanationOfBenefit")


@dataclass(frozen=True)
class Check:
    """The printed sections, as (title, lines), and what stands between members and the plan ([]: nothing).

    `refusal` says how the plan refuses what it would be asked as its row stands; "" where that is not known.
    """

    sections: list[tuple[str, list[str]]]
    obstacles: list[str]
    refusal: str = ""

    @property
    def lines(self) -> list[str]:
        """The report as it is printed: titles, and under each its lines, indented."""
        return [line for title, lines in self.sections for line in (title, *(f"  {each}" for each in lines))]


def check(plan: Plan, *, now: datetime, accept_move: bool = False) -> Check:
    """Ask the plan's server and compare. Speaks to the network; raises nothing for what the plan does.

    With `accept_move` the origins of the drift that is found are confirmed and the plan is asked again.
    """
    obstacles = why_not_connectable(plan)
    endpoints, found, is_down = _discovery(plan, now=now)
    confirmed: list[str] = []
    if accept_move and (drift := open_drift(plan)):
        confirmed = confirm_addresses(plan=plan, seen=drift)
        endpoints, found, is_down = _discovery(plan, now=now)
    statement, said = (None, ["not asked for: the server does not answer"]) if is_down else _metadata(plan)
    obstacles += _obstacles(plan, endpoints)
    size = PageSize(["not asked for: the server does not answer"]) if is_down else page_size(plan, now=now)
    return Check(
        sections=[
            ("Plan", _row(plan)),
            ("Profile", profile_lines(plan)),
            ("Quirks that hold", quirk_lines(plan)),
            ("Registration", registration_lines(plan)),
            ("Discovery", found),
            ("New addresses nobody confirmed (drift)", _drift(plan, confirmed)),
            ("Metadata", said),
            ("Records at once", size.lines),
            ("Our row against the server", _differences(plan, endpoints, statement) or ["nothing to see to"]),
            ("What a member meets", _member(plan, endpoints, obstacles)),
        ],
        obstacles=obstacles,
        refusal=size.refusal,
    )


def _row(plan: Plan) -> list[str]:
    secret = "stored" if plan.sealed_client_secret else "none"
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


def _drift(plan: Plan, confirmed: list[str]) -> list[str]:
    lines = [f"confirmed now: {origin}" for origin in confirmed]
    if waiting := drift_lines(plan):
        since = f"{plan.drift_found_at:%Y-%m-%d}" if plan.drift_found_at else "?"
        lines += [
            *waiting,
            f"not used; found {since}. If they are right: check_plan {plan.slug} --accept-move",
        ]
    return lines or ["none"]


def _obstacles(plan: Plan, endpoints: Endpoints | None) -> list[str]:
    if endpoints is None:
        waits = bool({"authorize_url", "token_url"} & set(open_drift(plan)))
        return [
            "its new addresses wait to be confirmed"
            if waits
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
        with open_session(plan=plan.slug, max_bytes=MAX_BYTES) as session:
            statement = ask_statement(session, plan.fhir_base_url)
    except NoAnswer as error:
        return None, [f"the capability statement {error.reason}; this is common and no obstacle"]
    return statement, [
        f"FHIR {statement.fhir_version or '(version not stated)'}",
        f"software: {statement.software or 'not stated'}",
        f"{len(statement.searches)} types; of those we read: "
        + (", ".join(kind for kind in NEEDED if kind in statement.searches) or "none"),
    ]


def _differences(plan: Plan, endpoints: Endpoints | None, statement: Statement | None) -> list[str]:
    """What in the row does not fit what the server says: hints only, servers are often wrong too."""
    lines = _against_discovery(plan, endpoints) if endpoints else []
    if plan.quirks.refresh == "none" and "offline_access" in plan.quirks.scopes:
        lines.append("refresh is none, yet offline_access is asked for")
    if statement:
        if not statement.fhir_version.startswith("4.0"):
            lines.append(f"FHIR version is {statement.fhir_version or 'not stated'}; Plainclaim speaks 4.0.1")
        absent = [kind for kind in NEEDED if kind not in statement.searches]
        if absent:
            lines.append(f"types it does not name: {', '.join(absent)}")
    return lines


def _against_discovery(plan: Plan, endpoints: Endpoints) -> list[str]:
    lines = []
    quirks, methods, pkce = plan.quirks, endpoints.token_auth_methods, endpoints.pkce_methods
    if methods and quirks.token_auth not in methods:
        lines.append(f"token_auth is {quirks.token_auth}; the server names {', '.join(methods)}")
    if quirks.pkce == "never" and "S256" in pkce:
        lines.append("pkce is never, yet the server offers S256")
    if quirks.revocation == "none" and endpoints.revoke_url:
        lines.append("revocation is none, yet the server names where to revoke")
    if quirks.revocation != "none" and not endpoints.revoke_url:
        lines.append(f"revocation is {quirks.revocation}, yet nobody says where to revoke")
    asked = scopes_to_ask(quirks)
    missing = [scope for scope in asked if endpoints.scopes and scope not in endpoints.scopes]
    if missing:
        lines.append(f"scopes the server does not name: {' '.join(missing)}")
    if "openid" in asked and not endpoints.jwks_uri:
        lines.append("openid is asked for, but no signing keys are published: an id_token cannot be proven")
    return lines


def _member(plan: Plan, endpoints: Endpoints | None, obstacles: list[str]) -> list[str]:
    if not plan.is_listed:
        return ["the plan is not in the picker"]
    if obstacles or endpoints is None:
        return ['finds the plan in the picker, marked "Not open in Plainclaim yet"']
    return [
        'finds the plan in the picker, marked "Ready to connect"',
        *(f"has ready: {thing}" for thing in plan.quirks.have_ready),
        f"signs in at {host_of(endpoints.authorize_url)}, says yes there, and comes back",
    ]
