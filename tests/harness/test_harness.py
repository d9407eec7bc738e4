"""The harness notices what changed, lets pass what has a reason, and knows only the site's outside."""

import ast
from pathlib import Path

import pytest

from tests.harness import comparing, pages
from tests.harness.names import Names

HERE = Path(__file__).resolve().parent
PAGE = (
    "<head><title>Claims</title></head><body><header>Menu</header><main><h1>Your claims</h1>"
    '<form method="get" action="/claims/"><select name="year"><option value="2026">2026</option></select>'
    '</form><p data-testid="result">10 <b>claims</b> <a href="/claims/?year=2026">2026</a></p></main></body>'
)  # fmt: skip


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with one page recorded and the same page played now."""
    monkeypatch.setattr(comparing, "DIGESTS", tmp_path / "digests.txt")
    monkeypatch.setattr(comparing, "DIFFERENCES", tmp_path / "differences.toml")
    for which in ("reference", "now"):
        (tmp_path / which / "a-member").mkdir(parents=True)
        (tmp_path / which / "a-member" / "home.txt").write_text("Your share\n$20.00\n")
    comparing.write_digests(tmp_path / "reference", ["a-member"])
    return tmp_path


def compared(folder: Path) -> int:
    return comparing.compare(folder / "reference", folder / "now", ["a-member"])


def test_what_is_the_same_passes(recorded: Path) -> None:
    assert compared(recorded) == 0


def test_a_changed_line_is_printed_and_fails(recorded: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded / "now" / "a-member" / "home.txt").write_text("Your share\n$21.00\n")
    assert compared(recorded) == 1
    assert "-$20.00\n+$21.00\n" in capsys.readouterr().out


def test_a_difference_passes_only_where_each_line_has_a_reason(recorded: Path) -> None:
    reason = '[[difference]]\nfiles = "a-member/*"\npattern = "^[+-][$]"\nreason = "rounded"\n'
    (recorded / "differences.toml").write_text(reason)
    (recorded / "now" / "a-member" / "home.txt").write_text("Your share\n$21.00\n")
    assert compared(recorded) == 0
    (recorded / "now" / "a-member" / "home.txt").write_text("Your part\n$21.00\n")
    assert compared(recorded) == 1


def test_a_page_that_went_and_one_that_came_fail(recorded: Path) -> None:
    (recorded / "now" / "a-member" / "home.txt").unlink()
    (recorded / "now" / "a-member" / "news.txt").write_text("Hello\n")
    assert compared(recorded) == 2


def test_a_reference_without_its_digest_is_not_believed(recorded: Path) -> None:
    (recorded / "now" / "a-member" / "home.txt").write_text("Your share\n$21.00\n")
    (recorded / "reference" / "a-member" / "home.txt").write_text("Your share\n$21.00\n")
    assert compared(recorded) == 1


def test_a_page_is_read_as_text_with_where_links_lead_and_what_forms_offer() -> None:
    read = pages.Read(PAGE)
    assert read.lines[0] == "# Claims"
    assert "«result» 10 claims [2026](/claims/?year=2026)" in read.lines
    assert "Menu" not in read.lines
    assert (read.links, read.forms[0].fields) == (["/claims/?year=2026"], {"year": ["2026"]})


def test_what_is_made_anew_gets_a_name_in_order_of_appearance() -> None:
    names = Names(lambda _id: "eob-1")
    one, other = "01a213a6-5e80-7009-9ed9-83f7ab17633b", "7d2c1f5e-0000-4000-8000-0123456789ab"
    text = f"/claims/{one}/ {other} ?q=abcdefghijklmnopqrstuvw&person=0a68d73d2494bee4 127.0.0.1:4242"
    assert names.masked(text) == "/claims/claim:eob-1/ id-1 ?q=…&person=key-1 plan.example"


def test_only_the_adapter_knows_the_site_from_within() -> None:
    for path in HERE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        imported = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        imported += [
            name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
        ]
        assert [name for name in imported if name.split(".")[0] in ("apps", "config")] == [], path
