"""The WSGI application gunicorn serves."""

import gc
import os
from typing import Final

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from apps.vault.checks import refuse_to_start_without_keys  # noqa: E402 - needs the apps

refuse_to_start_without_keys()

GARBAGE_AFTER: Final = 10_000
"""Objects until the garbage collector looks for cycles; a page of claims makes a thousand, and few cycles."""
gc.collect()
gc.freeze()  # the code that was loaded stays: going through it again would only halt a request now and then
gc.set_threshold(GARBAGE_AFTER, *gc.get_threshold()[1:])
