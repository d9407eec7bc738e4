"""`manage.py changepassword ADDRESS`: Django's own, which the audit tells."""

from typing import Any

from django.contrib.auth.management.commands import changepassword
from django.utils import timezone

from apps.accounts.actions import sign_out
from apps.accounts.mail_notices import address_of
from apps.accounts.mail_rounds import Away, mail_to, send
from apps.accounts.models import Member
from apps.accounts.security_log import Kind, note
from apps.audit import trail


class Command(changepassword.Command):
    """Ends every session of the account too: an operator does this where somebody else knows the password."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Ask for the password twice, change it, and note that; a refused one raises CommandError before."""
        said = super().handle(*args, **options)
        member = Member.objects.filter(email=options["username"]).first()
        if member is not None:
            sign_out(member=member)
            note(member, Kind.PASSWORD)
            trail.record(action="changepassword", subject=trail.name_of(member))
            self._tell(member)
        return said

    def _tell(self, member: Member) -> None:
        """Mail the member, as after any other new password: an operator may have taken the account."""
        address = address_of(member)
        if address is None:
            return
        try:
            send(mail_to(member, address, "password_changed", {"timestamp": timezone.now()}))
        except (Away, OSError) as error:
            self.stderr.write(f"The password is changed; no mail left to tell the member of it: {error}")
