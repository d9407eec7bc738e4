"""The ASGI application, for hosts that prefer it."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_asgi_application()

from apps.vault.checks import refuse_to_start_without_keys  # noqa: E402 - needs the apps

refuse_to_start_without_keys()
