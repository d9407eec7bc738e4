"""The first page on the way to a new plan: paste an address, see what it announces, go on to the form."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse

from apps.audit import trail
from apps.plans.addresses import AddressUnusable, check_address
from apps.plans.choices import Status
from apps.plans.first_look import FirstLook, look_at
from apps.plans.origins import shown_origin


class AddressForm(forms.Form):
    """An address as somebody sent it: the FHIR base, or one of its documents."""

    address = forms.URLField(
        label="Base address, or a discovery document", max_length=500, assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 70}),
    )  # fmt: skip


def begin(model_admin: Any, request: HttpRequest) -> HttpResponse:
    """Show the form; with an address ask its server, and keep nothing."""
    if not model_admin.has_add_permission(request):
        raise PermissionDenied
    form = AddressForm(request.POST or None)
    seen: FirstLook | None = None
    if request.method == "POST" and form.is_valid():
        if way := model_admin.way_to_prove(request):
            return redirect(way)
        try:
            seen = _look(request, form.cleaned_data["address"])
        except AddressUnusable as error:
            form.add_error("address", error.sentence)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": "A new plan",
        "opts": model_admin.opts,
        "form": form,
        "seen": seen,
        "go_on": _filled_in(seen) if seen else "",
    }
    return TemplateResponse(request, "admin/plans/plan/begin.html", context)


def _look(request: HttpRequest, address: str) -> FirstLook:
    """Ask the server, and note in the audit who asked whom; raise AddressUnusable."""
    check_address(address)  # before it is noted: of what is no address, no origin can be told
    asked = {"origin": (None, shown_origin(address))}
    trail.record(action="asked a new address", actor=f"member {request.user.pk}", changes=asked)
    return look_at(address)


def _filled_in(seen: FirstLook) -> str:
    """Django's form for a new row, with what is known in it."""
    known = {"fhir_base_url": seen.base, "profile": seen.profile, "status": Status.UNCONFIRMED.value}
    return f"{reverse('admin:plans_plan_add')}?{urlencode(known)}"
