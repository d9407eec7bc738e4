"""A file as its page and the list show it: every value prepared."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone

from apps.plain_language.times import time_words
from apps.takeaway import wording
from apps.takeaway.models import Export


@dataclass(frozen=True, slots=True)
class Shown:
    """`poll_seconds` says how often to look again, 0 when nothing is to come."""

    url: str
    download_url: str
    delete_url: str
    title: str
    format: str
    scope: str
    state: str
    badge: str
    lede: str
    closed: str
    mixed: str
    done: int
    total: int
    poll_seconds: int
    is_ready: bool
    ends: str


def of(export: Export) -> Shown:
    """Return what to say about *export*. No query."""
    ends_at = timezone.localtime(export.expires_at)
    return Shown(
        url=export.get_absolute_url(),
        download_url=reverse("takeaway:download", args=[export.pk]),
        delete_url=reverse("takeaway:delete", args=[export.pk]),
        title=wording.title(export.format, export.year),
        format=export.format,
        scope=str(export.year or "all"),
        state=export.state,
        badge=wording.badge(export.state),
        lede=wording.lede(state=export.state, done=export.done, total=export.total),
        closed=wording.closed(export.closed),
        mixed=wording.mixed() if export.is_mixed else "",
        done=export.done,
        total=max(export.total, export.done, 1),
        poll_seconds=1 if export.is_active else 0,
        is_ready=export.is_ready,
        ends=wording.ends(day=ends_at.date(), time=time_words(ends_at)),
    )
