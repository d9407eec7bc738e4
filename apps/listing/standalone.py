"""A packet as one page for who has no network: cover, annexes, and the policies of this site."""

from collections.abc import Mapping
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from apps.listing.documents import Document
from apps.listing.face import Face
from apps.listing.policies import POLICIES, shown_version
from apps.plain_language.other_language import speaking
from config.policies import newest

FILE: Final = "packet.html"
PARTS: Final = ("title", "lede", "about", "text")
"""Of a policy's page: `about` says who runs the site, and what the text lacks."""


def page(sheets: Mapping[str, Document], face: Face) -> str:
    """Return the page, in English as packets are; *sheets* by file name, the cover first.

    It fetches nothing. Its links lead to the site.
    """
    with speaking("en"):
        context = {"face": face, "app_name": face.listing.name, "version": shown_version(newest())}
        policies = [_policy(slug, context) for slug in POLICIES]
        title = next(iter(sheets.values())).title
        page_context = {"title": title, "sheets": sheets, "policies": policies}
        return render_to_string("listing/standalone.html", page_context)


def _policy(slug: str, context: Mapping[str, Any]) -> dict[str, str]:
    """Its headings stand below its name here, and its links to pages of the site are whole."""
    title, *parts = (render_to_string(f"listing/{slug}.html#{part}", dict(context)) for part in PARTS)
    text = "".join(parts).replace("<h2", "<h3").replace("</h2>", "</h3>")
    text = text.replace('href="/', f'href="{context["face"].site}/')
    return {"slug": slug, "title": title, "text": SafeString(text)}
