"""Mail by SMTP as Django sends it, within a time: somebody may wait for the page."""

import smtplib
import time
from typing import Any

from django.core.mail.backends import smtp


class _WithinTime(smtplib.SMTP):
    """Gives up when all answers together took longer than `timeout`: smtplib itself means each of them.

    The sign-in has that time, and each mail after it.
    """

    until = float("inf")

    def connect(self, *args: Any, **how: Any) -> tuple[int, bytes]:
        """The same, and the time runs."""
        self.until = time.monotonic() + self.timeout
        return super().connect(*args, **how)

    def sendmail(self, *args: Any, **how: Any) -> Any:
        """The same, and the time runs anew."""
        self.until = time.monotonic() + self.timeout
        return super().sendmail(*args, **how)

    def getreply(self) -> tuple[int, bytes]:
        """The same; raise SMTPServerDisconnected where the time is over."""
        left = self.until - time.monotonic()
        if left <= 0:
            self.close()
            raise smtplib.SMTPServerDisconnected("the time for the whole conversation is over")
        if self.sock:
            self.sock.settimeout(left)
        return super().getreply()


class _SealedWithinTime(_WithinTime, smtplib.SMTP_SSL):
    """The same by TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's, with connections that end in time."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """As the setting says: with TLS from the first byte, or without."""
        return _SealedWithinTime if self.use_ssl else _WithinTime
