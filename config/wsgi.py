"""The WSGI application gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
application = get_wsgi_application()

from apps.vault.checks import refuse_to_start_without_keys  # noqa: E402 - needs the apps

refuse_to_start_without_keys()
