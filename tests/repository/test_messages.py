"""Everything a member reads can be read in every language of the site."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from bin import messages

ROOT = Path(__file__).resolve().parent.parent.parent
ENGLISH = (
    "templates/admin/",  # operators
    "templates/503.html",
    "templates/503_database.html",
    "templates/500.html",  # shown when anything may be broken: both languages stand in it
)
WORDS = re.compile(r"[A-Za-z]{2,}")
NAMES = {
    "Plainclaim",
    "English",
    "Español",
    "SVG",
    "PNG",
    "JSON",
    "CSV",
    "FHIR",
    "px",
    "nbsp",
    "middot",
    "svg",
}
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.*") if not str(path.relative_to(ROOT)).startswith(ENGLISH)
)


IN_TAGS = re.compile(r'\{% (?:firstof|include|with|cycle) [^%]*?(?<!_\()"([A-Z][^"]*)"')


def bare_words(source: str) -> list[str]:
    """Return the words of a template that stand outside translation tags, markup and code."""
    given = IN_TAGS.findall(source)
    for pattern in (
        r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}",
        r"\{% blocktranslate.*?\{% endblocktranslate %\}",
        r"\{% block page_class %\}.*?\{% endblock %\}",
        r"\{%.*?%\}|\{\{.*?\}\}",
        r"<(script|style)\b.*?</\1>|<!--.*?-->|<!doctype[^>]*>",
    ):
        source = re.sub(pattern, " ", source, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:aria-label|alt|placeholder|title)="([^"]*)"', source)
    text = re.sub(r"<[^>]*>", " ", source, flags=re.DOTALL)
    return [word for word in WORDS.findall(" ".join([text, *spoken, *given])) if word not in NAMES]


def test_no_template_speaks_one_language_only() -> None:
    bare = {str(path.relative_to(ROOT / "templates")): bare_words(path.read_text()) for path in TEMPLATES}
    assert {path: words for path, words in bare.items() if words} == {}


def test_the_search_finds_words_that_nobody_translates() -> None:
    assert bare_words('<p title="Hello">{% if x %}World{% endif %} {% translate "fine" %}</p>') == [
        "World",
        "Hello",
    ]
    assert bare_words('{% firstof "Hello" as a %}{% include "a.html" with b=_("fine") c="World" %}') == [
        "Hello",
        "World",
    ]


TRANSLATED = [app for app in messages.APPS if messages.folder(app).is_dir()]


@pytest.fixture(scope="module")
def catalogues() -> dict[str, Catalog]:
    """Return the catalogues as they should be now."""
    return messages.catalogues()


@pytest.mark.parametrize("app", TRANSLATED)
def test_every_text_of_an_app_is_in_its_catalogue_and_has_spanish_words(
    app: str, catalogues: dict[str, Catalog]
) -> None:
    assert list(messages.faults(catalogues[app], messages.folder(app))) == []


OWED = re.compile(
    r"\b(?:owe[sd]?|owing|debts?|adeud\w*|deudas?|deudor\w*|(?:usted|se) (?:le |les |nos )?debe pagar)\b"
    r"|\busted (?:le |les |nos )?debe (?=[$\d{%])",
    re.IGNORECASE,
)


def test_no_page_says_that_the_member_owes(catalogues: dict[str, Catalog]) -> None:
    """Nobody here knows it: a share is what the plan counts as the member's, and may have been paid."""
    told = [
        text
        for app in TRANSLATED
        for message in catalogues[app]
        for texts in (message.id, message.string)
        for text in ([texts] if isinstance(texts, str) else texts)
    ]
    told += [path.read_text() for path in (ROOT / "templates").rglob("*.*")]
    assert len(told) > 1000
    assert [text for text in told if OWED.search(text)] == []
    assert OWED.search("You owe $5.00.") and OWED.search("Lo que usted debe pagar")


