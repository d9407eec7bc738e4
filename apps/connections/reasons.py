"""Why a permission ended: the fixed words of `Connection.ended_because`, for operators and for `lasting`."""

from django.db import models


class Reason(models.TextChoices):
    """One word per way a permission ends; the member's sentences for them are in `lasting`."""

    NOT_LASTING = "not_lasting", "The access token ended and there is no refresh token"
    EXPIRED = "expired", "The plan's permission reached the end the plan had named"
    REFUSED = "refused", "The plan refused the refresh token (invalid_grant)"
    INTERRUPTED = "interrupted", "We stopped while renewing, and the plan's answer was lost"
    TURNED_AWAY = "turned_away", "The plan answers 401 to a token that should be good"
    ANOTHER_PERSON = "another_person", "A renewal named another person"
    UNPROVEN = "unproven", "The id_token of a renewal does not hold"
    MOVED = "moved", "The plan's addresses or our client id there are others than the tokens are bound to"
    ENDED_HERE = "ended_here", "An operator ended the plan's permissions"
    DISCONNECTED = "disconnected", "The member ended it and kept the records"
