"""The member's own account page; signing in and out are allauth's views with our templates."""

from allauth.account.models import EmailAddress
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show what we know of the member and where to change it."""
    confirmed = EmailAddress.objects.filter(user=request.user, primary=True, verified=True).exists()
    return render(request, "accounts/account.html", {"is_email_confirmed": confirmed})
