"""What can go wrong between a member and a plan: each class is one page the member may see."""

from apps.connections.models import Attempt
from apps.outbound.errors import EndsAsking
from apps.plain_language.language import said
from apps.plans.models import Plan

LOST_NOTHING = said("Nothing was changed: the records you already have here are still here.")


class ConnectionFailed(Exception):
    """Base: an attempt to connect that ended without a connection.

    `title` and `sentence` say what happened, `lost` whether anything was lost, `next_step` what to do.
    `status` is the HTTP status of the page, `fault` whose side it is counted for, `side` what the member is
    told of that where we cannot tell. `plan` and `attempt` are known once the answer was matched to its
    handshake. The text of the exception is for operators; it never holds a code, a token or words sent by the
    other side.
    """

    title = said("That did not work")
    sentence = said("Your plan was not connected.")
    lost = LOST_NOTHING
    next_step = said("Start again from your plan's page.")
    status = 400
    fault = Attempt.Fault.PLAN
    side = ""
    retry = False
    hint = ""
    """What an operator may do about it: it goes to the log as a warning, and to the attempt."""
    look_first = False
    """Whether looking at what is connected comes before starting again."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or type(self).__name__)
        self.plan: Plan | None = None
        self.attempt: Attempt | None = None


# --- before leaving for the plan -------------------------------------------------------------------------


class PlanNotConnectable(ConnectionFailed):
    """The plan is not listed, not confirmed, or we are not registered with it."""

    title = said("This plan cannot be connected yet")
    fault = Attempt.Fault.OPERATOR
    sentence = said("We are not set up with this plan yet, so there is nothing to sign in to.")
    next_step = said("Look for the plan under another name, or come back another day.")
    status = 409


class PlanPaused(PlanNotConnectable, EndsAsking):
    """The plan is paused: nothing is asked there until an operator lifts that."""

    title = said("Connecting this plan is paused")
    sentence = said("The connection to this plan is paused here, so nothing is asked there for now.")
    next_step = said("Come back another day. If you have records of this plan here, they stay.")


class PlanNeedsOperator(ConnectionFailed):
    """New addresses nobody confirmed (drift), or PKCE without S256 (O-13): an operator has to decide."""

    title = said("This plan needs a look from us first")
    fault = Attempt.Fault.OPERATOR
    sentence = said(
        "Something changed at your plan's sign-in, and the people who run this site have to check it before "
        "anyone is sent there. You did nothing wrong."
    )
    next_step = said("Come back another day. If it takes long, tell the people who run this site.")
    status = 503


class TooManyTries(ConnectionFailed):
    """More sign-ins began within ten minutes than a person starts (W-18)."""

    title = said("That was a lot of tries")
    fault = Attempt.Fault.MEMBER
    sentence = said("You started connecting a plan many times within a few minutes, so we paused it for you.")
    next_step = said("Wait ten minutes, then try once more.")
    status = 429


# --- the plan's answer does not fit ----------------------------------------------------------------------


class SignedOut(ConnectionFailed, EndsAsking):
    """The answer came back to a browser in which nobody is signed in (O-39)."""

    title = said("You were signed out here in the meantime")
    fault = Attempt.Fault.MEMBER
    sentence = said("Your plan sent you back, but nobody is signed in here in this browser.")
    next_step = said(
        "Sign in here first, then connect your plan again. This answer cannot be used a second time."
    )
    status = 403


class AnswerIncomplete(ConnectionFailed):
    """`state` is missing, or there is neither a code nor an error (RFC 6749 section 4.1.2)."""

    title = said("The answer from your plan is incomplete")
    sentence = said("Something is missing in what came back, so we did not use it.")


class AnswerRepeated(ConnectionFailed):
    """A parameter comes more than once (RFC 6749 section 3.1)."""

    title = said("The answer from your plan contradicts itself")
    sentence = said("What came back says the same thing twice, so we did not use it.")


class AnswerUnknown(ConnectionFailed):
    """No handshake sent this `state`, or it ended too long ago to be remembered."""

    title = said("We do not know this answer")
    fault = Attempt.Fault.MEMBER
    side = "unknown"
    sentence = said("What came back does not belong to anything that was started here.")


class AnswerForeign(ConnectionFailed):
    """The handshake belongs to another member or another session (O-02, O-40)."""

    title = said("This answer belongs to another sign-in")
    fault = Attempt.Fault.MEMBER
    sentence = said(
        "Connecting this plan was started by someone else, or in another browser, or before you signed in "
        "again. To be safe we did not use the answer."
    )
    next_step = said("Start again here, in this browser, and finish it in this browser.")
    status = 403


class AnswerUsed(ConnectionFailed):
    """The `state` was used before: a reload, the back button, a double click or a replay (O-03)."""

    title = said("This answer was used already")
    fault = Attempt.Fault.MEMBER
    sentence = said("Each answer from a plan works once. You probably reloaded the page or went back to it.")
    next_step = said("See whether your plan is connected. If it is not, start again.")
    look_first = True


class AnswerExpired(ConnectionFailed):
    """The ten minutes of the handshake are over."""

    title = said("That took too long")
    fault = Attempt.Fault.MEMBER
    sentence = said("The trip to your plan has to be finished within ten minutes, and more time has passed.")


class PlanMoved(ConnectionFailed):
    """The plan's addresses, or who we are there, were changed while the member was away."""

    title = said("The way to sign in there has changed")
    fault = Attempt.Fault.OPERATOR
    sentence = said(
        "How this app signs in at your plan was changed while you were there, so we did not use what came "
        "back."
    )
    status = 409


