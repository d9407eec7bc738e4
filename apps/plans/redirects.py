"""The redirect URI a plan sends members back to: what an operator registers there."""

from typing import Final

from django.conf import settings

from apps.plans.models import Plan

CALLBACK_PATH: Final = "/connections/callback"


def redirect_uri(plan: Plan, *, names_itself: bool) -> str:
    """The plan's redirect URI, a constant that never depends on a request (O-08).

    A server that `names_itself` (announces the `iss` of RFC 9207, and we know the issuer to compare it with)
    tells answers of different plans apart, so all such plans may share one. Any other plan gets its own: the
    second line against mix-up (O-10, RFC 9700 section 4.4).
    """
    rule = plan.quirks.redirect
    is_shared = names_itself if rule == "auto" else rule == "shared"
    return settings.SITE_URL + CALLBACK_PATH + ("" if is_shared else f"/{plan.slug}")


def redirect_uri_to_register(plan: Plan) -> str:
    """The same, judged by what the plan announced when it was last asked."""
    kept = plan.discovery if isinstance(plan.discovery, dict) else {}
    values = kept.get("values", {})
    issuer = plan.issuer or values.get("issuer")
    return redirect_uri(plan, names_itself=bool(values.get("announces_iss") and issuer))
