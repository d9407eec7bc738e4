"""Error pages that Django calls by name."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:  # noqa: ARG001 - Django's signature
    """Say that the form was not accepted, and why that can happen, without quoting anything of it."""
    return render(request, "403_csrf.html", status=403)
