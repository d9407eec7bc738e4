"""Imported once by the process that the workers of the fault matrix are forked from: a site, set up."""

import django

django.setup()

from django.template.loader import get_template  # noqa: E402
from django.urls import reverse  # noqa: E402

from apps.sync.management.commands import sync_worker  # noqa: E402, F401 - imported for all forks at once
from tests.faults import inside  # noqa: E402, F401

reverse("overview:home")
for page in ("claims/list.html", "connections/leaving.html"):
    get_template(page)