class StoredPartBroken(ConnectionFailed):
    """A sealed value of the member's that this trip needs does not open (D-01): a key or a row is damaged."""

    title = said("Part of what is stored here cannot be opened")
    fault = Attempt.Fault.OPERATOR
    sentence = said(
        "You signed in, but something we keep for this plan cannot be opened any more, so we could not tell "
        "whether this is the same connection."
    )
    next_step = said(
        "Tell the people who run this site. You can also disconnect the damaged connection first, and then "
        "connect the plan anew."
    )
    status = 503
    look_first = True


class AnswerMisdirected(ConnectionFailed):
    """It came to another redirect URI than the one its trip left with: a mix-up (RFC 9700 section 4.4)."""

    title = said("The answer came to the wrong door")
    sentence = said(
        "What came back was meant for another plan than the one you left for, so we did not use it."
    )
    next_step = said("Start again. If it happens again, tell the people who run this site.")


class IssuerDiffers(ConnectionFailed):
    """`iss` is missing though announced, or names another server (RFC 9207 section 2.4)."""

    title = said("The answer came from somewhere else")
    sentence = said("What came back does not say that it comes from your plan, so we did not use it.")
    next_step = said("Start again. If it happens again, tell the people who run this site.")


# --- the plan said no ------------------------------------------------------------------------------------


class MemberSaidNo(ConnectionFailed):
    """`access_denied`: the member, or the plan, refused; the code is the same (RFC 6749 section 4.1.2.1)."""

    title = said("You or your plan said no")
    fault = Attempt.Fault.MEMBER
    side = "either"
    sentence = said("Your plan shared nothing with us. If it was you who said no, that is fine.")
    next_step = said(
        "If you said no, there is nothing to do. If you did not, your plan refused: start again, and if it "
        "refuses again, ask your plan why."
    )
    status = 200


class PlanSaidNo(ConnectionFailed):
    """Another error code of RFC 6749 section 4.1.2.1, or one nobody knows."""

    title = said("Your plan turned the request down")
    sentence = said(
        "Your plan did not accept our request. This is between the plan and us; you did nothing wrong."
    )
    next_step = said("Try again later. If it happens again, tell the people who run this site.")
    status = 502


class PlanBusy(ConnectionFailed):
    """The plan is down, slow, over its limits, or says `temporarily_unavailable`.

    `retry_after` is the header of that name as it came, "" without one.
    """

    retry_after = ""

    title = said("Your plan's system is not available")
    sentence = said("Your plan's system did not answer properly. It may be busy or under repair.")
    next_step = said("Wait a little, then start again.")
    status = 503
    retry = True


class PlanRefusesUs(ConnectionFailed):
    """`invalid_client`, `unauthorized_client`: our registration is broken; an operator has to act (O-32)."""

    title = said("Your plan does not accept us at the moment")
    fault = Attempt.Fault.OPERATOR
    sentence = said(
        "Your plan did not recognize this app. The people who run this site have to put that right."
    )
    next_step = said("Try again another day; nothing is wrong on your side.")
    status = 502
    look_first = True


