"""Why a call to the outside did not give an answer."""

from django.utils.translation import gettext_noop as said


class OutboundError(Exception):
    """Base of the door's errors. The text names no query, token or body."""

    sentence = said("Your plan's system could not be reached. Nothing was lost.")
    retry = True


class AddressRefused(OutboundError):
    """The URL is not https, carries user info, or leads to an address that is not public (SSRF)."""

    sentence = said("The address your plan gave is not one we are willing to call. Nothing was lost.")
    retry = False
    way_on = ""
    """What an operator may do about it, to stand behind the text; "" where only another address helps."""


class NotTrusted(AddressRefused):
    """A URL that would be called if its host were trusted."""

    way_on = " (to try one on your own machine or network, name its host:port in OUTBOUND_TRUSTED_HOSTS)"


class Unreachable(OutboundError):
    """No connection, a TLS failure, or a connection that broke."""


class TooSlow(OutboundError):
    """No answer within the time limit."""

    sentence = said("Your plan's system took too long to answer. Nothing was lost.")


class OutOfTime(TooSlow):
    """The time for all calls together is spent: no fault of this answer."""

    retry = False


class TooLarge(OutboundError):
    """The answer is larger than OUTBOUND_MAX_BYTES, or than its kind may be."""

    sentence = said("Your plan's system sent more than we are able to take in one piece. Nothing was lost.")
    retry = False


class PackedOtherwise(OutboundError):
    """The answer is packed more than once, or in a way that was not asked for: it is not opened."""

    sentence = said("Your plan's system answered in a form that we are not able to open. Nothing was lost.")
    retry = False


class ForOperators(Exception):
    """Base of what cannot be done as an operator asked; `sentence` says why, in words of ours alone."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class EndsAsking(Exception):
    """What a look raises (`limits.looking`): nothing more is wanted, and no plan is at fault."""
