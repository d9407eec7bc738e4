"""`manage.py createsuperuser`: Django's own, which judges any password and says how the operator comes in."""

import os
from typing import Any, Final

from django.conf import settings
from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError

from apps.accounts.models import Member

VARIABLE: Final = "DJANGO_SUPERUSER_PASSWORD"


class Command(createsuperuser.Command):
    """Django judges a password that is typed, not the one in the environment."""

    def handle(self, *args: Any, **options: Any) -> Any:
        """Make the operator; a password that a member may not have is refused."""
        password = os.environ.get(VARIABLE, "")
        if not password:
            os.environ.pop(VARIABLE, None)  # set to nothing, Django would make it the password
        if password and not options["interactive"]:
            try:
                validate_password(password, Member(email=options["email"]))
            except ValidationError as error:
                raise CommandError(" ".join(error.messages)) from error
        said = super().handle(*args, **options)
        operator = Member.objects.order_by("date_joined").filter(is_superuser=True).last()
        if operator is not None:
            self.stdout.write(_way_in(operator))
        return said


def _way_in(operator: Member) -> str:
    link = f"manage.py operator_link {operator.email}"
    if operator.has_usable_password():
        return f"Sign in at {settings.SITE_URL}/admin/ and make a passkey there; without mail: {link}"
    return f"The account has no password: {link}  prints the way in, where a passkey is made."
