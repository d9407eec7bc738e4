"""A plan's row held against what its server says, in plain text for the operator."""

from dataclasses import dataclass
from datetime import datetime

from apps.outbound.door import open_session
from apps.plans.asking import NoAnswer, ask_statement
from apps.plans.choices import Pkce
from apps.plans.discovery import DiscoveryFailed, Endpoints, discover, endpoints_for
from apps.plans.models import Plan
from apps.plans.reading import Statement
from apps.plans.wording import host_of, why_not_connectable

NEEDED = ("Patient", "Coverage", "ExplanationOfBenefit")


@dataclass(frozen=True)
class Check:
    """The printed sections, as (title, lines), and what stands between members and the plan ([]: nothing)."""

    sections: list[tuple[str, list[str]]]
    obstacles: list[str]


def check(plan: Plan, *, now: datetime, accept_move: bool = False) -> Check:
    """Ask the plan's server and compare. Speaks to the network; raises nothing for what the plan does."""
    obstacles = why_not_connectable(plan)
    endpoints, found = _discovery(plan, now=now, accept_move=accept_move)
    if endpoints is None:
        obstacles.append("its sign-in and token addresses are not known")
    statement, said = _metadata(plan)
    return Check(
        sections=[
            ("Plan", _row(plan)),
            ("Discovery", found),
            ("Metadata", said),
            ("Our row against the server", _differences(plan, endpoints, statement) or ["nothing to see to"]),
            ("What a member meets", _member(plan, endpoints, obstacles)),
        ],
        obstacles=obstacles,
    )


def _row(plan: Plan) -> list[str]:
    secret = "stored" if plan.sealed_client_secret else "none"
    quirks = plan.quirks
    return [
        f"{plan.name} ({plan.slug}), {plan.get_status_display()}",
        f"base: {plan.fhir_base_url}",
        f"client id: {plan.client_id or 'none'}; client secret: {secret}; token_auth: {quirks.token_auth}",
        f"pkce: {quirks.pkce}; aud: {plan.audience or 'not sent'}; patient: {quirks.patient_lookup}; "
        f"page size: {quirks.page_size or 'ours'}",
        f"scopes: {' '.join(quirks.scopes)}",
    ]


def _discovery(plan: Plan, *, now: datetime, accept_move: bool) -> tuple[Endpoints | None, list[str]]:
    lines = []
    endpoints = None
    try:
        endpoints = discover(plan, now=now, accept_move=accept_move)
    except DiscoveryFailed as error:
        lines.append(f"failed: {error}")
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
    return endpoints, lines


def _metadata(plan: Plan) -> tuple[Statement | None, list[str]]:
    try:
        with open_session(plan=plan.slug) as session:
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
    lines = []
    if endpoints:
        methods, pkce = endpoints.token_auth_methods, endpoints.pkce_methods
        if methods and plan.quirks.token_auth not in methods:
            lines.append(f"token_auth is {plan.quirks.token_auth}; the server names {', '.join(methods)}")
        if plan.quirks.pkce == Pkce.NEVER and "S256" in pkce:
            lines.append("pkce is never, yet the server offers S256")
        if plan.quirks.pkce == Pkce.ALWAYS and pkce and "S256" not in pkce:
            lines.append(f"pkce is always with S256; the server names {', '.join(pkce)}")
        missing = [
            scope for scope in plan.quirks.scopes if endpoints.scopes and scope not in endpoints.scopes
        ]
        if missing:
            lines.append(f"scopes the server does not name: {' '.join(missing)}")
        if "openid" in plan.quirks.scopes and not endpoints.jwks_uri:
            lines.append(
                "openid is asked for, but no signing keys are published: an id_token cannot be proven"
            )
    if statement:
        if not statement.fhir_version.startswith("4.0"):
            lines.append(f"FHIR version is {statement.fhir_version or 'not stated'}; Plainclaim speaks 4.0.1")
        absent = [kind for kind in NEEDED if kind not in statement.searches]
        if absent:
            lines.append(f"types it does not name: {', '.join(absent)}")
    return lines


def _member(plan: Plan, endpoints: Endpoints | None, obstacles: list[str]) -> list[str]:
    if not plan.is_listed:
        return ["the plan is not in the picker"]
    if obstacles or endpoints is None:
        return ['finds the plan in the picker, marked "Not open in Plainclaim yet"']
    return [
        'finds the plan in the picker, marked "Ready to connect"',
        f"signs in at {host_of(endpoints.authorize_url)}, says yes there, and comes back",
    ]
