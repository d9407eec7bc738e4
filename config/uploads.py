"""How much a form with files may bring along: it is read before anybody asks who sends it."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import MemoryFileUploadHandler


class BoundedUploadHandler(MemoryFileUploadHandler):
    """Keeps files in memory, and refuses a whole form that is larger than they may be.

    Django would write it to the disk first, whoever sends it and however large it is.
    """

    def handle_raw_input(self, input_data: Any, META: Any, content_length: int, *more: Any) -> None:
        """Look at the length of the form before a byte of it is read; raise RequestDataTooBig."""
        if content_length > settings.FILE_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("a form with files over FILE_UPLOAD_MAX_MEMORY_SIZE")
        super().handle_raw_input(input_data, META, content_length, *more)
