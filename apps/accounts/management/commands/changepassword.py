"""`manage.py changepassword ADDRESS`: Django's own, which the audit tells."""

from typing import Any

from django.contrib.auth.management.commands import changepassword

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from apps.audit import trail


class Command(changepassword.Command):
    """Ends every session of the account too: an operator does this where somebody else knows the password."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Ask for the password twice, change it, and note that; a refused one raises CommandError before."""
        said = super().handle(*args, **options)
        member = Member.objects.filter(email=options["username"]).first()
        if member is not None:
            sign_out(member=member)
            trail.record(action="changepassword", subject=trail.name_of(member))
        return said
