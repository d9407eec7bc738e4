"""An OAuth request as Authlib takes it, seen through the personality it was sent to."""

from functools import cached_property
from typing import Any

from authlib.integrations.django_oauth2.requests import DjangoOAuth2Payload, DjangoOAuth2Request
from django.http import HttpRequest

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server.addresses import playing


class Payload(DjangoOAuth2Payload):  # type: ignore[misc]
    """The parameters the personality looks at, with the defaults it puts in for others."""

    @cached_property
    def data(self) -> dict[str, Any]:
        """Return query and form; an authorization request only holds what this payer knows."""
        values: dict[str, Any] = {**self._request.GET.dict(), **self._request.POST.dict()}
        match = self._request.resolver_match
        if match is None or match.url_name != "authorize":
            return values
        personality = playing(self._request)
        if personality.known:
            values = {name: value for name, value in values.items() if name in personality.known}
            values["response_type"] = "code"
        if personality.default_scope and not values.get("scope"):
            values["scope"] = personality.default_scope
        return values


class Asked(DjangoOAuth2Request):  # type: ignore[misc]
    """Authlib's request, with the HTTP request and the personality at hand."""

    def __init__(self, http: HttpRequest) -> None:
        super().__init__(http)
        self.http = http
        self.payload = Payload(http)
        self.declined: frozenset[str] = frozenset()
        """Scopes the member took out on the consent page."""

    @property
    def personality(self) -> Personality:
        """Return who is asked."""
        return playing(self.http)
