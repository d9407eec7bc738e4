"""What went wrong, as FHIR says it: OperationOutcome (https://hl7.org/fhir/R4/operationoutcome.html)."""

from django.http import HttpResponse, JsonResponse

CONTENT_TYPE = "application/fhir+json"


class Refused(Exception):
    """A request answered with an OperationOutcome: HTTP status, issue code, and words for developers."""

    status = 400
    code = "invalid"
    challenge = ""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

    def response(self) -> HttpResponse:
        """Return the answer."""
        answer = outcome(self.status, self.code, self.text)
        if self.challenge:
            answer["WWW-Authenticate"] = self.challenge
        return answer


class Malformed(Refused):
    """A parameter whose value or modifier cannot be read."""


class TooMany(Refused):
    """More records at once than the payer gives, refused as the framework of Medicare's server words it."""

    def response(self) -> HttpResponse:
        """Return the answer: no OperationOutcome."""
        return JsonResponse({"detail": self.text}, status=self.status)


class NoToken(Refused):
    """No bearer token was sent (RFC 6750 section 3: then no error code is given)."""

    status = 401
    code = "login"
    challenge = 'Bearer realm="Harborlight Health"'


class DeadToken(Refused):
    """The token is unknown, expired or revoked."""

    status = 401
    code = "login"
    challenge = 'Bearer realm="Harborlight Health", error="invalid_token"'


class OutOfScope(Refused):
    """The member did not allow this type of record."""

    status = 403
    code = "forbidden"
    challenge = 'Bearer realm="Harborlight Health", error="insufficient_scope"'


class AnotherPatient(Refused):
    """The search names a patient the token is not for."""

    status = 403
    code = "forbidden"


class Absent(Refused):
    """No such resource, or none this token may know of: both look the same."""

    status = 404
    code = "not-found"


class Unsupported(Refused):
    """A type this server does not hold."""

    status = 404
    code = "not-supported"


class OtherMethod(Refused):
    """Anything but reading."""

    status = 405
    code = "not-supported"


def outcome(status: int, code: str, text: str) -> HttpResponse:
    """Return one error issue; `code` is from http://hl7.org/fhir/issue-type."""
    issue = {"severity": "error", "code": code, "diagnostics": text}
    body = {"resourceType": "OperationOutcome", "issue": [issue]}
    return JsonResponse(body, status=status, content_type=CONTENT_TYPE)
