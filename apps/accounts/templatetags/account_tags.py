"""What pages about signing in need to know."""

from django import template

from apps.accounts import passkeys

register = template.Library()


@register.simple_tag
def passkeys_possible() -> bool:
    """Whether browsers make passkeys for this site."""
    return passkeys.are_possible()
