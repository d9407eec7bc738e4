"""`manage.py remove_stale_contenttypes`: Django's own, which the audit tells."""

from django.contrib.contenttypes.management.commands import remove_stale_contenttypes

from apps.audit.foreign_commands import Told


class Command(Told, remove_stale_contenttypes.Command):
    """As it is, with an entry."""
