"""`/control`: what a test or a curious developer may ask of a personality while it runs.

GET answers what was counted. POST takes a JSON object:

- `reset`: true forgets counts, orders and drift.
- `faults`: `{"token": {"status": 503, "retry_after": 5, "times": 2}}`; routes as in `server.urls`.
- `drift`: true or false, whether discovery names another origin from now on.
- `client_jwks`: the public keys of the app, instead of fetching them.
- `expire`: a patient id; what that person allowed here ends.
"""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.demo_payer.personalities import Fault
from apps.demo_payer.server import memory
from apps.demo_payer.server.addresses import playing
from apps.demo_payer.server.models import Permission


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
def control(request: HttpRequest) -> HttpResponse:
    """Answer the counts; a POST is obeyed first. The JSON type keeps other sites' forms out (CORS, Fetch)."""
    name = playing(request).name
    if request.method == "POST":
        if request.content_type != "application/json":
            return JsonResponse({"problem": "Send application/json."}, status=415)
        try:
            asked = json.loads(request.body)
            _obey(name, asked)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            return JsonResponse({"problem": f"{type(error).__name__}: {error}"}, status=400)
    kept = memory.of(name)
    with kept.lock:
        return JsonResponse({"personality": name, "seen": dict(kept.seen)})


def _obey(name: str, asked: dict[str, Any]) -> None:
    if asked.get("reset"):
        memory.forget(name)
    kept = memory.of(name)
    with kept.lock:
        for route, said in asked.get("faults", {}).items():
            orders = dict(said)
            times = int(orders.pop("times", 1))
            kept.ordered[route] = memory.Ordered(Fault(**orders), times)
        if "drift" in asked:
            kept.drifted = bool(asked["drift"])
        if "client_jwks" in asked:
            kept.client_jwks = asked["client_jwks"]
    if asked.get("expire"):
        living = Permission.objects.filter(played=name, account__patient_id=asked["expire"], ended_at=None)
        living.update(ended_at=timezone.now(), ended_because="ended on request")
