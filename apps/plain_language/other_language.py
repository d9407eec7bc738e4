"""Speaking another language than the page's for a moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils import translation

from apps.plain_language.language import settled


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Speak *language* to somebody, in Django's texts and ours: a mail, a letter that a plan reads."""
    with translation.override(language), settled():
        yield
