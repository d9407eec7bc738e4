"""The app's name for every template: the listing's, so that pages, mails and payers all say the same."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from apps.listing.models import AppListing


def app_name(_request: HttpRequest) -> dict[str, object]:
    """Return the name as `app_name`; the database is asked by the templates that say it."""
    return {"app_name": SimpleLazyObject(AppListing.objects.app_name)}
