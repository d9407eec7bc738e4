"""Today's first line, for the page that a member is on when their first records have come."""

from datetime import datetime

from django.utils import timezone

from apps.accounts.models import Member
from apps.kinds.claim.people import everybody
from apps.overview import needs
from apps.overview.today import Desk, today_of
from apps.records.shelf import Library
from apps.vault.boxes import box_for


def first_answer(member: Member, *, now: datetime) -> str:
    """Return the sentence that Today begins with (the setting SYNC_FIRST_ANSWER); nothing is new yet."""
    library = Library(member, box_for(member))
    desk = Desk(library, now=now, today=timezone.localdate(now))
    people = everybody(library)
    return today_of(desk, people, needs.cards(desk, people, ())).sentences[0]
