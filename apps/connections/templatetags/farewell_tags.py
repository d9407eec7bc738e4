"""Plans by name, in one sentence."""

from collections.abc import Iterable

from django import template

from apps.plain_language.lists import listed
from apps.plans.models import Plan

register = template.Library()


@register.filter
def names(plans: Iterable[Plan]) -> str:
    """Return ``A, B and C`` of these plans."""
    return listed([plan.name for plan in plans])
