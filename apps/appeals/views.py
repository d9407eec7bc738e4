"""The way on from a refusal: its page, what a member notes on it, the packet and the calendar file."""

import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import MemberRequest
from apps.appeals.forms import LetterForm, ProgressForm, TextForm, initial_of
from apps.appeals.noted import Case
from apps.appeals.packet import packet
from apps.appeals.page import Way, context, way
from apps.appeals.refused import NoRefusal, opened
from apps.appeals.rules import calendar_file
from apps.connections import limits
from apps.plain_language.language import _
from apps.records import activity
from apps.records.remarks import Topic, read_moment

MOST_PACKETS: Final = 20
"""Packets one member may make within ten minutes."""

type View = Callable[[MemberRequest, uuid.UUID], HttpResponse]
type Act[F: Form] = Callable[[MemberRequest, Case, F], HttpResponse | None]


def of_a_refusal(view: View) -> View:
    """Lead from what refuses nothing to its own page."""

    @wraps(view)
    def guarded(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
        try:
            return view(request, record_id)
        except NoRefusal as nothing:
            return redirect(nothing.url)

    return guarded


def on_form[F: Form](form: type[F], name: str, place: str) -> Callable[[Act[F]], View]:
    """Make a view of an act: what was typed wrongly shows the page again with the form, as *name*.

    Else the act is done, and leads back to *place* on the page where it answers nothing itself.
    """

    def made(act: Act[F]) -> View:
        @require_POST
        @sensitive_post_parameters()
        @sensitive_variables()
        @of_a_refusal
        @wraps(act)
        def view(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
            typed, case = form(request.POST), Case(*opened(request, record_id))
            if not typed.is_valid():
                return _page(request, case, **{name: typed})
            return act(request, case, typed) or _back(case, place)

        return view

    return made


@require_safe
@sensitive_variables()
@of_a_refusal
def appeal(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Show why it was refused, who can mend it, until when, and the letter."""
    return _page(request, Case(*opened(request, record_id)))


@on_form(LetterForm, "letter_form", "when")
def note_letter(_request: MemberRequest, case: Case, form: LetterForm) -> None:
    """Note the date on the letter and the kind of coverage."""
    case.note_letter(form.cleaned_data["letter_on"], form.cleaned_data["kind"], now=timezone.now())


@on_form(TextForm, "text_form", "letter")
def keep_text(_request: MemberRequest, case: Case, form: TextForm) -> None:
    """Keep the letter as it was changed."""
    case.keep_text(form.cleaned_data["text"], now=timezone.now())


@on_form(TextForm, "text_form", "letter")
def make_packet(request: MemberRequest, case: Case, form: TextForm) -> HttpResponse:
    """Keep the letter, and send the packet to the member's own device."""
    if limits.counted("packets", str(request.user.pk)) > MOST_PACKETS:
        return _too_many(request, case, form)
    text = form.cleaned_data["text"]
    case.keep_text(text, now=timezone.now())
    body = packet(way(case, today=timezone.localdate()), text)
    activity.note_done(request, activity.EXPORTED)
    return _file(body, "application/pdf", "packet.pdf")


@on_form(ProgressForm, "progress_form", "progress")
def note_progress(_request: MemberRequest, case: Case, form: ProgressForm) -> None:
    """Note how far the appeal is."""
    case.note_progress(form.progress(), now=timezone.now())


@require_POST
@sensitive_variables()
@of_a_refusal
def undo(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Take back what was noted at the moment that the form names."""
    case = Case(*opened(request, record_id))
    said_at, topic = read_moment(request.POST.get("said_at", "")), request.POST.get("topic", "")
    if said_at is not None and topic in Topic:
        case.undo(Topic(topic), said_at, now=timezone.now())
    return _back(case, {"appeal": "progress", "appeal_text": "letter"}.get(topic, "when"))


@require_safe
@sensitive_variables()
@of_a_refusal
def day_file(request: MemberRequest, record_id: uuid.UUID) -> HttpResponse:
    """Send the last day as a calendar file, where it may be told."""
    day = way(Case(*opened(request, record_id)), today=timezone.localdate()).deadline.day
    if day is None:
        raise Http404
    text = calendar_file(day, uid=uuid.uuid4(), now=timezone.now())
    return _file(text.encode(), "text/calendar; charset=utf-8", "day.ics")


def _page(request: MemberRequest, case: Case, **forms: Any) -> HttpResponse:
    way_on = way(case, today=timezone.localdate())
    chosen = {"letter_on": way_on.noted.letter_on, "kind": _shown_kind(way_on)}
    anew = {"is_urgent": "urgent" in request.GET, "in_english": "english" in request.GET}
    text = way_on.draft(**anew) if "fill" in request.GET else way_on.noted.text
    own = {
        "letter_form": LetterForm(initial=chosen, suggested=way_on.kind_name if way_on.is_suggested else ""),
        "text_form": TextForm(initial={"text": text or way_on.draft()}),
        "progress_form": ProgressForm(initial=initial_of(way_on.noted.progress)),
    }
    is_opened = bool({"fill", "open"} & request.GET.keys() or {"letter_form", "text_form"} & forms.keys())
    more = {"is_new_text": "fill" in request.GET, "is_opened": is_opened, **own, **forms}
    return render(request, "appeals/appeal.html", context(way_on, **more), status=400 if forms else 200)


def _too_many(request: MemberRequest, case: Case, form: TextForm) -> HttpResponse:
    """Say that packets are paused, with the letter as it was typed."""
    form.add_error("text", _("You made many packets within ten minutes. Wait ten minutes, then try again."))
    response = _page(request, case, text_form=form)
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


def _back(case: Case, place: str) -> HttpResponse:
    address = reverse("appeals:appeal", args=[case.refused.held.id])
    opened = "" if place == "progress" else "?open"  # not every browser unfolds what an address leads to
    return HttpResponseRedirect(f"{address}{opened}#{place}", status=303)
