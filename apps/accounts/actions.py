"""What members do with their account: agree to the privacy policy."""

from datetime import datetime

from apps.accounts.models import Consent, Member


def agree(*, member: Member, version: str, now: datetime) -> Consent:
    """Note that the member agreed to this version of the privacy policy; a second yes changes nothing.

    The first moment stays: it is the one that came before the data. Safe when two requests race.
    """
    consent, _ = Consent.objects.get_or_create(
        member=member, policy_version=version, defaults={"given_at": now}
    )
    return consent
