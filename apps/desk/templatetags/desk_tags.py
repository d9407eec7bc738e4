"""What Django's lists of the admin lack on a phone, where columns have no room."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()


@register.simple_tag
def labelled(cells: Iterable[str], headers: Iterable[Mapping[str, Any]]) -> SafeString:
    """Return the cells of a row as Django made them, each with the name of its column as `data-label`.

    The column of boxes that choose rows is headed by a box, and has no name.
    """
    named = (
        cell if "checkbox" in header["class_attrib"] else _labelled(cell, capfirst(header["text"]))
        for cell, header in zip(cells, headers, strict=False)
    )
    return SafeString("".join(named))


def _labelled(cell: str, name: str) -> str:
    return cell.replace("<td", format_html('<td data-label="{}"', name), 1)
