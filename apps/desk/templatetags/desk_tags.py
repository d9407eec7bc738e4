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
    """Return the cells of a row as Django made them, each with its role and the name of its column.

    The column of boxes that choose rows is headed by a box, and has no name.
    """
    return SafeString("".join(_labelled(*pair) for pair in zip(cells, headers, strict=True)))


def _labelled(cell: str, header: Mapping[str, Any]) -> str:
    """Return a cell that stays one where it is laid out as a block."""
    if cell.startswith("<th"):
        return cell.replace("<th", '<th role="rowheader"', 1)
    is_named = "checkbox" not in header["class_attrib"]
    label = format_html(' data-label="{}"', capfirst(header["text"])) if is_named else ""
    return cell.replace("<td", f'<td role="cell"{label}', 1)
