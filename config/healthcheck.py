"""The container's health check, exit code 0 where all is well.

``python -m config.healthcheck`` asks the site; ``python -m config.healthcheck FILE [SECONDS]`` looks how long
ago a worker touched its file (``sync_worker --heartbeat FILE``): 300 seconds at most, longer than any task.
"""

import os
import sys
import time
import urllib.request
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

LONGEST_SECONDS: Final = "300"


def site_answers() -> bool:
    """Whether the web process of this container says that it lives."""
    request = urllib.request.Request(f"http://127.0.0.1:{os.environ.get('PORT', '8000')}/healthz")
    # Any other host name would be refused, as it should be.
    request.add_header("Host", urlsplit(os.environ["SITE_URL"]).netloc)
    try:
        with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310 - loopback, built above
            return bool(answer.status == 200)
    except OSError:
        return False


def gets_on(heartbeat: str, seconds: str = LONGEST_SECONDS) -> bool:
    """Whether the worker of this file did something lately."""
    try:
        return time.time() - Path(heartbeat).stat().st_mtime < float(seconds)
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(0 if (gets_on(*sys.argv[1:3]) if sys.argv[1:] else site_answers()) else 1)
