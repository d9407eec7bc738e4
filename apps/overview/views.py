"""The member's first page, and the year in money."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.accounts.sign_in import surely
from apps.kinds.claim import sealed_query
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import whose
from apps.kinds.claim.wording.list_words import still_reading
from apps.kinds.coverage.kind import COVERAGE
from apps.overview import hiding_page, household_page, needs
from apps.overview.asked import Asked
from apps.overview.household_page import NobodyKnown
from apps.overview.how_far import how_far
from apps.overview.people import telling
from apps.overview.search_page import search_page
from apps.overview.today import Desk, today_of
from apps.overview.typed_limits import NotAnAmount, Place, typed_in
from apps.overview.year_page import page_of, years_of
from apps.plain_language.language import _
from apps.records import remarks, switch
from apps.records.entries import UNDATED
from apps.records.remarks import Topic, read_moment
from apps.records.shelf import Library
from apps.sync import news
from apps.vault.boxes import box_for

FIRST_YEAR, LAST_YEAR = UNDATED.year + 1, 9999
"""Years a claim can be of, however odd: one that a plan dated wrongly has a page too."""


@require_safe
@sensitive_variables()
def home(request: MemberRequest) -> HttpResponse:
    """Answer first (which shares are not noted as paid), then what needs the member and what is new."""
    desk = _desk(request, is_whole=request.GET.get("rows") == "all")
    library, connections = desk.library, desk.library.newest_first
    if not connections:
        return render(request, "overview/home.html", {"connections": connections})
    counts = library.counts(CLAIM)
    people = whose(library, with_claims={plan for plan, n in counts.items() if n.current})
    new = news.shown(request, library, people)
    today = today_of(desk, people, needs.cards(desk, people, new.corrected if new else ()))
    context = {
        "connections": connections,
        "news": new,
        "today": today,
        "limits": () if today.is_arriving else how_far(library, today=desk.today),
        "rows": desk.newest_rows(people, above={share.id for share in today.due}),
        "has_clinical": library.has_clinical,
        "has_coverage": library.has(COVERAGE),
        "still_reading": still_reading(is_behind=library.is_behind),
        "people": switch.choices(request, library),
        "has_folded": library.has_folded(CLAIM),
        **_updates(request, desk),
        **switch.printed(library),
    }
    return render(request, "overview/home.html", context)


def _updates(request: MemberRequest, desk: Desk) -> dict[str, Any]:
    """Return whether records are on their way, and an update that waits for its plan."""
    runs = list(request.user.sync_runs.active())
    sleeping = [run for run in runs if run.sleeps(now=desk.now)]
    return {"is_arriving": len(sleeping) < len(runs), "asleep": sleeping[0] if sleeping else None}


@require_POST
@sensitive_variables()
def settle(request: MemberRequest) -> HttpResponse:
    """Note the older shares that were shown as settled, or take back what one press settled."""
    desk, pressed_at = _desk(request, is_whole=True), read_moment(request.POST.get("undo", ""))
    if "undo" not in request.POST:
        desk.settle(frozenset(request.POST.getlist("share")))
    elif pressed_at is not None:
        desk.unsettle(pressed_at)
    return HttpResponseRedirect(f"{reverse('overview:home')}#older", status=303)


def _desk(request: MemberRequest, *, is_whole: bool = False) -> Desk:
    library = switch.library_of(request)
    return Desk(library, now=timezone.now(), today=timezone.localdate(), is_whole=is_whole)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def people(request: MemberRequest) -> HttpResponse:
    """Show everybody of the account; keep what the member calls them, who agreed, and what is folded."""
    library, now = Library(request.user, box_for(request.user)), timezone.now()
    if request.method == "POST":
        try:
            household_page.keep(library, request.POST, now=now)
        except NobodyKnown as error:
            raise Http404 from error
        return HttpResponseRedirect(f"{reverse('overview:people')}#{request.POST['person']}", status=303)
    context = {"rows": household_page.rows(library, now=now), "connections": library.connections}
    return render(request, "overview/people.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
@surely
def hiding(request: MemberRequest) -> HttpResponse:
    """Show what of sensitive care is hidden, and keep what is changed; whoever looks has to be the member."""
    library = Library(request.user, box_for(request.user))
    if request.method == "POST":
        hiding_page.keep(library, request.POST, now=timezone.now())
        messages.success(request, _("Kept. It holds from now on, on every page."))
        return HttpResponseRedirect(reverse("overview:hiding"), status=303)
    return render(request, "overview/hiding.html", {"page": hiding_page.page_of(library)})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def search(request: MemberRequest) -> HttpResponse:
    """Search everything; what was typed comes by POST, and stands in the address sealed for its member."""
    if request.method == "POST":
        return sealed_query.leads_to(request, "overview:search")
    library = switch.library_of(request)
    page = search_page(library, request.GET.get("q", ""), today=timezone.localdate())
    context = {"page": page, "rows": page.rows, "people": switch.choices(request, library)}
    return render(request, "overview/search.html", context)


@require_safe
def money(request: MemberRequest) -> HttpResponse:
    """Go to the newest year that has claims and has begun, else to this year."""
    today = timezone.localdate().year
    years = years_of(switch.library_of(request))
    # A date that is a plan's mistake (9999) must not hide the years that were.
    return redirect("overview:year", next((year for year in years if year <= today), today))


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def type_limits(request: MemberRequest) -> HttpResponse:
    """Keep limits that the member read in the plan's papers; empty ones are taken back."""
    try:
        place = Place.of(request.POST.get("subject", ""))
    except ValueError as error:
        raise Http404 from error
    get_object_or_404(request.user.connections, pk=place.plan)
    try:
        typed = typed_in(request.POST)
    except NotAnAmount:
        messages.error(request, _("Please type an amount of dollars, like 1,500.00. Nothing was changed."))
    else:
        remarks.say(
            member=request.user,
            box=box_for(request.user),
            topic=Topic.LIMITS,
            subject=place.subject,
            value=typed or None,
            now=timezone.now(),
            connection_id=place.plan,
        )
    by_plan_year = (place.starts.month, place.starts.day) != (1, 1)
    return redirect(f"{Asked(place.starts.year, by_plan_year=by_plan_year).url()}#limits")


@require_safe
@sensitive_variables()
def year(request: MemberRequest, year: int) -> HttpResponse:
    """Show a year in money: sums, what they are made of, and what counted toward limits."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Http404
    library = switch.library_of(request)
    library.said(Topic.LIMITS)  # with what decides who shows, in one query
    asked = Asked.of(request.GET, year, telling(library), person=library.sight.person)
    context = {
        "page": page_of(library, asked=asked, now=timezone.now(), today=timezone.localdate()),
        "connections": library.connections,
        **switch.printed(library, asked.plan),
        "people": switch.choices(request, library),
        "has_folded": library.has_folded(CLAIM),
        "still_reading": still_reading(is_behind=library.is_behind),
    }
    return render(request, "overview/year.html", context)
