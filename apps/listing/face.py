"""The listing as pages, payers and the desk read it: addresses, contacts, client metadata, dead links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.module_loading import import_string

from apps.listing import published
from apps.listing.documents import PUBLIC
from apps.listing.models import AccessedData, AppListing

LINKS: Final = [field for field in AppListing._meta.fields if isinstance(field, models.URLField)]


@dataclass(frozen=True, slots=True)
class Face:
    """One listing on one site.

    `site` is the origin without a trailing slash.
    """

    listing: AppListing
    site: str

    @property
    def website(self) -> str:
        """Return where the app lives."""
        return self.listing.website or f"{self.site}/"

    @property
    def privacy_url(self) -> str:
        """Return the public privacy policy: the text that members agree to before a trip."""
        return f"{self.site}/privacy/"

    @property
    def terms_url(self) -> str:
        """Return the public terms of service."""
        return f"{self.site}/terms/"

    @property
    def is_encrypted(self) -> bool:
        """Return whether what travels here and to members is encrypted; on a desk it need not be."""
        return self.site.startswith("https://")

    @property
    def logo_url(self) -> str:
        """Return the square logo, PNG, 512 x 512: an address that stays when the picture changes."""
        return f"{self.site}/app/logo-512.png"

    @property
    def redirect_uris(self) -> list[str]:
        """Return every redirect URI in use; a plan registers its own, character by character (C-10)."""
        return list(import_string(settings.LISTING_REDIRECT_URIS)())

    @property
    def launch_url(self) -> str:
        """Return where a plan's portal may lead to (SMART App Launch, EHR launch)."""
        return f"{self.site}/launch"

    @property
    def contacts(self) -> list[str]:
        """Return the addresses payers may write to, each once."""
        mine = self.listing
        return list(dict.fromkeys([mine.support_email, mine.security_email, mine.privacy_email]))

    @property
    def read_contacts(self) -> list[str]:
        """Return those of them that are no placeholders of the software."""
        return [address for address in self.contacts if real(address)]

    @property
    def backup_days(self) -> int:
        """Return how many days the records of our backups are kept."""
        return int(settings.BACKUP_RECORDS_DAYS)

    def unnamed(self) -> list[str]:
        """Return a sentence for each thing without which nobody answers here: who runs it, who reads mail."""
        problems = [
            f"{address} is a placeholder: nobody receives what is sent there."
            for address in self.contacts
            if not real(address)
        ]
        if not self.listing.company:
            problems.append("Say who runs this installation: payers ask for the legal name.")
        return problems

    @property
    def more_scopes(self) -> Sequence[published.Scope]:
        """Return those that single plans want beside them, with reasons."""
        return published.MORE_SCOPES

    @property
    def scopes(self) -> Sequence[published.Scope]:
        """Return the scopes asked for by default, with reasons."""
        return published.SCOPES

    @property
    def version(self) -> str:
        """Return the release of the software."""
        return published.SOFTWARE_VERSION

    def accessed(self) -> Sequence[AccessedData]:
        """Return the kinds of data read: the operator's words, else those the software came with."""
        return list(self.listing.accessed.all()) or self.listing.first_accessed()

    def client_metadata(self) -> dict[str, Any]:
        """Return the registration of this client (RFC 7591 section 2), the same for the same row."""
        mine = self.listing
        contacts = {"contacts": self.read_contacts} if self.read_contacts else {}
        return {
            "client_name": mine.name,
            "client_uri": self.website,
            "logo_uri": self.logo_url,
            "tos_uri": self.terms_url,
            "policy_uri": self.privacy_url,
            **contacts,
            "redirect_uris": self.redirect_uris,
            "jwks_uri": f"{self.site}/app/jwks.json",
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "scope": published.SCOPE,
            "token_endpoint_auth_method": "client_secret_post",
            "software_id": published.SOFTWARE_ID,
            "software_version": published.SOFTWARE_VERSION,
            # RFC 7591 has no names for what follows; registration forms ask for it all the same.
            "extras": {
                "operator": mine.company,
                "address": mine.company_address,
                "duns": mine.duns,
                "tagline": mine.tagline,
                "description": mine.description,
                "support_email": real(mine.support_email),
                "support_phone": mine.support_phone,
                "fhir_version": "4.0.1",
                "fhir": published.FHIR,
                "audience": published.AUDIENCE,
                "recording": mine.recording_url,
                # The privacy notice, answers on the policy and on CARIN's code, and what is not there.
                "statements": {slug: f"{self.site}/app/annex/{slug}/" for slug in PUBLIC},
                # SMART App Launch has it registered and names no field for it. `initiate_login_uri` of OpenID
                # Connect is another thing: it is called with an issuer, this with a FHIR base and `launch`.
                "launch_url": self.launch_url,
                # RFC 7591 has room for one; which of these holds is for each plan to say.
                "token_endpoint_auth_methods": list(published.TOKEN_AUTH_METHODS),
                "code_challenge_method": "S256",
                "data_accessed": [
                    {"what": kind.what, "fhir_types": kind.fhir_types, "why": kind.why}
                    for kind in self.accessed()
                ],
            },
        }

    def web_manifest(self) -> dict[str, Any]:
        """Return the name and look of the site as an app of a device."""
        png = {"type": "image/png", "purpose": "any maskable"}
        return {
            "name": self.listing.name,
            "short_name": self.listing.name,
            "description": self.listing.tagline,
            "start_url": "/home/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#f5f1e8",
            "theme_color": "#0a4f4d",
            "icons": [
                {"src": "/app/logo-192.png", "sizes": "192x192", **png},
                {"src": "/app/logo-512.png", "sizes": "512x512", **png},
            ],
        }

    @property
    def has_security_contact(self) -> bool:
        """Whether anybody reads reports of weaknesses, so that there is a `security_txt`."""
        return bool(real(self.listing.security_email))

    def security_txt(self, *, now: datetime) -> str:
        """Return the file of RFC 9116; it expires half a year after the current month began.

        "" while nobody reads what is sent: a contact is what the file is for.
        """
        if not self.has_security_contact:
            return ""
        expires = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + timedelta(days=183)
        return (
            f"Contact: mailto:{self.listing.security_email}\n"
            f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}\n"
            "Preferred-Languages: en\n"
            f"Canonical: {self.site}/.well-known/security.txt\n"
            f"Policy: {self.site}/app/#security\n"
        )


