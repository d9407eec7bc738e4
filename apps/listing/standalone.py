"""A packet as one page for who has no network: cover, annexes, and the policies of this site."""

from collections.abc import Mapping
from typing import Final

from django.template.loader import render_to_string

from apps.listing.documents import Document
from apps.listing.face import Face
from apps.listing.policies import shown_version
from apps.plain_language.other_language import speaking
from config.policies import newest

FILE: Final = "packet.html"


def page(sheets: Mapping[str, Document], face: Face) -> str:
    """Return the page, in English as packets are; *sheets* by file name, in the order in which they are read.

    It fetches nothing. Its links lead to the site.
    """
    with speaking("en"):
        context = {"sheets": sheets, "face": face, "app_name": face.listing.name}
        return render_to_string("listing/standalone.html", context | {"version": shown_version(newest())})
