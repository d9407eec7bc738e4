"""Registering at a server that takes registrations by program: RFC 7591, and RFC 7592 to change and end.

One client for each registration of ours, as by hand: what is sent is what its packet says, and what comes
back goes into the same row. The token that changes a client later is sealed bound to the address it is for.
"""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string

from apps.outbound.addresses import AddressUnusable, check_address
from apps.outbound.door import fetch, object_in, open_session
from apps.outbound.errors import ForOperators, OutboundError
from apps.plans.clients import note_origins, sheet_of
from apps.plans.discovery import known_endpoints
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins, is_allowed
from apps.plans.reading import Unreadable, json_object, text_of
from apps.plans.registrations import Registration
from apps.plans.secrets import client_secret, seal_client_secret
from apps.vault.boxes import house_box

TOKEN: Final = "sealed_management_token"  # noqa: S105 - the name of a column
COLUMNS: Final = (
    "client_id", "sealed_client_secret", "sealed_next_client_secret", "next_secret_taken_by", TOKEN,
    "management_uri", "updated_at",
)  # fmt: skip
MOST_BYTES: Final = 256 * 1024
MOST_CLIENT_ID: Final = 255
LONGEST_URI: Final = 500
SAID: Final = {
    "invalid_redirect_uri": "it does not take one of our redirect addresses",
    "invalid_client_metadata": "it does not take something of what we sent (often scopes of ours)",
    "invalid_software_statement": "it wants a software statement, and we have none",
    "unapproved_software_statement": "it wants a software statement that it approved, and we have none",
    "access_denied": "it does not let us",
    "invalid_token": "it does not take the token",
}
"""What the errors of RFC 7591 section 3.2.2 and RFC 6750 say, in words."""


class NotRegistered(ForOperators):
    """The server did not do it. `sentence` is for the operator; it quotes nothing that the server wrote."""


@dataclass(frozen=True)
class Place:
    """Where the registration's server takes registrations, and the origins its plans allow."""

    url: str
    slug: str
    allowed: frozenset[str]


def place_of(registration: Registration) -> Place:
    """Return where to register, as its plans publish it; raise NotRegistered."""
    plans = list(registration.plans.order_by("slug"))
    published = {plan: _published(plan) for plan in plans}
    urls = set(published.values()) - {""}
    if not urls:
        raise NotRegistered(
            "None of its plans publishes a registration_endpoint, as far as is known. Check a plan first; "
            "where there is none, register by hand."
        )
    if len(urls) > 1:
        raise NotRegistered("Its plans publish more than one registration_endpoint: register by hand.")
    plan = next(plan for plan, url in published.items() if url)
    return Place(urls.pop(), plan.slug, allowed_origins(plan))


def _published(plan: Plan) -> str:
    """Return where the plan's server registers clients, "" where that is not known, or not confirmed."""
    endpoints = known_endpoints(plan)
    url = (endpoints and endpoints.registration_url) or ""
    return url if url and is_allowed(url, allowed_origins(plan)) else ""


def to_send(registration: Registration) -> dict[str, Any]:
    """Return the metadata that is registered; raise NotRegistered where the plans disagree about it."""
    sheet = sheet_of(registration)
    for name, values in (("methods", sheet.methods), ("scopes", sheet.scopes)):
        if len(values) > 1:
            raise NotRegistered(f"Its plans disagree about {name}: {'; '.join(values)}. One client has one.")
    return dict(import_string(settings.PLANS_CLIENT_METADATA)(sheet))


def register(registration: Registration, *, initial_token: str = "") -> list[str]:
    """Register us (RFC 7591) and keep what comes back; return what the operator has to know, in lines.

    `initial_token` is the one that some servers give operators beforehand. Raises NotRegistered.
    """
    if registration.client_id:
        raise NotRegistered("It has a client id already: change or end that one.")
    place, sent = place_of(registration), to_send(registration)
    answer = _ask(place, "POST", place.url, sent=sent, token=initial_token, good=(200, 201))
    client_id = _client_id(answer)
    with transaction.atomic():
        row = Registration.objects.select_for_update().get(pk=registration.pk)
        if row.client_id:
            raise NotRegistered(
                f"Somebody wrote another client id meanwhile. The server now has the client {client_id} too: "
                "have it ended there."
            )
        row.client_id = client_id
        lines = [f"Registered as {client_id}.", *_kept(row, answer, sent, place)]
        row.save(update_fields=COLUMNS)
        for plan in row.plans.select_related("registration"):
            note_origins(plan)
    return lines


def update(registration: Registration) -> list[str]:
    """Send our metadata as it is now in place of what is registered (RFC 7592 section 2.2)."""
    place, sent = _managed(registration), to_send(registration)
    whole = sent | {"client_id": registration.client_id}
    if secret := client_secret(registration):
        whole["client_secret"] = secret
    answer = _ask(
        place, "PUT", registration.management_uri, sent=whole, token=_token(registration), good=(200,)
    )
    if _client_id(answer) != registration.client_id:
        raise NotRegistered("The server answered for another client: nothing was kept of it.")
    with transaction.atomic():
        row = _same(registration)
        lines = ["Our metadata is registered as it is now.", *_kept(row, answer, sent, place)]
        row.save(update_fields=COLUMNS)
    return lines


def end(registration: Registration) -> list[str]:
    """End our client there (RFC 7592 section 2.3) and forget its id, secret and token."""
    place = _managed(registration)
    if registration.plans.filter(connections__sealed_tokens__gt=b"").exists():
        raise NotRegistered("Members have permissions through it: end those first.")
    if registration.plans.filter(revocations__state="waiting").exists():
        raise NotRegistered("Permissions are still being ended through it: wait until that is over.")
    uri = registration.management_uri
    _ask(place, "DELETE", uri, token=_token(registration), good=(200, 204))
    with transaction.atomic():
        row = _same(registration)
        row.client_id, row.management_uri, row.sealed_management_token = "", "", None
        seal_client_secret(row, "")
        row.save(update_fields=COLUMNS)
    return ["The client ended there. Its id, secret and token are forgotten here."]


