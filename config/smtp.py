"""Mail by SMTP as Django sends it, within a time: somebody may wait for the page."""

import io
import smtplib
import time
from collections.abc import Buffer
from typing import Any

from django.core.mail.backends import smtp


class _WithinTime(smtplib.SMTP):
    """Gives up when all answers together took longer than `timeout`: smtplib means each byte of them.

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
        """The same, read within what is left of the time; raise SMTPServerDisconnected where it is over."""
        if self.file is None and self.sock:
            self.file = io.BufferedReader(_Answers(self))
        return super().getreply()


class _Answers(io.RawIOBase):
    """What the server says, byte by byte if it likes, until the time of the conversation is over."""

    def __init__(self, conversation: _WithinTime) -> None:
        """Of *conversation*, as it stands: with TLS or not yet."""
        self._conversation = conversation

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: Buffer) -> int:
        """Wait for what comes next; raise TimeoutError where the time is over."""
        left = self._conversation.until - time.monotonic()
        if left <= 0 or self._conversation.sock is None:
            raise TimeoutError("the time for the whole conversation is over")
        self._conversation.sock.settimeout(left)
        return self._conversation.sock.recv_into(buffer)


class _SealedWithinTime(_WithinTime, smtplib.SMTP_SSL):
    """The same by TLS from the first byte."""


class EmailBackend(smtp.EmailBackend):
    """Django's, with connections that end in time."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        """As the setting says: with TLS from the first byte, or without."""
        return _SealedWithinTime if self.use_ssl else _WithinTime
