"""Rows that are written in one piece escape whatever a plan wrote."""

from decimal import Decimal
from uuid import UUID

from django.template import Context, Template

from apps.kinds.claim.wording import Row as ClaimRow
from apps.overview.ledger_words import RowWords
from apps.overview.plots import Bar, Label, Line, Plot
from apps.overview.tables import Cell, Row
from apps.overview.templatetags.overview_tags import as_lines, as_shapes, as_sums
from apps.overview.today import Due
from apps.plain_language.theirs import Mark, Written

HOSTILE = "<b>\"'&"
ESCAPED = "&lt;b&gt;&quot;&#x27;&amp;"


def test_a_row_of_sums_escapes_each_of_its_words() -> None:
    cell = Cell(HOSTILE, is_known=False)
    html = as_sums([Row(HOSTILE, HOSTILE, HOSTILE, cell, cell, Cell("$1.00", is_known=True))])
    assert HOSTILE not in html
    assert html.count(ESCAPED) == 5
    assert html.count("money--unknown") == 2
    assert "<a" not in as_sums([Row("Drugs", "", "1 claim", cell, cell, cell)])


def test_a_line_of_a_ledger_escapes_each_of_its_words_and_says_when_it_counts_apart() -> None:
    words = RowWords("1", HOSTILE, HOSTILE, (), False, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    html = as_lines([words], "/claims/")
    assert HOSTILE not in html
    assert html.count(ESCAPED) == 6
    assert 'href="/claims/1/"' in html
    assert "ledger__apart" in html


def test_a_picture_escapes_its_words_and_its_name() -> None:
    bar = Bar("maybe", Decimal(1), Decimal(2), 3, Decimal(4))
    html = as_shapes(Plot(HOSTILE, "", "", (bar,), 9, (Label(HOSTILE, Decimal(0), 1),), (Line.across(5),)))
    assert HOSTILE not in html
    assert html.count(ESCAPED) == 2
    assert '<rect class="chart__credit" x="1%" y="3" width="2%"' in html


def test_a_due_share_escapes_its_words_and_has_a_form_only_where_it_leads_back() -> None:
    title = Written(HOSTILE, [Mark(0, 3, "theirs")])
    row = ClaimRow(title, HOSTILE, "", is_share_known=True, url="/claims/1/", icon="receipt")
    template = Template("{% load overview_tags %}{% due_rows due back %}")

    def rendered(back: str) -> str:
        due = [Due(row, HOSTILE, UUID(int=1), HOSTILE)]
        return template.render(Context({"due": due, "back": back, "csrf_token": "secret"}))

    assert HOSTILE not in rendered("home")
    assert '<span lang="en">&lt;b&gt;</span>&quot;' in rendered("home")
    assert 'name="csrfmiddlewaretoken" value="secret"' in rendered("home")
    assert "<form" not in rendered("")
