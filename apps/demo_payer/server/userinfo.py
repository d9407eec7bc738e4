"""Who signed in, for the bearer of an access token (OpenID Connect Core section 5.3)."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.demo_payer.server.fhir.access import token_of
from apps.demo_payer.server.fhir.outcomes import Refused


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def userinfo(request: HttpRequest) -> HttpResponse:
    """Answer subject and patient, and the name with `profile`; the token comes in the header only."""
    try:
        token = token_of(request)
    except Refused as refused:
        answer = JsonResponse({"error": "invalid_token"}, status=401)
        answer["WWW-Authenticate"] = refused.challenge
        return answer
    granted = token.scope.split()
    if "openid" not in granted:
        answer = JsonResponse({"error": "insufficient_scope"}, status=403)
        answer["WWW-Authenticate"] = 'Bearer realm="Harborlight Health", error="insufficient_scope"'
        return answer
    account = token.permission.account
    said = {"sub": account.patient_id, "patient": account.patient_id}
    return JsonResponse(said | ({"name": account.name} if "profile" in granted else {}))
