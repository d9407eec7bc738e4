"""Rows and choices are HTML in one piece, in which nothing a plan wrote can act as HTML."""

from dataclasses import replace
from html import unescape

import pytest
from django.template import Context, Template

from apps.kinds.claim.filters import Option
from apps.kinds.claim.wording import Row

HOSTILE = """<b onclick="x">'&amp;"</b>"""
ROW = Row("Prescription", "March 9, 2026", "$5.00", is_share_known=True, url="/claims/1/", icon="pill")


def drawn(source: str, **context: object) -> str:
    return Template(f"{{% load claim_tags %}}{source}").render(Context(context))


@pytest.mark.parametrize("name", ["url", "icon", "title", "meta", "share", "badge", "badge_kind", "news"])
@pytest.mark.parametrize("is_closed", [True, False])
def test_no_value_of_a_row_acts_as_html(name: str, is_closed: bool) -> None:
    row = replace(ROW, badge="Denied", is_closed=is_closed)
    # Of what does not count an amount alone is shown.
    text = f"5 {HOSTILE}" if name == "share" else HOSTILE
    html = drawn("{{ rows|as_items }}", rows=[replace(row, **{name: text})])
    assert HOSTILE in unescape(html)
    assert not any(part in html for part in ("<b", "</b>", 'onclick="'))


def test_no_value_of_a_choice_acts_as_html() -> None:
    html = drawn("{{ options|as_options }}", options=[Option(HOSTILE, HOSTILE, is_chosen=True)])
    assert unescape(html) == f'<option value="{HOSTILE}" selected>{HOSTILE}</option>'
    assert "<b" not in html


def test_no_value_of_a_field_acts_as_html() -> None:
    selects = [(HOSTILE, HOSTILE, HOSTILE, [Option(HOSTILE, HOSTILE, is_chosen=False)])]
    html = drawn("{{ selects|as_fields }}", selects=selects)
    field = (
        f'<div class="field"><label for="{HOSTILE}">{HOSTILE}</label><select id="{HOSTILE}" name="{HOSTILE}">'
        f'<option value="">{HOSTILE}</option><option value="{HOSTILE}">{HOSTILE}</option></select></div>'
    )
    assert unescape(html) == field
    assert "<b" not in html


def test_a_row_without_a_badge_has_none_and_an_amount_that_does_not_count_is_struck_out() -> None:
    plain = drawn("{{ rows|as_items }}", rows=[ROW])
    assert "badge" not in plain
    assert "<s>" not in plain
    closed = drawn(
        "{{ rows|as_items }}", rows=[replace(ROW, is_closed=True, badge="Void", badge_kind="quiet")]
    )
    assert '<s><span data-testid="your-share">$5.00</span></s>' in closed
    assert "does not count" in closed
    assert '<span class="badge badge--quiet">Void</span>' in closed


def test_an_unknown_share_looks_unlike_an_amount_and_is_never_struck_out() -> None:
    html = drawn(
        "{{ rows|as_items }}", rows=[replace(ROW, share="not shared", is_share_known=False, is_closed=True)]
    )
    assert "money--unknown" in html
    assert "<s>" not in html


def test_figures_that_contradict_each_other_are_struck_out_too_where_the_claim_does_not_count() -> None:
    row = replace(ROW, share="$634.32 or $36.48", is_share_known=False, is_closed=True)
    assert "<s><span" in drawn("{{ rows|as_items }}", rows=[row])
