"""What pages of this site may load and send (Content-Security-Policy, W-05), and who may draw its files."""

from typing import Any, Final

from django.utils.csp import CSP

POLICY: Final[dict[str, Any]] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
    # No text becomes markup or a script in the browser; not where pages fetch parts (config.headers).
    "require-trusted-types-for": ["'script'"],
    "trusted-types": [CSP.NONE],
}


def guard_file(headers: Any, _path: str, url: str) -> None:
    """Say who may draw a static file into a page: everybody the logo, which payers show; the rest nobody."""
    is_logo = url.rpartition("/")[2].startswith("logo")
    headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_logo else "same-origin"
