"""The questions a trip would ask of a plan's sign-in server, asked without a member (`check_plan`, C-09)."""

import re
import secrets
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from apps.connections import handshakes, oauth
from apps.connections.oauth import REGISTRATION
from apps.connections.revocation_answers import is_for_us, method_to_revoke
from apps.connections.trips import consent_hint, fresh_secrets
from apps.outbound.addresses import host_of
from apps.outbound.door import Answer, fetch, open_session
from apps.outbound.errors import OutboundError, TooLarge, TooSlow
from apps.plans.discovery import Endpoints
from apps.plans.models import Plan
from apps.plans.origins import allowed_origins, may_go_to_revoke
from apps.plans.probes import Probe
from apps.plans.secrets import client_secret
from apps.vault.errors import SealBroken

DOES_NOT_OPEN: Final = "our stored client secret does not open: write it into the registration anew"
ELSEWHERE: Final = (
    "not asked: {host} has neither the records nor the tokens, and none is shown to a third server; members "
    "are told to end the permission at the plan"
)
PAGE_BYTES: Final = 2 * 1024 * 1024
READ: Final = 20_000
"""So much of a page is looked through for words of refusal."""
REFUSES: Final = (
    "its sign-in page refuses how we ask: invalid_request",
    "its sign-in page refuses our request",
)
"""Obstacles that may be about what is asked for."""
NOT_FOR_US: Final = (401, 403, 429)
"""How guards before sign-in pages answer programs: it tells nothing about members."""
WANTS_MEMBER: Final = (
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
)
_NO: Final = r"(?:invalid|mismatch|unregistered|unknown|illegal|not (?:registered|allowed|match|valid|found))"
_URI: Final = r"redirect[ _-]?ur[il]"
OF_REDIRECT: Final = re.compile(rf"{_URI}[^<>]{{0,60}}{_NO}|{_NO}[^<>]{{0,60}}{_URI}|redirect_uri_mismatch")
OF_CLIENT: Final = re.compile(rf"(?:invalid|unauthorized|unknown)[ _]client|client[^<>]{{0,30}}{_NO}")


def rehearse(plan: Plan, endpoints: Endpoints) -> list[Probe]:
    """Ask the sign-in page as a member's browser would, and revocation with a token that never was."""
    return [_sign_in_page(plan, endpoints), _revocation(plan, endpoints)]


def _sign_in_page(plan: Plan, endpoints: Endpoints) -> Probe:
    if not plan.client_id:
        return _of_page(["not tried: there is no client id"])
    kept = fresh_secrets(plan, endpoints)
    state = handshakes.new_state()
    url = oauth.authorization_url(plan, authorize_url=endpoints.authorize_url, kept=kept, state=state)
    try:
        with open_session(plan=plan.slug, origins=allowed_origins(plan), max_bytes=PAGE_BYTES) as session:
            answer = fetch(session, url, headers={"Accept": "text/html"})
    except TooLarge:
        return _of_page(["it shows a page"])
    except TooSlow:
        return _of_page(["could not be tried from here: no answer in time"])
    except OutboundError as error:
        return _of_page([], f"its sign-in page does not answer ({type(error).__name__})")
    probe = _judged(answer, url=url, redirect_uri=kept.redirect_uri)
    hint = consent_hint(plan, kept.scope) if probe.obstacle.startswith(REFUSES) else ""
    return _of_page([], f"{probe.obstacle}. {hint}") if hint else probe


def _of_page(lines: list[str], obstacle: str = "") -> Probe:
    return Probe("authorize", "Its sign-in page, asked with our redirect URI", lines or [obstacle], obstacle)


def _judged(answer: Answer, *, url: str, redirect_uri: str) -> Probe:
    """What the first answer of the sign-in page means for a member; of its words nothing is repeated."""
    status = answer.status
    if 300 <= status < 400:
        return _led_on(answer, url=url, redirect_uri=redirect_uri)
    if obstacle := _refusal(answer, redirect_uri=redirect_uri):
        return _of_page([], obstacle)
    if status in NOT_FOR_US:
        return _of_page([f"could not be tried from here: it answers {status} to programs"])
    return _of_page(["it shows a page"])


def _refusal(answer: Answer, *, redirect_uri: str) -> str:
    """How a page refuses the request, "" where it does not say so."""
    status, page = answer.status, answer.body[:READ].decode(errors="replace").lower()
    if OF_REDIRECT.search(page):
        return f"its sign-in page refuses our redirect URI ({status}): register {redirect_uri}"
    if status >= 400 and OF_CLIENT.search(page):
        return f"its sign-in page does not know our client id ({status})"
    if status >= 500:
        return f"its sign-in page is in trouble ({status})"
    if status >= 400 and status not in NOT_FOR_US:
        return f"its sign-in page refuses our request ({status}): is {redirect_uri} registered?"
    return ""


def _led_on(answer: Answer, *, url: str, redirect_uri: str) -> Probe:
    try:
        target = urljoin(url, answer.headers.get("location", ""))
        error = parse_qs(urlsplit(target).query).get("error", [""])[0]
    except ValueError:
        return _of_page([], "its sign-in page leads to what is no address")
    if error and error not in WANTS_MEMBER:
        word = error if error in oauth.MEANING or error == "access_denied" else "an error of its own"
        return _of_page([], f"its sign-in page refuses how we ask: {word}")
    if target.partition("?")[0] == redirect_uri:
        return _of_page(["it knows our redirect URI and leads back to it"])
    return _of_page(["it leads on to where members sign in"])


def _revocation(plan: Plan, endpoints: Endpoints) -> Probe:
    url = endpoints.revoke_url
    if plan.quirks.revocation == "none" or url is None:
        return _of_revocation(["not tried: members are told to end the permission at the plan"])
    if not may_go_to_revoke(plan, token_url=endpoints.token_url, revoke_url=url):
        return _of_revocation([ELSEWHERE.format(host=host_of(url))])
    if not plan.client_id:
        return _of_revocation(["not tried: there is no client id"])
    return _tried_revocation(plan, endpoints, url=url)


def _tried_revocation(plan: Plan, endpoints: Endpoints, *, url: str) -> Probe:
    announced = endpoints.revoke_auth_methods
    method = method_to_revoke(plan, announced)
    try:
        client_secret(plan.registration)
    except SealBroken:
        return _of_revocation([], DOES_NOT_OPEN)
    heard = oauth.revoke(
        plan,
        revoke_url=url,
        token=f"never-given-{secrets.token_urlsafe(16)}",
        hint="refresh_token",
        token_url=endpoints.token_url,
        method=method,
    )
    if heard.error in REGISTRATION or heard.status == 401:
        if not is_for_us(method, announced):
            return _of_revocation(["it takes nothing back from clients like us: members read when it ends"])
        return _of_revocation(
            [], f"it does not accept our client registration ({heard.error or heard.status})"
        )
    return _of_revocation([_in_words(heard)])


def _in_words(heard: oauth.Heard) -> str:
    status = heard.status
    if status is None:
        return "it does not answer: permissions would be ended later, or not at all"
    if 200 <= status < 300:
        return f"it answers {status} to a token that never was, and takes our registration"
    if 300 <= status < 400:
        return f"it leads elsewhere ({status}), where tokens are not sent"
    return f"it answers {status} {heard.error}".rstrip()


def _of_revocation(lines: list[str], obstacle: str = "") -> Probe:
    title = "Ending a permission, tried with a token that never was"
    return Probe("revocation", title, lines or [obstacle], obstacle)
