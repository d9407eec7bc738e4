"""What pages of this site may load and send (Content-Security-Policy, W-05)."""

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
