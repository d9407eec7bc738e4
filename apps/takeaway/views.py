"""Choosing what to take along, watching it being made, and the files themselves.

Whoever finds a browser that was left signed in can read page after page, but not carry everything away: files
of a year or of everything ask "is it you?" (W-14). One claim, which can be printed from its page, does not.
"""

import uuid

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.requests import HtmxRequest, MemberRequest, render_part
from apps.accounts.sign_in import is_it_you
from apps.plain_language.language import _
from apps.records import activity
from apps.takeaway import actions, chosen_files, contents, ours, wording
from apps.takeaway.chosen_files import Offer
from config.headers import fetches_parts


@require_safe
def choose(request: MemberRequest) -> HttpResponse:
    """Say what each kind of file is for, and list the files that are being made or wait here."""
    offer = Offer.of(request.user, request.GET)
    if offer.scope.claim_id is None and (question := is_it_you(request)):
        return question
    exports = request.user.exports.kept(now=timezone.now()).newest_first()
    context = {"offer": offer, "files": [chosen_files.shown(export) for export in exports]}
    return render(request, "takeaway/choose.html", context)


@require_POST
@sensitive_variables()
def make(request: MemberRequest) -> HttpResponseBase:
    """Answer with the file where it is small; else have it made and show how far it is."""
    asked = chosen_files.chosen(request.user, request.POST)
    if asked is None:
        return _back(request, wording.NOTHING)
    format_, scope = asked
    if scope.claim_id is None and (question := is_it_you(request)):
        return question
    now = timezone.now()
    try:
        actions.refuse_haste(member=request.user)
        is_small = actions.is_small(member=request.user, format_=format_, scope=scope)
        if not is_small:
            export = actions.request(member=request.user, format_=format_, year=scope.year, now=now)
    except actions.TooMany as error:
        return _back(request, wording.HASTE if error.is_haste else wording.FULL)
    activity.note_done(request, activity.EXPORTED, is_each=scope.claim_id is None)
    if scope.claim_id is None and actions.is_news(request.session, format_):
        get_adapter().send_notification_mail("account/email/exported", request.user)
    if is_small:
        return contents.at_once(member=request.user, format_=format_, scope=scope, now=now)
    return HttpResponseRedirect(export.get_absolute_url(), status=303)


@fetches_parts
@require_safe
def export_page(request: HtmxRequest, export_id: uuid.UUID) -> HttpResponse:
    """Show how far a file is; htmx asks for the changing part alone."""
    export = get_object_or_404(request.user.exports, pk=export_id)
    file = None if actions.is_gone(export, now=timezone.now()) else chosen_files.shown(export)
    context = {"file": file, "said": file.lede if file else _(wording.IS_GONE)}
    part, page = "takeaway/progress.html", "takeaway/export.html"
    return render_part(request, part=part, page=page, context=context, shows=file)


@require_safe
def download(request: MemberRequest, export_id: uuid.UUID) -> HttpResponseBase:
    """Answer with a file that is ready."""
    export = get_object_or_404(request.user.exports.select_related("member"), pk=export_id)
    if question := is_it_you(request):
        return question
    if not export.is_ready or actions.is_gone(export, now=timezone.now()):
        return redirect(export)
    return contents.prepared(export)


@require_POST
def delete(request: MemberRequest, export_id: uuid.UUID) -> HttpResponse:
    """Delete a file, also while it is being made."""
    actions.delete(export=get_object_or_404(request.user.exports, pk=export_id))
    messages.success(
        request, _("The file was deleted here. Copies you downloaded are still yours to look after.")
    )
    return HttpResponseRedirect(reverse("takeaway:choose"), status=303)


@require_safe
def schema(_request: HttpRequest) -> HttpResponse:
    """Describe the JSON of our reading for whoever writes a program."""
    return JsonResponse(ours.schema(), content_type="application/schema+json")


def _back(request: MemberRequest, words: str) -> HttpResponse:
    messages.warning(request, _(words))
    return HttpResponseRedirect(reverse("takeaway:choose"), status=303)
