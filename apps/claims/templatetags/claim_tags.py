"""What stands many times on the claim list, as HTML in one piece: a node costs more than its text."""

from collections.abc import Iterable
from typing import Final

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from apps.claims.filters import Option
from apps.claims.rows import Row
from apps.plain_language.language import _

register = template.Library()

_ROW: Final = (
    '<li><a class="row" href="{}" data-testid="claim-row">'
    '<svg class="icon" aria-hidden="true" focusable="false"><use href="#icon-{}"/></svg>'
    '<span class="row__main"><span class="row__title">{}</span><span class="row__meta">{}</span>{}</span>'
    '<span class="row__amount{}">{}</span></a></li>'
)
_NEWS: Final = '<span class="badge badge--news" data-testid="news-badge">{}</span> '
_BADGE: Final = '<span class="badge badge--{}">{}</span>'
_SHARE: Final = '<span data-testid="your-share">{}</span>'
_STRUCK: Final = '<s><span data-testid="your-share">{}</span></s><span class="visually-hidden"> {}</span>'
_UNKNOWN: Final = mark_safe(" money--unknown")
_SELECTED: Final = mark_safe(" selected")


@register.filter
def as_items(rows: Iterable[Row]) -> SafeString:
    """Return *rows* as items of a list."""
    return format_html_join("", _ROW, (_cells(row) for row in rows))


@register.filter
def as_options(options: Iterable[Option]) -> SafeString:
    """Return *options* as those of a `select`."""
    cells = ((one.value, _SELECTED if one.is_chosen else "", one.words) for one in options)
    return format_html_join("", '<option value="{}"{}>{}</option>', cells)


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.url,
        row.icon,
        row.title,
        row.meta,
        _badges(row),
        "" if row.is_share_known else _UNKNOWN,
        format_html(_STRUCK, row.share, _("does not count"))
        if row.is_closed and row.is_share_known
        else format_html(_SHARE, row.share),
    )


def _badges(row: Row) -> str:
    if not (row.badge or row.news):
        return ""
    news = format_html(_NEWS, row.news) if row.news else ""
    return format_html(
        "<span>{}{}</span>", news, format_html(_BADGE, row.badge_kind, row.badge) if row.badge else ""
    )
