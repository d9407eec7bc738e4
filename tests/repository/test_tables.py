"""Tables that a stylesheet lays out as blocks on a phone stay tables for who hears them."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

LAID_OUT = re.compile(
    r'<table\b[^>]*(?:class="(?:table table--broad|sum|ticks|desk__\w+)\b|id="result_list")'
)
FILES = [file for file in sorted((ROOT / "templates").rglob("*.html")) if LAID_OUT.search(file.read_text())]


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_each_part_of_a_table_that_is_laid_out_otherwise_says_what_it_is(file: Path) -> None:
    """`display: block` or `flex` takes a row or a cell its meaning, in every browser but Firefox."""
    parts = re.findall(r"<(?:table|thead|tbody|tr|th|td)\b[^>]*>", file.read_text())
    assert [part for part in parts if " role=" not in part] == []