def test_every_app_whose_sentences_members_read_is_collected() -> None:
    marks = re.compile(r"\b(?:_|said|lazy|gettext_lazy|plural)\(")
    speaking = {
        _room(path.relative_to(ROOT / "apps").parts)
        for path in (ROOT / "apps").rglob("*.py")
        if marks.search(path.read_text())
    }
    assert speaking <= set(messages.APPS)


def _room(parts: tuple[str, ...]) -> str:
    """Return whose catalogue a module's texts stand in: a kind of record has its own."""
    return "/".join(parts[:2] if parts[0] == "kinds" and len(parts) > 2 else parts[:1])


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """Return a folder with a complete catalogue of three texts."""
    for name, body in zip(("django.po", "django.mo"), messages.rendered(three()), strict=True):
        (tmp_path / name).write_bytes(body)
    return tmp_path


def three(**changes: str | tuple[str, str]) -> Catalog:
    """Return a catalogue of three texts, with other Spanish for some."""
    spanish = {
        "bill": "Una factura",
        "share": 'Su parte es <b class="money">{share}</b>, %(percent)s de %%.',
        "claims": ("{number} reclamación", "{number} reclamaciones"),
    } | changes
    made = Catalog(locale="es", creation_date=messages.NEVER, revision_date=messages.NEVER, fuzzy=False)
    made.add("A bill", spanish["bill"])
    made.add('Your share is <b class="money">{share}</b>, %(percent)s of %%.', spanish["share"])
    made.add(("{number} claim", "{number} claims"), spanish["claims"])
    return made


def test_a_complete_catalogue_has_no_fault(written: Path) -> None:
    assert list(messages.faults(three(), written)) == []


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"bill": ""}, "not translated: 'A bill'"),
        ({"claims": ("{number} reclamación", "")}, "not translated: '{number} claim'"),
        ({"claims": ("una reclamación", "{number} reclamaciones")}, "other places or tags"),
        ({"share": 'Su parte es <b class="money">{parte}</b>, %(percent)s de %%.'}, "other places or tags"),
        ({"share": 'Su parte es <b class="money">{share}</b> de %%.'}, "other places or tags"),
        ({"share": 'Su parte es <b class="money">{share}</b>, %(percent)s de %.'}, "other places or tags"),
        ({"share": "Su parte es <b>{share}</b>, %(percent)s de %%."}, "other places or tags"),
        ({"share": 'Su parte es <b class="money">{share}, %(percent)s de %%.'}, "other places or tags"),
    ],
)
def test_a_translation_that_is_missing_or_lost_something_is_a_fault(
    change: dict[str, str | tuple[str, str]], fault: str
) -> None:
    [problem] = messages.problems(three(**change))
    assert problem.startswith(fault)


@pytest.mark.parametrize(
    ("spanish", "fault"),
    [
        ("La clínica cobró mucho", "“cobró” instead of facturar"),
        ("Pregunte qué vale ahora", "“vale” instead of"),
        ("Pídale que revise su cuenta", "“revise su cuenta” instead of conteo"),
        ("Sus medicinas", "“medicinas” instead of medicamento"),
        ("Según el precio que su plan permite", "“precio que su plan permite” instead of"),
        ("Aquí puedes pagar", "“puedes” instead of usted"),
        ("El motivo de su plan", "“motivo” instead of razón"),
        ("Dice «otra»", "other quotation marks"),
        ('Dice "otra"', "other quotation marks"),
    ],
)
def test_words_that_have_others_here_are_a_fault(spanish: str, fault: str) -> None:
    """ "Cobró" left open who took money from whom; docs/spanish.md has one word for one thing."""
    [problem] = messages.problems(three(bill=spanish))
    assert problem.startswith(fault)


def test_words_that_only_look_like_refused_ones_are_none() -> None:
    text = 'Puede cobrarle. Es válido: el valor “nuevo” de su cuenta, la medicina nuclear <b class="x">'
    catalogue = three()
    catalogue.add('Fine <b class="x">', text)
    assert list(messages.problems(catalogue)) == []


