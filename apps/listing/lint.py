"""What a payer would send back: read before the listing is handed in."""

from urllib.parse import urlsplit

from apps.listing.face import Face


def findings(face: Face) -> list[str]:
    """Return one sentence per thing to repair; an empty list when a payer can be sent the listing."""
    mine, found = face.listing, []
    site = urlsplit(face.site)
    if site.scheme != "https":
        found.append("The redirect URI is not https: payers refuse it in production. Set SITE_URL.")
    if site.hostname in ("localhost", "127.0.0.1", "::1"):
        found.append("The redirect URI points at this machine: payers refuse it in production. Set SITE_URL.")
    found += [
        f"{address} is a placeholder: nobody receives what is sent there."
        for address in face.contacts
        if address.endswith(".example")
    ]
    if mine.operator == "The Plainclaim project":
        found.append("Say who runs this installation: payers ask for the legal name.")
    if not mine.description.strip():
        found.append("The description is empty: members read it on the plan's consent page.")
    if not mine.support_phone:
        found.append("No support telephone: not required, some forms ask for it.")
    return found
