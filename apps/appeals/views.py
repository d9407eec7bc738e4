"""The way on from a refusal: its page, what a member notes on it, the packet and the calendar file."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.appeals.calendar_file import calendar_file
from apps.appeals.forms import LetterForm, ProgressForm, TextForm, initial_of
from apps.appeals.noted import Case
from apps.appeals.packet import packet
from apps.appeals.page import Way, context, way
from apps.connections import limits
from apps.kinds.claim import page as claim_page
from apps.kinds.claim.records import ClaimRecord
from apps.plain_language.language import _
from apps.records.remarks import Topic, read_moment
from apps.records.shelf import Library
from apps.vault.boxes import box_for

MOST_PACKETS: Final = 20
"""Packets one member may make within ten minutes."""


class NoRefusal(Exception):
    """The claim is the member's, and refuses them nothing (any more): its own page says how it is."""


type View = Callable[[MemberRequest, uuid.UUID], HttpResponse]


def of_a_refusal(view: View) -> View:
    """Lead from a claim that refuses nothing to its own page."""

    @wraps(view)
    def guarded(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
        try:
            return view(request, claim_id)
        except NoRefusal:
            return redirect("claims:claim", claim_id)

    return guarded


@require_safe
@sensitive_variables()
@of_a_refusal
def appeal(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Show why it was refused, who can mend it, until when, and the letter."""
    return _page(request, claim_id)


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
@of_a_refusal
def note_letter(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Note the date on the letter and the kind of coverage."""
    form = LetterForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, letter_form=form)
    case, _record = _opened(request, claim_id)
    case.note_letter(form.cleaned_data["letter_on"], form.cleaned_data["kind"], now=timezone.now())
    return _back(claim_id, "when")


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
@of_a_refusal
def keep_text(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Keep the letter as it was changed."""
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, text_form=form)
    case, _record = _opened(request, claim_id)
    case.keep_text(form.cleaned_data["text"], now=timezone.now())
    return _back(claim_id, "letter")


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
@of_a_refusal
def make_packet(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Keep the letter, and send the packet to the member's own device."""
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, text_form=form)
    case, record = _opened(request, claim_id)
    if limits.counted("packets", str(request.user.pk)) > MOST_PACKETS:
        return _too_many(request, claim_id, form)
    text = form.cleaned_data["text"]
    case.keep_text(text, now=timezone.now())
    body = packet(way(case, record, today=timezone.localdate()), text)
    return _file(body, "application/pdf", "packet.pdf")


@require_POST
@sensitive_post_parameters()
@sensitive_variables()
@of_a_refusal
def note_progress(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Note how far the appeal is."""
    form = ProgressForm(request.POST)
    if not form.is_valid():
        return _page(request, claim_id, progress_form=form)
    case, _record = _opened(request, claim_id)
    case.note_progress(form.progress(), now=timezone.now())
    return _back(claim_id, "progress")


@require_POST
@sensitive_variables()
@of_a_refusal
def undo(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Take back what was noted at the moment that the form names."""
    case, _record = _opened(request, claim_id)
    said_at, topic = read_moment(request.POST.get("said_at", "")), request.POST.get("topic", "")
    if said_at is not None and topic in Topic:
        case.undo(Topic(topic), said_at, now=timezone.now())
    place = {"appeal": "progress", "appeal_text": "letter"}.get(topic, "when")
    return _back(claim_id, place)


@require_safe
@sensitive_variables()
@of_a_refusal
def day_file(request: MemberRequest, claim_id: uuid.UUID) -> HttpResponse:
    """Send the last day as a calendar file, where it may be told."""
    case, record = _opened(request, claim_id)
    day = way(case, record, today=timezone.localdate()).deadline.day
    if day is None:
        raise Http404
    text = calendar_file(day, uid=uuid.uuid4(), now=timezone.now())
    return _file(text.encode(), "text/calendar; charset=utf-8", "day.ics")


def _opened(request: MemberRequest, claim_id: uuid.UUID) -> tuple[Case, ClaimRecord]:
    """Return the member's own refusal; raise Http404 for other people's claims, `NoRefusal` for others."""
    row = get_object_or_404(request.user.records.select_related("connection__plan"), pk=claim_id)
    library = Library(request.user, box_for(request.user), is_unfolded=True)
    claim = claim_page.found(library, row)
    if claim is None:
        raise Http404
    if claim.held is None or claim.record is None or not claim.held.entry.refuses_you:
        raise NoRefusal
    return Case(library, claim.held), claim.record


def _page(request: MemberRequest, claim_id: uuid.UUID, **forms: Any) -> HttpResponse:
    case, record = _opened(request, claim_id)
    way_on = way(case, record, today=timezone.localdate())
    chosen = {"letter_on": way_on.noted.letter_on, "kind": _shown_kind(way_on)}
    anew = {"is_urgent": "urgent" in request.GET, "in_english": "english" in request.GET}
    text = way_on.draft(**anew) if "fill" in request.GET else way_on.noted.text
    own = {
        "letter_form": LetterForm(initial=chosen, suggested=way_on.kind_name if way_on.is_suggested else ""),
        "text_form": TextForm(initial={"text": text or way_on.draft()}),
        "progress_form": ProgressForm(initial=initial_of(way_on.noted.progress)),
    }
    more = {"claim": claim_id, "is_new_text": "fill" in request.GET, **own, **forms}
    return render(request, "appeals/appeal.html", context(way_on, **more), status=400 if forms else 200)


def _too_many(request: MemberRequest, claim_id: uuid.UUID, form: TextForm) -> HttpResponse:
    """Say that packets are paused, with the letter as it was typed."""
    form.add_error("text", _("You made many packets within ten minutes. Wait ten minutes, then try again."))
    response = _page(request, claim_id, text_form=form)
    response.status_code = 429
    response.headers["Retry-After"] = str(limits.WINDOW_SECONDS)
    return response


def _shown_kind(way_on: Way) -> str:
    """What the list of kinds shows: the answer, else what is certain or suggested."""
    coverage = way_on.coverage
    return coverage.answer or ("" if coverage.kind == "unknown" else coverage.kind)


def _file(body: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(body, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _back(claim_id: uuid.UUID, place: str) -> HttpResponse:
    return HttpResponseRedirect(f"{reverse('appeals:appeal', args=[claim_id])}#{place}", status=303)
