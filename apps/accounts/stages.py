"""The steps between a proof of who somebody is and being signed in, where ours differ from allauth's."""

from allauth.account.stages import EmailVerificationStage
from django.http import HttpResponse


class AddressStage(EmailVerificationStage):  # type: ignore[misc] # allauth ships no types
    """Members who came with a plan have no address, so none has to be confirmed before they come in."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Return the page to show before going on, if any, and whether to go on at all."""
        member = self.login.user  # None: somebody signs up with a known address, and must not learn of it
        if member is not None and not member.email:
            return None, True
        shown: tuple[HttpResponse | None, bool] = super().handle()
        return shown
