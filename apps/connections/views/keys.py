"""Our public signing keys, for plans that check `private_key_jwt`."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from apps.connections import client_keys


@login_not_required
@require_safe
@cache_control(public=True, max_age=3600)
def jwks(_request: HttpRequest) -> JsonResponse:
    """The key set (RFC 7517); an hour in a cache is far below the day a key is known before it signs."""
    return JsonResponse(client_keys.jwks(now=timezone.now()), content_type="application/jwk-set+json")
