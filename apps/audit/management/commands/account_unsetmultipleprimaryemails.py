"""`manage.py account_unsetmultipleprimaryemails`: allauth's own, which the audit tells."""

from allauth.account.management.commands import account_unsetmultipleprimaryemails

from apps.audit.foreign_commands import Told


class Command(Told, account_unsetmultipleprimaryemails.Command):  # type: ignore[misc]
    """As it is, with an entry."""
