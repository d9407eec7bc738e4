#!/usr/bin/env python
"""Django's command line."""

import os
import sys

NO_DATABASE = """The database of DATABASE_URL does not answer, does not exist or refuses the password.
The lines above say which; the name, the password and the host stand in DATABASE_URL."""


def main() -> None:
    """Run one management command with the site's settings."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415
    from django.db import OperationalError  # noqa: PLC0415

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:  # what has to be done, without forty lines of where it was noticed
        sys.exit(str(error))
    except OperationalError as error:
        if "couldn't get a connection" not in str(error):
            raise
        sys.exit(NO_DATABASE)


if __name__ == "__main__":
    main()