def test_a_doubtful_translation_is_none() -> None:
    catalogue = three()
    message = catalogue["A bill"]
    assert message
    message.flags.add("fuzzy")
    assert list(messages.problems(catalogue)) == ["not translated: 'A bill'"]


@pytest.mark.parametrize("name", ["django.po", "django.mo"])
def test_files_that_are_gone_or_older_than_the_texts_are_a_fault(written: Path, name: str) -> None:
    (written / name).write_bytes(b"older")
    assert list(messages.faults(three(), written)) == [f"{name} is out of date: run `make messages`"]
    (written / name).unlink()
    assert list(messages.faults(three(), written)) == [f"{name} is out of date: run `make messages`"]


def test_a_text_that_is_new_makes_both_files_out_of_date(written: Path) -> None:
    catalogue = three()
    catalogue.add("New", "Nuevo")
    assert len(list(messages.faults(catalogue, written))) == 2


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a project of one app with one text."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "APPS", ("plans",))
    (tmp_path / "templates").mkdir()
    (tmp_path / "apps" / "plans").mkdir(parents=True)
    (tmp_path / "apps" / "plans" / "wording.py").write_text('ONE = said("One plan")\n')
    yield tmp_path


def run(site: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["messages.py", *arguments])
    return messages.main()


def translate(site: Path, spanish: str, *, mark: str = "") -> None:
    """Write the Spanish by hand, as a translator does."""
    path = messages.folder("plans") / "django.po"
    text = path.read_text()
    path.write_text(
        text.replace('msgid "One plan"\nmsgstr ""', f'{mark}msgid "One plan"\nmsgstr "{spanish}"')
    )
    assert path.read_text() != text


def test_what_a_translator_writes_is_compiled_and_kept_while_the_text_stands(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(site, monkeypatch)
    translate(site, "Un plan")
    assert run(site, monkeypatch, "--check") == 1
    run(site, monkeypatch)
    assert run(site, monkeypatch, "--check") == 0
    (site / "apps" / "plans" / "wording.py").write_text('TWO = said("Two plans")\n')
    assert run(site, monkeypatch, "--check") == 1
    run(site, monkeypatch)
    with (messages.folder("plans") / "django.po").open("rb") as file:
        assert [message.id for message in read_po(file) if message.id] == ["Two plans"]


def test_a_text_marked_within_another_call_is_found(site: Path) -> None:
    """ "Being made" stood in `_(words.get(state, said("Being made")))` and stayed English."""
    code = 'def badge(state):\n    return _({}.get(state, said("Being made")))\n'
    (site / "apps" / "plans" / "wording.py").write_text(code)
    assert [message.id for message in messages.catalogues()["plans"] if message.id] == ["Being made"]


def test_what_a_translator_marked_as_doubtful_does_not_pass_by_collecting_again(
    site: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(site, monkeypatch)
    translate(site, "Un plan", mark="#, fuzzy\n")
    run(site, monkeypatch)
    assert run(site, monkeypatch, "--check") == 1
    assert "not translated: 'One plan'" in capsys.readouterr().out


def test_a_translation_moves_with_its_text_to_another_app(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(site, monkeypatch)
    translate(site, "Un plan")
    monkeypatch.setattr(messages, "APPS", ("accounts", "plans"))
    (site / "apps" / "accounts").mkdir()
    (site / "apps" / "accounts" / "wording.py").write_text('ONE = said("One plan")\n')
    run(site, monkeypatch)
    moved = read_po(io.BytesIO((messages.folder("accounts") / "django.po").read_bytes()))["One plan"]
    assert moved
    assert moved.string == "Un plan"
    assert run(site, monkeypatch, "--check") == 0


def test_no_spanish_time_of_day_is_said_in_the_plural_alone(catalogues: dict[str, Catalog]) -> None:
    """It is *a la* 01:00 and *a las* 02:00: a time that is put in stands without either."""
    plural = re.compile(r"\ba las? (?:%\(\w+\)s|\{time\})")
    said = [str(message.string) for catalogue in catalogues.values() for message in catalogue]
    assert [text for text in said if plural.search(text)] == []
