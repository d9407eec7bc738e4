"""Whether the process lives, and whether it can serve."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.desk.house import workers
from apps.vault.checks import lost_keys


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