def face() -> Face:
    """Return this site's listing."""
    return Face(listing=AppListing.objects.current(), site=settings.SITE_URL)


def real(address: str) -> str:
    """Return the address, "" for a placeholder of the software: nobody reads what is sent there."""
    return "" if address.endswith(".example") else address


def log_days() -> int:
    """Return for how many days the privacy page says that logs are kept."""
    return AppListing.objects.current().log_days


def app_name(_request: HttpRequest) -> dict[str, object]:
    """Return the name as `app_name`; the database is asked by the templates that say it."""
    return {"app_name": SimpleLazyObject(AppListing.objects.app_name)}


class ForDesk:
    """What the desk asks of the listing, and gives it to keep (the setting DESK_LISTING)."""

    def unnamed(self) -> list[str]:
        """Say what nobody filled in."""
        return face().unnamed()

    def links(self) -> set[str]:
        """Return every address that an operator wrote."""
        return {url for link in LINKS if (url := getattr(face().listing, link.name))}

    def keep_dead(self, said: Mapping[str, str]) -> None:
        """Keep what those that are dead said, instead of what they said before."""
        AppListing.objects.update(dead_links=dict(said))

    def dead(self) -> list[str]:
        """Say which links are dead."""
        return dead_links(face().listing)


def dead_links(listing: AppListing) -> list[str]:
    """Say which links were dead when they were last tried, and still stand there."""
    said = [(link.verbose_name, listing.dead_links.get(getattr(listing, link.name))) for link in LINKS]
    return [f"The link “{label}” {how}: mend or empty it." for label, how in said if how]
