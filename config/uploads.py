"""How much a form with files may bring along: it is read before anybody asks who sends it."""

from typing import Any, Final

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a whole form: operators send documents of up to 3 MB."""


class BoundedUploadHandler(MemoryFileUploadHandler):
    """Keeps files in memory, and refuses a whole form that is larger than they may be.

    Django would write it to the disk first, whoever sends it and however large it is.
    """

    def handle_raw_input(self, _form: Any, _headers: Any, content_length: int, *_more: Any) -> None:
        """Look at the length of the form before a byte of it is read; raise RequestDataTooBig."""
        if content_length > MOST_BYTES:
            raise RequestDataTooBig("a form with files is too large")
        self.activated = True
