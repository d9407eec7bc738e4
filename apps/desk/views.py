"""Pages that machines read: metrics, healthz, readyz."""

from typing import Final

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from apps.accounts.proxies import is_of_this_machine
from apps.desk.house import workers
from apps.desk.metrics import DeskCollector
from apps.vault.checks import lost_keys

OF_PROXIES: Final = (
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Real-Ip",
)
"""Who comes through a proxy on this machine is not of this machine."""


@login_not_required
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer who has METRICS_TOKEN; with neither it nor a proxy, this machine; else there is no such page."""
    if not _may_read(request):
        raise Http404
    registry = CollectorRegistry()
    registry.register(DeskCollector(now=timezone.now()))
    answer = HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
    answer["Cache-Control"] = "no-store"
    return answer


def _may_read(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return scheme.lower() == "bearer" and constant_time_compare(token, settings.METRICS_TOKEN)
    if settings.TRUSTED_PROXIES:  # then everybody seems to be here, and a proxy need not say for whom it asks
        return False
    return is_of_this_machine(request) and not any(name in request.headers for name in OF_PROXIES)


@login_not_required
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process runs; touches nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers, every migration has run and its keys are here, else 503."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
        lost = [] if waiting else lost_keys()
    except DatabaseError:
        return HttpResponse("database does not answer\n", status=503, content_type="text/plain")
    if waiting:
        return HttpResponse("migrations are waiting\n", status=503, content_type="text/plain")
    if lost:
        return HttpResponse("a key of the vault is missing\n", status=503, content_type="text/plain")
    return _with_workers(request)


def _with_workers(request: HttpRequest) -> HttpResponse:
    """Ready, and whether workers are here; with `?workers` it is 503 where none is.

    Without them pages are served all the same, so a load balancer must not take every web host away.
    """
    finding = next(workers(timezone.now()))
    is_asked = "workers" in request.GET
    status = 503 if is_asked and finding.level else 200
    return HttpResponse(f"ready\n{finding.says}\n", status=status, content_type="text/plain")
