"""How long a permission lasts, and why it ended, in words."""

from datetime import UTC, datetime, timedelta

import pytest

from apps.connections import lasting
from apps.connections.lasting import Notice
from apps.connections.models import Reason

NOON = datetime(2026, 11, 25, 18, 0, tzinfo=UTC)
PLAN = "Harborlight Health"


def lasts(
    *, permission: timedelta | None = None, access: timedelta | None = None, is_renewed: bool = True
) -> Notice | None:
    """Ask about ends so far from now."""
    return lasting.lasts(
        plan=PLAN,
        permission_ends_at=None if permission is None else NOON + permission,
        access_ends_at=None if access is None else NOON + access,
        is_renewed=is_renewed,
        now=NOON,
    )


def test_a_known_end_is_announced_fourteen_days_before() -> None:
    """Facts payers.md 4.1, row 12: show expiry, warn before."""
    assert lasts(permission=timedelta(days=14, seconds=1)) is None
    notice = lasts(permission=timedelta(days=14))
    assert notice == Notice(
        "Your plan's permission ends on December 9, 2026; sign in there again before then, and nothing is "
        "interrupted.",
        is_urgent=True,
    )


def test_an_end_that_has_come_is_said_to_be_in_the_past() -> None:
    """The plan has the last word: until it refuses, the permission may still hold."""
    notice = lasts(permission=timedelta(days=-1))
    assert notice
    assert notice.is_urgent
    assert notice.text == (
        "Your plan's permission was to end on November 24, 2026. If nothing new comes, sign in there again."
    )


def test_a_permission_that_does_not_last_is_no_alarm() -> None:
    """Facts payers.md, design rule 8: no refresh token is the normal case for 1upHealth."""
    notice = lasts(access=timedelta(hours=1), is_renewed=False)
    assert notice
    assert not notice.is_urgent
    assert notice.text.startswith(
        "Harborlight Health gives permission for a short while each time. This one lasts until "
    )
    assert (
        "today. That is normal there; the records you have stay. Sign in there again for newer" in notice.text
    )
    tomorrow = lasts(access=timedelta(days=2), is_renewed=False)
    assert tomorrow
    assert "lasts until November 27, 2026." in tomorrow.text
    over = lasts(access=timedelta(seconds=-1), is_renewed=False)
    assert over
    assert not over.is_urgent
    assert "this one is over. That is normal there." in over.text


def test_tokens_that_are_renewed_need_no_word() -> None:
    """An access token that ends in an hour is our business, not the member's."""
    assert lasts(access=timedelta(hours=1)) is None
    assert lasts() is None
    assert lasts(is_renewed=False) is None


REASONS = [reason for reason in Reason if reason != Reason.DISCONNECTED]  # the member's own; said elsewhere


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_has_words_and_a_next_step(reason: Reason) -> None:
    """Why, since when, what stays, what to do; and no word of ours that members do not use."""
    notice = lasting.ended(reason, plan=PLAN, on=NOON)
    assert "That was on November 25, 2026." in notice.text
    assert "The records you have stay; sign in there again" in notice.text
    assert not {"token", "oauth", "fhir", "invalid_grant"} & set(notice.text.lower().split())
    assert notice.is_urgent == (reason != Reason.NOT_LASTING)


def test_the_words_differ_from_reason_to_reason() -> None:
    """Otherwise they would explain nothing; a word nobody knows gives the plain fact."""
    assert len({lasting.ended(reason, plan=PLAN, on=None).text for reason in REASONS}) == len(REASONS)
    assert lasting.ended("", plan=PLAN, on=None).text == (
        "The permission at Harborlight Health has ended. The records you have stay; sign in there again to "
        "get new ones."
    )
