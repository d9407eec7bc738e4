"""Forms with files, which anybody may send to any page."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client


def test_s_11_a_strangers_file_reaches_no_disk(db: None) -> None:
    """It is read for the token of the form, before anybody asks who sends it: see `config.uploads`."""
    stranger = Client(enforce_csrf_checks=True)
    stranger.get("/account/login/")
    large = SimpleUploadedFile("a.bin", b"a" * 5 * 1024 * 1024)
    assert stranger.post("/plans/ask/", {"file": large}).status_code == 400
