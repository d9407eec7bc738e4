"""The client's metadata (RFC 7591 section 2) of one registration: for packets, and for servers."""

from typing import Any, Final

from apps.listing.face import Face
from apps.listing.views import face

OURS_ALONE: Final = "extras"
"""What forms of payers ask for and RFC 7591 has no name for: a server is not sent it."""


def metadata(sheet: Any, here: Face) -> dict[str, Any]:
    """Return what is registered: the listing's words, and what follows from the registration's plans.

    Where its plans say nothing of redirect addresses, scopes or method, it is as the listing has it.
    """
    told = here.client_metadata()
    told["redirect_uris"] = list(sheet.redirect_uris) or told["redirect_uris"]
    told["scope"] = sheet.scopes[0] if sheet.scopes else told["scope"]
    told["token_endpoint_auth_method"] = (
        sheet.methods[0] if sheet.methods else told["token_endpoint_auth_method"]
    )
    if not sheet.jwks_uri:
        del told["jwks_uri"]
    return told


def of_sheet(sheet: Any) -> dict[str, Any]:
    """Return what a server is sent that registers by program (the setting PLANS_CLIENT_METADATA)."""
    told = metadata(sheet, face())
    return {name: value for name, value in told.items() if name != OURS_ALONE}
