"""Registers the app with Django, and lets Django translate what pure modules say."""

from django.apps import AppConfig
from django.utils import translation

from apps.plain_language import language


class PlainLanguageConfig(AppConfig):
    """See the package's docstring for what lives here."""

    name = "apps.plain_language"

    def ready(self) -> None:
        """From here on `_` of `apps.plain_language.language` follows the language of the request."""
        language.speak_with(
            gettext=translation.gettext, ngettext=translation.ngettext, language=translation.get_language
        )
