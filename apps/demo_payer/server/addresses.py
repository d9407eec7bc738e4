"""The payer's own addresses, always built from the host the request came to."""

from urllib.parse import urlsplit

from django.http import HttpRequest

from apps.demo_payer.plan import FHIR_PATH


def origin(request: HttpRequest) -> str:
    """Return scheme, host and port, which is also the OpenID issuer."""
    return f"{request.scheme}://{request.get_host()}"


def origin_of(uri: str) -> str:
    """Return the origin of an absolute address."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def fhir_base(origin: str) -> str:
    """Return the FHIR base address of this origin, without a trailing slash."""
    return f"{origin}{FHIR_PATH}"
