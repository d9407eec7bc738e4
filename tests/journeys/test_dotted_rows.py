"""Words with dots between them, in a real browser: no line of theirs ends or begins with a dot."""

import pytest
from playwright.sync_api import Browser

from apps.plain_language.templatetags.plain import dotted
from tests.conftest import ROOT

pytestmark = pytest.mark.journey

TEXT = "March 9, 2026 · Member 01 Test · Organization Payer 1 · billed $2,650.00, plan paid $620.00"
CSS = "".join(
    (ROOT / "static" / "css" / name).read_text() for name in ("tokens.css", "base.css", "components.css")
)
LINES = """() => [...document.querySelectorAll(".dotted > span")].map(piece => {
  const words = document.createRange(), row = piece.parentElement.getBoundingClientRect();
  words.selectNodeContents(piece.lastChild);
  const word = words.getClientRects()[0], dot = piece.querySelector("i")?.getBoundingClientRect();
  return [Math.round(word.top), word.left - row.left, dot ? dot.left - row.left : 0];
})"""


def test_a_dot_that_begins_a_line_is_cut_off_and_words_begin_where_others_do(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        for width in (390, 320, 250, 200):
            page.set_viewport_size({"width": width, "height": 600})
            page.set_content(f"<style>{CSS}</style><p class='meta'>{dotted(TEXT)}</p>")
            pieces = page.evaluate(LINES)
            starts = [piece for at, piece in enumerate(pieces) if not at or piece[0] > pieces[at - 1][0]]
            assert len(starts) > 1, width
            assert all(dot == 0 for _top, _left, dot in starts), (width, pieces)
            assert len({round(left, 1) for _top, left, _dot in starts}) == 1, (width, pieces)
            assert page.inner_text(".dotted") == TEXT