class RequestRefused(ConnectionFailed):
    """`invalid_request`, `invalid_scope`, a redirect URI it does not know: we ask in a way it refuses."""

    title = said("Your plan did not accept how we asked")
    fault = Attempt.Fault.OPERATOR
    sentence = said("Your plan and this app do not agree on how to ask. You did nothing wrong.")
    next_step = said("Try again another day. The people who run this site have to put that right.")
    status = 502


class GrantRefused(ConnectionFailed):
    """`invalid_grant`: the code (or, on refresh, the refresh token) is spent, expired or unknown."""

    title = said("Your plan did not accept the answer any more")
    fault = Attempt.Fault.MEMBER
    side = "unknown"
    sentence = said(
        "Your plan refused the one-time answer that it had sent. As a rule it was too old, or used before."
    )


class PlanAnswerUnreadable(ConnectionFailed):
    """HTML, broken JSON, no access token, or a token type that is not Bearer."""

    title = said("Your plan sent something we could not read")
    sentence = said("You signed in, but what your plan's system sent next does not make sense.")
    next_step = said("Try again later. If it happens again, tell the people who run this site.")
    status = 502
    retry = True


class IdTokenRefused(ConnectionFailed):
    """The id_token does not prove what it must (OpenID Connect Core 3.1.3.7); the text names the rule."""

    title = said("We could not be sure who answered")
    sentence = said(
        "The proof of identity in your plan's answer does not hold, so we did not use the answer."
    )
    next_step = said("Start again. If it happens again, tell the people who run this site.")
    status = 502


class NonceMissing(IdTokenRefused):
    """The id_token does not repeat the nonce that was sent: it may be of another sign-in (O-18, C-08)."""

    hint = (
        "Leaving openid out of the plan's scopes (quirk scopes) goes on without one; members cannot sign in "
        "with this plan then"
    )


class NobodyFound(ConnectionFailed):
    """The tokens work, but lead to no Patient."""

    title = said("Your plan did not say whose records these are")
    sentence = said("You signed in, but your plan's system named no person whose records we may read.")
    next_step = said("Ask your plan whether your online account is linked to a member, then start again.")
    status = 502


# --- later: using and ending the permission --------------------------------------------------------------


class AccessProblem(Exception):
    """Base of what stops reading through a connection that exists. Nothing stored is lost by any of them.

    `code` is stored on the run that stopped.
    """

    code = "access"
    sentence = said("Your plan could not be asked. Nothing was lost.")
    retry = True


class PermissionEnded(AccessProblem):
    """The permission is over (refresh refused, no refresh token, disconnected): the member has to sign in."""

    code = "ended"
    sentence = said(
        "Your plan's permission has ended. Sign in at your plan again to get new records; "
        "the ones you have stay."
    )
    retry = False


class RefreshDelayed(AccessProblem):
    """New tokens could not be fetched now (plan down, or another process is at it for long).

    `retry_after` is what the plan asked for in its header of that name, "" where it asked for nothing.
    """

    code = "not_renewed"
    retry_after = ""

    sentence = said(
        "Your plan's system did not renew the permission just now. Nothing was lost; we will try again."
    )


class RegistrationBroken(AccessProblem):
    """The plan refused our registration (`invalid_client`); the member's permission may well hold.

    Tried again: the second refusal within minutes pauses the plan, and then nothing is asked (C-06).
    """

    sentence = said(
        "Your plan does not accept us at the moment. The people who run this site have to put that right; "
        "nothing was lost."
    )


class AskingStopped(AccessProblem, EndsAsking):
    """The plan is paused, the member suspended, signed out or asked to agree: nothing is asked until that is
    over.

    Its text is a problem code, one of `connections.models.connection.Stopped`.
    """

    sentence = said(
        "The connection to your plan is paused here: nothing is asked there until the operator of this site "
        "lifts the pause. Nothing was lost."
    )


class OutsideThePlan(AccessProblem):
    """A URL leads away from the plan's own server: the token is not sent there (O-26, R-20)."""

    code = "next_refused"
    sentence = said("Your plan pointed to another server. We did not follow, to keep your permission safe.")
    retry = False
