"""The variables that settings are read from."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.fileaware_mapping.FileAwareMapping):  # type: ignore[misc] # it ships no types
    """The environment; NAME_FILE names a file that holds NAME, as orchestrators hand secrets over (W-43)."""

    def __getitem__(self, name: str) -> str:
        try:
            value = str(super().__getitem__(name)).rstrip("\r\n")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read") from error
        if value.startswith("$"):  # django-environ would read the variable of that name, or none
            raise ImproperlyConfigured(f"{name} begins with $: nothing is put in for names, give the value")
        return value


class Reader(environ.Env):  # type: ignore[misc]
    """Reads settings; one that cannot be read is named, and not quoted: it may be a password (S-09)."""

    def __init__(self) -> None:
        super().__init__()
        self.ENVIRON = Environment()


def _named(read: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(read)
    def named(reader: Reader, name: str, *args: Any, **options: Any) -> Any:
        try:
            return read(reader, name, *args, **options)
        except ValueError:
            raise ImproperlyConfigured(f"A setting that cannot be read stops the start: {name}") from None

    return named


KINDS: Final = ("bool", "int", "float", "db", "cache", "email_url")
for _kind in KINDS:
    setattr(Reader, _kind, _named(getattr(Reader, _kind)))
