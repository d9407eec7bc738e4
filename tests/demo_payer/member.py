"""A member with a browser and an app, walking the authorization flow over real HTTP."""

import base64
import hashlib
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import requests

from apps.demo_payer import plan
from apps.demo_payer.demo_process import Running
from apps.demo_payer.personalities import ALL, STANDARD, Personality

CALLBACK = "http://127.0.0.1:8000/connections/callback"
VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"
SCOPE = " ".join(STANDARD.asks)
SECRET = (plan.CLIENT_ID, plan.CLIENT_SECRET)


def challenge(verifier: str) -> str:
    """Return the S256 challenge (RFC 7636 section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Member:
    """One person's way through the payer; `browser` keeps cookies, redirects are never followed by itself."""

    payer: Running
    username: str = "ana"
    personality: str = "standard"
    browser: requests.Session = field(default_factory=requests.Session)

    @property
    def plays(self) -> Personality:
        """Return what the payer plays."""
        return ALL[self.personality]

    @property
    def root(self) -> str:
        """Return where the payer begins."""
        return self.payer.root_of(self.personality)

    def address(self, path: str) -> str:
        """Return the address of one of the payer's OAuth endpoints."""
        host = self.plays.oauth_host
        return f"{self.root.replace('127.0.0.1', host) if host else self.root}/{path}"

    @property
    def fhir_base_url(self) -> str:
        """Return the FHIR base address of the payer."""
        return f"{self.root}/{self.plays.paths.fhir}"

    def request(self, **changes: str | None) -> dict[str, str]:
        """Return a good authorization request with these changes; None leaves a parameter out."""
        good: dict[str, str | None] = {
            "response_type": "code",
            "client_id": plan.CLIENT_ID,
            "redirect_uri": CALLBACK,
            "scope": " ".join(self.plays.asks),
            "state": "the-state",
            "aud": self.fhir_base_url,
            "nonce": "the-nonce",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def authorize(self, **changes: str | None) -> requests.Response:
        """Open the authorize address as the app built it."""
        query = urlencode(self.request(**changes))
        address = self.address(self.plays.paths.authorize)
        return self.browser.get(f"{address}?{query}", allow_redirects=False)

    def sign_in(self, page: requests.Response, *, password: str = "demo") -> requests.Response:
        """Fill in the sign-in form that `page` redirects to; returns the answer to the form."""
        form = self.browser.get(urljoin(page.url, page.headers["Location"]))
        given = {"username": self.username, "password": password} | _hidden(form)
        return self.browser.post(form.url.partition("?")[0], data=given, allow_redirects=False)

    def consent(self, **changes: str | None) -> requests.Response:
        """Return the consent page, signed in."""
        signed_in = self.sign_in(self.authorize(**changes))
        assert signed_in.status_code == 302, signed_in.text
        return self.browser.get(urljoin(signed_in.url, signed_in.headers["Location"]), allow_redirects=False)

    def press(self, page: requests.Response, answer: str = "allow", **fields: str) -> requests.Response:
        """Press Allow or Deny; returns the redirect back to the app."""
        given = {"answer": answer} | fields | _hidden(page)
        back = self.browser.post(page.url, data=given, allow_redirects=False)
        assert back.status_code == 302, back.text
        return back

    def answer(self, page: requests.Response, answer: str = "allow", **fields: str) -> dict[str, str]:
        """Press Allow or Deny; returns the parameters of the redirect back to the app."""
        back = self.press(page, answer, **fields)
        assert back.headers["Location"].startswith(f"{CALLBACK}?")
        return parameters(back)

    def code(self, **changes: str | None) -> str:
        """Return a fresh authorization code."""
        return self.answer(self.consent(**changes))["code"]

    def exchange(
        self, code: str, *, auth: tuple[str, str] | None = SECRET, **changes: str | None
    ) -> requests.Response:
        """Send the token request of the app."""
        good: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return self.token_request(good | changes, auth=auth)

    def credentials(self) -> dict[str, Any]:
        """Return how the app proves itself to this payer, as arguments of `exchange`."""
        if "client_secret_basic" in self.plays.token_auth:
            return {}
        return {"auth": None, "client_id": plan.CLIENT_ID, "client_secret": plan.CLIENT_SECRET}

    def refresh(
        self, refresh_token: str, *, auth: tuple[str, str] | None = SECRET, **changes: str
    ) -> requests.Response:
        """Send a refresh request of the app."""
        good = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return self.token_request(good | changes, auth=auth)

    def token_request(self, form: Any, *, auth: tuple[str, str] | None = SECRET) -> requests.Response:
        """Post to the token endpoint."""
        return requests.post(self.address(self.plays.paths.token), data=form, auth=auth, timeout=10)

    def tokens(self, **changes: str | None) -> dict[str, Any]:
        """Return a whole token answer."""
        answer = self.exchange(self.code(**changes), **self.credentials())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def get(self, path: str, token: str, **headers: str) -> requests.Response:
        """Ask the FHIR server; `path` is under the FHIR base, or a whole address."""
        url = path if path.startswith("http") else f"{self.fhir_base_url}/{path}"
        return requests.get(url, headers={"Authorization": f"Bearer {token}"} | headers, timeout=10)


def parameters(redirect: requests.Response) -> dict[str, str]:
    """Return the query of a redirect's address."""
    return {
        name: values[0] for name, values in parse_qs(urlsplit(redirect.headers["Location"]).query).items()
    }


def _hidden(page: requests.Response) -> dict[str, str]:
    tags = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.text)
    return (
        {name: value.replace("&amp;", "&").replace("&#x27;", "'") for name, value in tags[:2]} if tags else {}
    )
