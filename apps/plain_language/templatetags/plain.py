"""Tags known to every template: money, dates and spans in everyday words."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString

from apps.plain_language import dates
from apps.plain_language import money as amounts
from apps.plain_language.language import _
from apps.plain_language.theirs import Written, parted
from apps.plain_language.times import time_words

register = template.Library()
_DOT = " · "
_BETWEEN = "</span> <span><i>· </i>"
_PARTS_HERE = "\x1e"
"""Stands between the parts of a block: the record separator, which no text on a page holds."""
_MINUS, _KEPT_MINUS = f"{amounts.MINUS}$", f"{amounts.MINUS}\N{WORD JOINER}$"


@register.filter
def plain_date(value: str | date | None) -> str:
    """Return "March 5, 2025", "March 2025" or "2025", as much as is known; a moment's day is the site's."""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return dates.date_words(value)


@register.filter
def plain_time(value: datetime) -> str:
    """Return the time of day of a moment at the site, with its zone: "3:15 p.m. EST"."""
    return time_words(value)


@register.filter(is_safe=True)
def as_written(text: object, is_closed: bool = False) -> object:
    """Return a text as HTML in which what the plan wrote is said to be English, where the page is not, and
    amounts are struck out where what it tells of *is_closed*.

    A minus stays with its amount: without it at the end of a line, the next one begins with what looks paid.
    """
    if not isinstance(text, str) or _MINUS not in text:
        return marked(text, is_closed) if isinstance(text, Written) else text
    html = marked(text, is_closed) if isinstance(text, Written) else conditional_escape(text)
    return SafeString(html.replace(_MINUS, _KEPT_MINUS))


@register.filter
def dotted(text: str) -> SafeString:
    """Return words with dots between them as HTML in which no line ends or begins with a dot (`.dotted`).

    What reads aloud, copies or shows no styles has the dots as text.
    """
    return _in_pieces(conditional_escape(str(as_written(piece))) for piece in parted(_DOT, text))


@register.simple_tag
def dot() -> str:
    """Return what stands between two parts of a `dotted` block."""
    return _PARTS_HERE


@register.simple_block_tag(name="dotted")
def dotted_block(content: str) -> SafeString:
    """Return what `{% dot %}` parts in the block as `dotted` does; empty parts are dropped."""
    return _in_pieces(content.split(_PARTS_HERE))


def _in_pieces(pieces: Iterable[str]) -> SafeString:
    shown = [piece.strip() for piece in pieces if piece.strip()]
    if len(shown) < 2:
        return SafeString("".join(shown))
    return SafeString(f'<span class="dotted"><span>{_BETWEEN.join(shown)}</span></span>')


_AROUND: Final = {"theirs": '<span lang="en">{}</span>', "name": "<bdi>{}</bdi>", "amount": "{}"}
_LEADING: Final = re.compile(r"\b[^\W\d_]{1,4} $")
"""A short word before a name: "at", "with", "con". Alone at the end of a line it leads nowhere."""
_TOGETHER: Final = "<bdi>{}{}</bdi>"
"""Such a word with the name, which stays isolated in it: read from the right, it takes no word along."""
_STRUCK: Final = '<s>{}</s><span class="visually-hidden"> {}</span>'


def marked(text: str, is_closed: bool = False) -> SafeString:
    """Return a text as HTML: escaped, what is theirs in it marked as English, and names kept together.

    Its amounts are struck out where what it tells of *is_closed*.
    """
    parts, at = [], 0
    for start, end, what in sorted(text.marks) if isinstance(text, Written) else ():
        around = _STRUCK if is_closed and what == "amount" else _AROUND[what]
        marked_text = format_html(around, text[start:end], _("does not count"))
        leading = _LEADING.search(text, at, start) if what == "name" else None
        if leading:
            marked_text = format_html(_TOGETHER, leading[0], marked_text)
        parts += [escape(text[at : leading.start() if leading else start]), marked_text]
        at = end
    return SafeString("".join([*parts, escape(text[at:])]))


@register.simple_tag
def term(slug: str, words: str) -> str:
    """Return *words* linked to their place in the glossary; the words alone where *slug* is empty.

    What the link is for stands once a page (`base.html`), not in its name: a row's is heard with each of
    its cells. A `title` would reach no finger and no keyboard.
    """
    if not slug:
        return words
    return format_html(
        '<a class="term" href="{}#{}" aria-describedby="about-terms">{}</a>',
        reverse("listing:glossary"),
        slug,
        words,
    )
