"""What stands many times on Today and Money, as HTML in one piece: a node costs more than its text."""

from collections.abc import Iterable
from html import escape
from typing import Final

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from apps.kinds.claim.templatetags.claim_tags import amount_beside, together_of
from apps.overview.ledger_words import RowWords
from apps.overview.plots import Bar, Plot
from apps.overview.tables import Cell, Row
from apps.overview.today import Due
from apps.plain_language.language import _
from apps.plain_language.templatetags.plain import dotted, marked

register = template.Library()

_SUM: Final = (
    '<tr data-testid="sum-row"><th scope="row">{}<span class="sums__claims">{}</span></th>{}{}{}</tr>\n'
).format
_LINK: Final = '<a href="{}">{}</a>'.format
_CELL: Final = '<td class="num{}"{}>{}</td>'.format
_LINE: Final = (
    '<tr data-testid="ledger-row"{}><th scope="row"><a href="{}{}/">{}</a>'
    '<span class="sums__claims">{}</span></th>{}{}</tr>\n          '
).format
_COUNTED: Final = (
    '<td class="num"><span class="ledger__amount">{}</span><span class="ledger__total">'
    '<span class="visually-hidden">{} </span>{}</span></td>'
).format
_BAR: Final = '<rect class="chart__{}" x="{}" y="{}" width="{}" height="{}"{}/>\n    '.format
_AXIS: Final = '<line class="chart__{}" x1="{}" y1="{}" x2="{}" y2="{}"/>\n    '.format
_LABEL: Final = '<text class="chart__{}" x="{}" y="{}" text-anchor="{}">{}</text>'.format

_DUE: Final = (
    '\n  <li class="due" data-testid="due-row">\n    <a class="row" href="{}"><span class="row__main">'
    '<span class="row__title"{}>{}</span><span class="row__meta">{}</span></span>'
    '<span class="row__amount" data-testid="due-amount">{}</span></a>{}\n    {}\n  </li>\n  '
).format
_NOTE: Final = (
    '<form class="due__note" method="post" action="{}paid/">'
    '<input type="hidden" name="csrfmiddlewaretoken" value="{}"><input type="hidden" name="back" value="{}">'
    '<button class="button button--quiet button--small">{}<span class="visually-hidden">: {}, {}, {}</span>'
    "</button></form>"
).format


@register.simple_tag(takes_context=True)
def due_rows(context: Context, due: Iterable[Due], back: str = "") -> SafeString:
    """Return shares as rows; each can be noted as paid where the form knows where it leads *back* to."""
    token, words = escape(str(context.get("csrf_token", ""))), escape(_("I paid this"))
    return SafeString("".join([_due(share, token, words, escape(back)) for share in due]))


@register.filter
def as_sums(rows: Iterable[Row]) -> SafeString:
    """Return *rows* as those of a table of sums."""
    return SafeString("".join([_sum(row) for row in rows]))


@register.filter
def as_lines(rows: Iterable[RowWords], base: str) -> SafeString:
    """Return *rows* as those of a ledger; *base* is what the address of a claim begins with."""
    together = escape(_("together"))
    return SafeString("".join([_line(row, escape(base), together) for row in rows]))


@register.filter
def as_shapes(plot: Plot) -> SafeString:
    """Return what is drawn in a picture."""
    striped = f' fill="url(#{escape(plot.name)}-striped)"'
    shapes = [
        *(_bar(bar, striped) for bar in plot.bars),
        *(_AXIS(line.look, line.x1, line.y1, line.x2, line.y2) for line in plot.lines),
        *(_LABEL(label.look, label.at, label.y, label.anchor, escape(label.words)) for label in plot.labels),
    ]
    return SafeString("".join(shapes))


def _due(share: Due, token: str, words: str, back: str) -> str:
    row, amount = share.row, escape(share.amount)
    url, title, meta = escape(row.url), marked(row.title), escape(row.meta)
    note = _NOTE(url, token, back, words, title, amount, meta) if back else ""
    return _DUE(url, amount_beside(share.amount), title, dotted(row.meta), amount, together_of(row), note)


def _sum(row: Row) -> str:
    label = escape(row.label)
    return _SUM(
        _LINK(escape(row.url), label) if row.url else label,
        escape(row.claims),
        _cell(row.billed),
        _cell(row.plan_paid),
        _cell(row.your_share, ' data-testid="sum-share"'),
    )


def _cell(cell: Cell, testid: str = "") -> str:
    return _CELL("" if cell.is_known else " money--unknown", testid, escape(cell.text))


def _line(row: RowWords, base: str, together: str) -> str:
    return _LINE(
        "" if row.counts else ' class="ledger__apart"',
        base,
        row.id,
        marked(row.title),
        escape(row.said),
        _COUNTED(escape(row.deductible), together, escape(row.deductible_total)),
        _COUNTED(escape(row.out_of_pocket), together, escape(row.out_of_pocket_total)),
    )


def _bar(bar: Bar, striped: str) -> str:
    is_plain = bar.look == "plain"
    look = "bar" if is_plain else "credit"
    return _BAR(look, bar.at, bar.y, bar.length, bar.height, "" if is_plain else striped)
