"""What is new to a member among their claims, as the stage after this one tells it (CLAIMS_NEWS)."""

import uuid
from collections.abc import Mapping
from dataclasses import replace

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string

from apps.accounts.requests import MemberRequest
from apps.claims.listing import Listing
from apps.claims.rows import Month


def marked(found: Listing, request: MemberRequest) -> Listing:
    """Return *found* with its new and changed claims marked."""
    words: Mapping[uuid.UUID, str] = import_string(settings.CLAIMS_NEWS)(request)
    if not words:
        return found
    base = reverse("claims:list")
    by_url = {f"{base}{pk}/": word for pk, word in words.items()}
    months = [
        Month(month.heading, [replace(row, news=by_url.get(row.url, "")) for row in month.rows])
        for month in found.months
    ]
    return replace(found, months=months)
