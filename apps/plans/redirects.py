"""The redirect URIs plans send members back to: what an operator registers there, and what we publish."""

import hashlib
import logging
import re
from typing import Final

from django.conf import settings

from apps.outbound.addresses import host_of
from apps.plans.choices import Status
from apps.plans.discovery import Endpoints, known_endpoints
from apps.plans.models import Plan
from apps.plans.origins import shown_origin

log = logging.getLogger("plainclaim.plans")
CALLBACK_PATH: Final = "/connections/callback"


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
