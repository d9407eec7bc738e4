"""The member's first page, and the year in money."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_safe

from apps.accounts.requests import MemberRequest
from apps.claims.entry import ClaimEntry
from apps.claims.kind import APPROVAL, CLAIM
from apps.claims.people import whose
from apps.claims.rows import rows
from apps.claims.wording.listing import still_reading
from apps.connections.models import Connection
from apps.overview import wording
from apps.overview.asked import Asked
from apps.overview.home import YearShown, year_of
from apps.overview.year_page import page_of, years_of
from apps.records.entries import UNDATED
from apps.records.shelf import Held, Library
from apps.sync import news
from apps.vault.boxes import box_for

NEWEST = 5
FIRST_YEAR, LAST_YEAR = UNDATED.year + 1, 9999
"""Years a claim can be of, however odd: one that a plan dated wrongly has a page too."""


@require_safe
@sensitive_variables()
def home(request: MemberRequest) -> HttpResponse:
    """Answer first (how many claims, this year's share), then the plans, the newest claims and the year."""
    connections = list(request.user.connections.newest_first())
    if not connections:
        return render(request, "overview/home.html", {"connections": connections})
    library = Library(request.user, box_for(request.user))
    shown = year_of(library, number=timezone.localdate().year)
    counts = _counts(library)
    people = whose(connections, library.box, with_claims=counts)
    runs, now = list(request.user.sync_runs.active()), timezone.now()
    context = {
        "connections": connections,
        "news": news.shown(request, library, people),
        "is_arriving": any(not run.sleeps(now=now) for run in runs),
        "asleep": next((run for run in runs if run.sleeps(now=now)), None),
        "lede": _lede(connections, counts, shown),
        "shown": shown,
        "rows": rows(islice(_shown(library), NEWEST), people),
        "has_approvals": library.has(APPROVAL),
        "still_reading": still_reading(is_behind=library.is_behind),
    }
    return render(request, "overview/home.html", context)


def _counts(library: Library) -> dict[UUID, int]:
    """Return how many claims each connection shows."""
    found: dict[UUID, int] = {}
    for volume in library.volumes(CLAIM):
        claims = sum(tally.claims for tally in volume.summary.kinds.values())
        found[volume.plan] = found.get(volume.plan, 0) + claims
    return {plan: claims for plan, claims in found.items() if claims}


def _shown(library: Library) -> Iterator[Held[ClaimEntry]]:
    return (one for one in library.newest(CLAIM) if one.entry.is_current and one.twin_of is None)


def _lede(connections: Sequence[Connection], counts: Mapping[UUID, int], shown: YearShown) -> str:
    return wording.lede(
        plans=[(connection.plan.name, counts.get(connection.pk, 0)) for connection in connections],
        year=shown.year,
        number=shown.number,
        is_connected=not all(connection.is_kept for connection in connections),
    )


@require_safe
def newest_year(request: MemberRequest) -> HttpResponse:
    """Go to the newest year that has claims and has begun, else to this year."""
    today = timezone.localdate().year
    years = years_of(Library(request.user, box_for(request.user)))
    # A date that is a plan's mistake (9999) must not hide the years that were.
    return redirect("overview:year", next((year for year in years if year <= today), today))


@require_safe
@sensitive_variables()
def year(request: MemberRequest, year: int) -> HttpResponse:
    """Show a year in money: sums, what they are made of, and what counted toward limits."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    connections = list(request.user.connections.newest_first())
    library = Library(request.user, box_for(request.user))
    page = page_of(
        library,
        asked=Asked.of(request.GET, year, connections),
        connections=connections,
        today=timezone.localdate(),
    )
    context = {
        "page": page,
        "connections": connections,
        "printed_for": page.person,
        "still_reading": still_reading(is_behind=library.is_behind),
    }
    return render(request, "overview/year.html", context)
