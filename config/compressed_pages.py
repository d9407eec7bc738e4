"""Pages travel compressed, unless another site had the browser ask for them."""

from typing import Final

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware

ASKED_BY_US: Final = frozenset({"same-origin", "none"})
"""Sec-Fetch-Site of a link or form of ours, and of an address that was typed or kept."""


class CompressedPagesMiddleware(GZipMiddleware):
    """Compress pages; files are compressed where they are made, or would not get smaller.

    The length of what was compressed tells of its content to whoever watches the line and can have a browser
    ask for it again and again with words of their own in it (BREACH). Only another site can have it asked, so
    what another site asked for goes as it is, and so does what a browser asks that does not say who asked.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the page compressed where we asked for it."""
        is_page = response.headers.get("Content-Type", "").startswith("text/html")
        if not is_page or request.headers.get("Sec-Fetch-Site") not in ASKED_BY_US:
            return response
        return super().process_response(request, response)
