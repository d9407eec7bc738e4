"""What is registered for a plan: whose client it is, where its members come back to, and what follows for a
registration from the plans that point to it."""

import hashlib
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings

from apps.audit import trail
from apps.outbound.addresses import host_of
from apps.plans.choices import Status
from apps.plans.discovery import Endpoints, known_endpoints
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins, by_system_id, shown_origin
from apps.plans.profiles import PROFILES
from apps.plans.registrations import Registration, RegistrationStep, State, state_of
from apps.plans.scopes import scopes_to_ask
from apps.plans.secrets import let_go_to

log = logging.getLogger("plainclaim.plans")
CALLBACK_PATH: Final = "/connections/callback"


@dataclass(frozen=True)
class Sheet:
    """A registration as a form asks for it: what operators wrote, and what its plans say.

    No secret. More than one of `methods` or `scopes` is for an operator to look at: plans that share a client
    disagree.
    """

    key: str
    name: str
    environment: str
    asker: str
    client_id: str
    has_secret: bool
    state: State
    steps: tuple[RegistrationStep, ...]
    contacts: tuple[str, ...]
    plans: tuple[str, ...]
    profiles: tuple[str, ...]
    rows: tuple[Plan, ...] = field(repr=False)
    """The plans; a list of registrations asks none of them how it is spoken to."""

    @property
    def methods(self) -> tuple[str, ...]:
        """How we prove who we are."""
        return _each(plan.quirks.token_auth for plan in self.rows)

    @property
    def redirect_uris(self) -> tuple[str, ...]:
        """Where members come back to."""
        return _each(filter(None, map(redirect_uri_to_register, self.rows)))

    @property
    def scopes(self) -> tuple[str, ...]:
        """What is asked for, each a line of scopes."""
        return _each(" ".join(scopes_to_ask(plan.quirks)) for plan in self.rows)

    @property
    def jwks_uri(self) -> str:
        """Where our public keys are, "" unless a plan wants a signed assertion."""
        return f"{settings.SITE_URL}/app/jwks.json" if "private_key_jwt" in self.methods else ""


def server_of(plan: Plan) -> str:
    """What its registration is found by: a host's profile, or the origin of the authorization server."""
    if plan.profile in PROFILES and PROFILES[plan.profile].one_client:
        return plan.profile
    token_url = by_system_id(plan).get("token_url", "")
    return shown_origin(
        plan.token_url or plan.authorize_url or token_url or plan.issuer or plan.fhir_base_url
    )


def find_or_make(plan: Plan, client_id: str, *, environment: str, is_stated: bool) -> Registration:
    """The registration of this client; the plan's own goes first, and one is made where there is none.

    An environment that is not stated is the one of whichever is found. Raises ValidationError.
    """
    own, where = plan.registration, {"environment": environment} if is_stated else {}
    if own and own.client_id == client_id and where in ({}, {"environment": own.environment}):
        return own
    server = server_of(plan)
    rows = Registration.objects.filter(server=server, client_id=client_id, **where)
    if registration := rows.order_by("created_at", "pk").first():
        return registration
    name = PROFILES[server].label if server in PROFILES else plan.name
    new = Registration(name=name, server=server, client_id=client_id, environment=environment)
    new.full_clean()  # SQLite keeps what is too long, PostgreSQL would end the whole list
    new.save(force_insert=True)
    values = trail.difference({}, trail.values_of(new))
    trail.record(action="load_plans", subject=trail.name_of(new), changes=values)
    return new


def origins_of(plan: Plan) -> set[str]:
    """Where the plan would send the secret of its registration, beyond where that may go already."""
    held = plan.registration
    return set(allowed_origins(plan)) - set(held.origins) if held else set()


def note_origins(plan: Plan, *, before: Plan | None = None) -> None:
    """Keep on the registration that its secret may go where the plan, as it was saved, sends it.

    What the row led to *before*, with that registration already, is nothing that was decided now: written
    into the database alone, it comes along with no later change.
    """
    new = origins_of(plan)
    if before and before.registration_id == plan.registration_id:
        new -= allowed_origins(before)
    if new and plan.registration:
        plan.registration = let_go_to(plan.registration, new)


def sheet_of(registration: Registration) -> Sheet:
    """What is registered, as its plans are now."""
    plans = sorted(registration.plans.all(), key=lambda plan: plan.slug)
    return Sheet(
        key=str(registration.pk),
        name=registration.name,
        environment=registration.environment,
        asker=registration.asker,
        client_id=registration.client_id,
        has_secret=bool(registration.sealed_client_secret),
        state=state_of(registration)[0],
        steps=tuple(registration.steps.all()),
        contacts=tuple(registration.contacts),
        plans=tuple(plan.name for plan in plans),
        profiles=_each(plan.profile for plan in plans),
        rows=tuple(plans),
    )


def sheets() -> list[Sheet]:
    """Every registration, for whoever publishes them (the setting LISTING_REGISTRATIONS)."""
    return [sheet_of(row) for row in Registration.objects.prefetch_related("plans", "steps")]


def _each(values: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


def shared_redirect_uri() -> str:
    """The redirect URI of all servers whose answers say whose they are."""
    return str(settings.SITE_URL) + CALLBACK_PATH


def redirect_uri(plan: Plan, endpoints: Endpoints) -> str:
    """The plan's redirect URI, a constant that never depends on a request (O-08).

    A server that `names_itself` (announces the `iss` of RFC 9207, and we know the issuer to compare it with)
    tells its answers from those of others, so all such servers may share one. Any other authorization server
    gets its own, for all plans it serves: the second line against mix-up (O-10, RFC 9700 section 4.4).
    """
    rule = plan.quirks.redirect
    is_shared = endpoints.names_itself if rule == "auto" else rule == "shared"
    return shared_redirect_uri() if is_shared else f"{shared_redirect_uri()}/{_server(plan, endpoints)}"


def redirect_uri_to_register(plan: Plan) -> str:
    """The same, by what is known without asking the plan; "" while nobody knows where it signs in."""
    endpoints = known_endpoints(plan)
    return redirect_uri(plan, endpoints) if endpoints else ""


def redirect_uris_in_use() -> list[str]:
    """Every redirect URI a member can be sent back to, the shared one first: the registration we publish."""
    shared = shared_redirect_uri()
    plans = Plan.objects.listed().exclude(status=Status.UNCONFIRMED)
    own = {_to_register_if_readable(plan) for plan in plans} - {shared, ""}
    return [shared, *sorted(own)]


def _to_register_if_readable(plan: Plan) -> str:
    """The same as `redirect_uri_to_register`; one row that cannot be read takes no public page down."""
    try:
        return redirect_uri_to_register(plan)
    except Exception:
        log.exception("the row of plan %s cannot be read", plan.slug)
        return ""


def _server(plan: Plan, endpoints: Endpoints) -> str:
    """What an authorization server is called in its redirect URI: its host, and a digest that tells apart.

    The server is where members are sent, and the issuer an operator wrote for it: of several behind one host
    each has its own. What a plan publishes about itself opens no other server's door.
    """
    origin = shown_origin(endpoints.authorize_url)
    digest = hashlib.sha256(f"{origin} {plan.issuer}".encode()).hexdigest()[:8]
    host = re.sub("[^a-z0-9]+", "-", host_of(endpoints.authorize_url).lower()).strip("-")
    return f"{host[:60]}-{digest}"
