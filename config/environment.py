"""The variables that settings are read from."""

import environ
from django.core.exceptions import ImproperlyConfigured


class Environment(environ.fileaware_mapping.FileAwareMapping):  # type: ignore[misc] # it ships no types
    """The environment; NAME_FILE names a file that holds NAME, as orchestrators hand secrets over (W-43)."""

    def __getitem__(self, name: str) -> str:
        try:
            return str(super().__getitem__(name)).rstrip("\r\n")
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read") from error
