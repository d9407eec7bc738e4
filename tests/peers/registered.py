"""This app as each peer has it registered, and each peer as an operator writes it down here."""

from dataclasses import dataclass
from typing import Any

from tests.peers.records import Insured
from tests.peers.running import Peers

SECRET = "s3cr%t+:&x-kept-by_site.and~peer"
OIDC, CANAILLE = "oidc-provider", "canaille"
METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")


@dataclass(frozen=True)
class Registration:
    """One registration of this app at a peer, which is one plan of the site, and which members have it."""

    peer: str
    method: str
    number: int

    @property
    def slug(self) -> str:
        """How the plan is called in addresses, and the app at the peer."""
        return f"{self.peer}-{self.method.replace('_', '-')}"

    @property
    def name(self) -> str:
        """The plan's name."""
        return f"Wrenhaven by {self.peer} with {self.method.replace('_', ' ')}"

    @property
    def member(self) -> Insured:
        """Who connects it from her account here."""
        return Insured(f"member{self.number}", self.number)

    @property
    def visitor(self) -> Insured:
        """Who comes in with it."""
        return Insured(f"visitor{self.number}", 10 + self.number)

    @property
    def can_be_revoked(self) -> bool:
        """Whether the peer takes tokens back: Canaille does so from clients with a secret only."""
        return self.peer == OIDC or self.method.startswith("client_secret")

    def client(self, site: str) -> dict[str, Any]:
        """The app's metadata at the peer (RFC 7591), whose site is at this origin."""
        metadata: dict[str, Any] = {
            "client_id": self.slug, "client_name": "Plainclaim",
            "redirect_uris": [f"{site}/connections/callback"], "response_types": ["code"],
            "grant_types": ["authorization_code", "refresh_token"], "token_endpoint_auth_method": self.method,
            "id_token_signed_response_alg": "RS256",  # the default of OpenID Connect, which Canaille has not
        }  # fmt: skip
        if self.method == "private_key_jwt":
            return metadata | {"jwks_uri": f"{site}/app/jwks.json"}
        return metadata | ({"client_secret": SECRET} if self.method != "none" else {})

    def plan(self, peers: Peers) -> dict[str, Any]:
        """The plan as `load_plans` takes it: the standard profile and what its operator knows of the server.

        oidc-provider grants lasting access only with consent asked for (C-03). Canaille knows nothing of
        health: whose records a token opens is found by asking for the Patient.
        """
        row = {
            "slug": self.slug, "name": self.name, "profile": "standard", "client_id": self.slug,
            "token_auth": self.method, "page_size": 2,
        }  # fmt: skip
        if self.method.startswith("client_secret"):
            row["client_secret"] = SECRET
        if self.peer == OIDC:
            at = {"fhir_base_url": f"{peers.oidc}/fhir/R4", "issuer": peers.oidc}
            return row | at | {"authorize_parameters": ["prompt=consent"]}
        at = {"fhir_base_url": f"{peers.records}/fhir/R4", "issuer": peers.canaille}
        return row | at | {"patient_lookup": "search"}


REGISTRATIONS = {
    registration.slug: registration
    for registration in (
        Registration(peer, method, number)
        for number, (peer, method) in enumerate(
            ((peer, method) for peer in (OIDC, CANAILLE) for method in METHODS), start=1
        )
    )
}


def unprompted(peers: Peers) -> dict[str, Any]:
    """The plan of oidc-provider whose operator does not know yet that consent has to be asked for."""
    plan = REGISTRATIONS[f"{OIDC}-none"].plan(peers)
    return plan | {"slug": "unprompted", "name": "Wrenhaven unprompted", "authorize_parameters": []}


def everybody() -> list[Insured]:
    """All members of the peers."""
    return [
        who for registration in REGISTRATIONS.values() for who in (registration.member, registration.visitor)
    ]
