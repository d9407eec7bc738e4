"""`manage.py operator_link ADDRESS`: a link that signs an operator in once, to make a passkey."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.accounts.models import Member
from apps.accounts.operators import one_time_link


class Command(BaseCommand):
    """For the first passkey where mail fails, and for a lost device: who runs it has the machine anyway."""

    help = "Print a link that signs an operator in once, within half an hour, to make a passkey."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The operator's e-mail address."""
        parser.add_argument("address", help="The operator's e-mail address.")

    def handle(self, *_: Any, address: str, **__: Any) -> None:
        """Print it."""
        operator = Member.objects.operators().filter(email__iexact=address.strip()).first()
        if operator is None:
            raise CommandError("There is no operator with this address who may sign in.")
        self.stdout.write(one_time_link(operator))
