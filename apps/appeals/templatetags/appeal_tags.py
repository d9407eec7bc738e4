"""What each page that acts says of advice and of help, for other apps' pages."""

from typing import Any

from django import template

from apps.appeals import wording
from apps.plain_language.language import _

register = template.Library()


@register.inclusion_tag("appeals/who_helps.html")
def who_helps() -> dict[str, Any]:
    """Say that this is no advice, and who helps free of charge, whatever the coverage. No query."""
    return {"no_advice": _(wording.NO_ADVICE), "helpers": wording.everybody()}
