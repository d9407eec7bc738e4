"""The container's health check: ``python -m config.healthcheck`` exits 0 when the site answers."""

import os
import sys
import urllib.request
from urllib.parse import urlsplit

request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz")
# Any other host name would be refused, as it should be.
request.add_header("Host", urlsplit(os.environ["SITE_URL"]).netloc)
try:
    with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 - loopback, built above
        sys.exit(0 if answer.status == 200 else 1)
except OSError:
    sys.exit(1)
