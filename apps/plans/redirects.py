"""The redirect URI a plan sends members back to: what an operator registers there."""

from typing import Final

from django.conf import settings

from apps.plans.choices import Redirect
from apps.plans.models import Plan

CALLBACK_PATH: Final = "/connections/callback"


def redirect_uri(plan: Plan, *, announces_iss: bool) -> str:
    """The plan's redirect URI, a constant that never depends on a request (O-08).

    A server that announces `iss` (RFC 9207) tells answers of different plans apart, so all such plans may
    share one. Any other plan gets its own: the second line against mix-up (O-10, RFC 9700 section 4.4).
    """
    rule = plan.quirks.redirect
    is_shared = announces_iss if rule == Redirect.AUTO else rule == Redirect.SHARED
    return settings.SITE_URL + CALLBACK_PATH + ("" if is_shared else f"/{plan.slug}")


def redirect_uri_to_register(plan: Plan) -> str:
    """The same, judged by what the plan announced when it was last asked."""
    kept = plan.discovery if isinstance(plan.discovery, dict) else {}
    return redirect_uri(plan, announces_iss=bool(kept.get("values", {}).get("announces_iss")))