def _same(registration: Registration) -> Registration:
    """Return the row locked; raise NotRegistered where it is about another client since we asked."""
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    if (row.client_id, row.management_uri) != (registration.client_id, registration.management_uri):
        raise NotRegistered("Somebody wrote another client meanwhile: nothing was kept of the answer.")
    return row


def managed_at(registration: Registration) -> str:
    """Return where our client is changed and ended by program; raise NotRegistered where it is not."""
    _managed(registration)
    return registration.management_uri


def _managed(registration: Registration) -> Place:
    """Return where the client is changed; raise NotRegistered where it was not registered so, or moved."""
    if not (registration.management_uri and registration.sealed_management_token):
        raise NotRegistered("The server gave no way to change this client by program: do it there, by hand.")
    place = place_of(registration)
    if not is_allowed(registration.management_uri, place.allowed):
        raise NotRegistered("The address to change it at is none that an operator confirmed for its plan.")
    return place


def _token(registration: Registration) -> str:
    return house_box().open(registration, TOKEN).decode()


def _ask(
    place: Place, method: str, url: str, *, good: tuple[int, ...], token: str, sent: Any = None
) -> dict[str, Any]:
    """Ask the server once, through the one door; raise NotRegistered with why it did not do it."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    headers |= {"Content-Type": "application/json"} if sent is not None else {}
    body = None if sent is None else json.dumps(sent)
    try:
        check_address(url)
        with open_session(plan=place.slug, origins=place.allowed, max_bytes=MOST_BYTES) as session:
            answer = fetch(session, url, method=method, headers=headers, data=body)
    except AddressUnusable as error:
        raise NotRegistered(f"Its address cannot be used: {error.sentence}") from error
    except OutboundError as error:
        said = f"The server did not answer ({type(error).__name__}). Whether it did it is not known."
        raise NotRegistered(said) from error
    if answer.status not in good:
        raise NotRegistered(_refusal(answer.status, answer.body, has_token=bool(token)))
    return {} if method == "DELETE" else _object(answer.body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        return json_object(body)
    except Unreadable as error:
        raise NotRegistered(f"The server's answer {error}. A client may be registered there.") from error


def _refusal(status: int, body: bytes, *, has_token: bool) -> str:
    """Say why in our words: what the server wrote is not shown."""
    code = object_in(body).get("error")
    if why := SAID.get(code) if isinstance(code, str) else None:
        return f"The server refused ({status}): {why}."
    if status in {401, 403}:
        wants = (
            "it does not take the token" if has_token else "it wants an initial access token from its people"
        )
        return f"The server refused ({status}): {wants}."
    if status == 404:
        return "The server knows no such address (404)."
    if status == 429:
        return "The server wants us to wait (429)."
    return f"The server refused ({status}), without a reason we know."


def _client_id(answer: dict[str, Any]) -> str:
    client_id = text_of(answer.get("client_id")) or ""
    if not client_id or len(client_id) > MOST_CLIENT_ID:
        raise NotRegistered(
            "The server's answer has no client id that can be kept. A client may be registered there."
        )
    return client_id


def _kept(row: Registration, answer: dict[str, Any], sent: dict[str, Any], place: Place) -> list[str]:
    """Put what came back onto the row, whose client id is set; return what an operator has to look at."""
    lines = [*_secret_kept(row, answer), *_management_kept(row, answer, place)]
    for name in ("token_endpoint_auth_method", "redirect_uris", "scope", "grant_types"):
        if name in answer and _plain(answer[name]) != _plain(sent.get(name)):
            lines.append(
                f"The server registered another {name} than we sent: look at it there, and at the plans."
            )
    return lines


def _secret_kept(row: Registration, answer: dict[str, Any]) -> list[str]:
    secret = text_of(answer.get("client_secret"))
    needs_one = any(plan.needs_secret for plan in row.plans.all())
    if not secret:
        missing = needs_one and not row.sealed_client_secret
        return ["It gave no client secret, and its plans need one: write it by hand."] if missing else []
    if secret == client_secret(row):
        return []
    seal_client_secret(row, secret)
    until = answer.get("client_secret_expires_at")
    if isinstance(until, int) and not isinstance(until, bool) and 0 < until < 32503680000:
        return [f"The client secret is kept; it ends on {datetime.fromtimestamp(until, UTC):%Y-%m-%d}."]
    return ["The client secret is kept."]


def _management_kept(row: Registration, answer: dict[str, Any], place: Place) -> list[str]:
    token, uri = (
        text_of(answer.get("registration_access_token")),
        text_of(answer.get("registration_client_uri")),
    )
    uri = uri or row.management_uri
    if not token:
        return [] if row.sealed_management_token else ["It gave no way to change the client by program."]
    try:
        check_address(uri)
    except AddressUnusable:
        uri = ""
    if not uri or len(uri) > LONGEST_URI or not is_allowed(uri, place.allowed):
        return [
            "It gave an address to change the client at that nobody confirmed for its plan: it is not kept."
        ]
    row.management_uri = uri
    row.sealed_management_token = house_box().seal(row, TOKEN, token.encode())
    return ["The token to change and end the client is kept."]


def _plain(value: Any) -> Any:
    """Lists and lines of scopes, whatever their order."""
    return (
        sorted(value.split())
        if isinstance(value, str)
        else sorted(map(str, value))
        if isinstance(value, list)
        else value
    )
