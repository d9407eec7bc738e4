"""Whether the process lives, and whether it can serve."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse


@login_not_required
def alive(_request: HttpRequest) -> HttpResponse:
    """Answer as long as the process runs; touches nothing else."""
    return HttpResponse("alive\n", content_type="text/plain")


@login_not_required
def ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and every migration has run, else 503 saying which it is."""
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return HttpResponse("database does not answer\n", status=503, content_type="text/plain")
    if waiting:
        return HttpResponse("migrations are waiting\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
