"""Collects what members read into `apps/<room>/locale/es/LC_MESSAGES/django.po`, with the `.mo` beside it.

    python bin/messages.py           # write; new texts stand there untranslated, gone ones are dropped
    python bin/messages.py --check   # write nothing; say what is out of date, untranslated or broken

A text used by several apps stands once, with the first of them (in the order of INSTALLED_APPS). Operators'
pages (admin) and the demo payer, which plays a payer, are English.
"""

import ast
import io
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from babel.messages.catalog import Catalog, Message  # noqa: E402
from babel.messages.extract import extract  # noqa: E402
from babel.messages.mofile import write_mo  # noqa: E402
from babel.messages.pofile import read_po, write_po  # noqa: E402

APPS = (
    "vault",
    "outbound",
    "fhir",
    "plain_language",
    "accounts",
    "plans",
    "connections",
    "records",
    "kinds/claim",
    "kinds/approval",
    "kinds/coverage",
    "kinds/places",
    "kinds/care",
    "kinds/joined",
    "sync",
    "appeals",
    "overview",
    "takeaway",
    "listing",
)
TEMPLATES = {name: name for name in APPS} | {
    **dict.fromkeys(("account", "mfa", "allauth"), "accounts"),
    "claims": "kinds/claim",
    "coverage": "kinds/coverage",
    "care": "kinds/care",
    "joined": "kinds/joined",
}
"""Folder of templates -> app; folders and files not named belong to `plain_language`."""
ENGLISH_ONLY = ("templates/admin/",)
KEYWORDS = dict.fromkeys(("_", "lazy", "said", "gettext", "gettext_lazy", "gettext_noop")) | {
    "plural": (1, 2), "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
TABLES = (
    ("kinds/claim", "cms_amounts.tsv", 3),
    ("kinds/claim", "places.tsv", 1),
    ("kinds/claim", "reasons.tsv", 1),
    ("kinds/claim", "codes.tsv", 2),
    ("kinds/claim", "services.tsv", 2),
    ("kinds/claim", "types.tsv", 2),
    ("kinds/claim", "specialties.tsv", 0),
    ("kinds/claim", "facts.tsv", 2),
    ("appeals", "rules.tsv", 8),
)
"""App, file, and the column (from 0) that holds words."""
NEVER = datetime(2026, 1, 1, tzinfo=UTC)
"""The date catalogues carry, so that they change only with their texts."""
HEADER = """msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

"""
_PLACES = re.compile(r"\{[a-z_]*\}|%\([a-z_]+\)s|%%|<[^>]*>")
"""What a translation has to carry as it is: named places, percent signs, tags."""
REFUSED = {
    r"cobr(?:ó|aron|ad[oa]s?|arían?|os?)": "facturar, cargo (cobrar is only to ask the member for money)",
    r"val(?:e|en|er|ga|gan|ía|ían)": "contar, aplicarse, ser correcto, estar vigente",
    r"medicinas|(?:la|una|esta|misma) medicina(?! (?:nuclear|interna|general))": "medicamento",
    r"revis\w+ su cuenta|según la cuenta": "conteo",
    r"pedidos? tardíos?|consejos? (?:gratis|legal|médico, legal)": "solicitud tardía, asesoramiento legal",
    r"precio que (?:su plan )?permite": "cantidad aprobada",
    r"motivos?": "razón",
    r"atención delicada": "atención de temas delicados",
    r"tú|tus?|ti|contigo|puedes|tienes|debes|quieres|necesitas": "usted",
}
"""Words of no Spanish text here, and what docs/spanish.md has for them."""
_REFUSED = {re.compile(rf"\b(?:{words})\b", re.IGNORECASE): instead for words, instead in REFUSED.items()}
_TAGS = re.compile(r"<[^>]*>")
_OTHER_QUOTES = re.compile('[«»"]')


def folder(app: str) -> Path:
    """Return where the Spanish catalogue of *app* lies."""
    return ROOT / "apps" / app / "locale" / "es" / "LC_MESSAGES"


def texts(app: str) -> Iterator[tuple[object, str]]:
    """Yield (message, file) of everything *app* says: its Python, its templates, the words of its tables."""
    for path in sorted((ROOT / "apps" / app).rglob("*.py")):
        if not {"migrations", "management"} & set(path.parts):
            yield from _of_python(path.read_bytes(), path)
            yield from _marked_within(path)
    for path in sorted((ROOT / "templates").rglob("*.*")):
        inside = path.relative_to(ROOT / "templates")
        owner = (
            TEMPLATES.get(inside.parts[0], "plain_language") if len(inside.parts) > 1 else "plain_language"
        )
        if owner == app and not str(path.relative_to(ROOT)).startswith(ENGLISH_ONLY):
            yield from _of_template(path)
    yield from _of_tables(app)


def _of_python(source: bytes, path: Path) -> Iterator[tuple[object, str]]:
    for _line, message, _comments, _context in extract("python", io.BytesIO(source), KEYWORDS):
        if message:
            yield message, str(path.relative_to(ROOT))


def _marked_within(path: Path) -> Iterator[tuple[object, str]]:
    """Yield texts that babel passes over, within another call: `_(words.get(state, said("Ready")))`."""
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "said":
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str) and argument.value:
                    yield argument.value, str(path.relative_to(ROOT))


def _of_template(path: Path) -> Iterator[tuple[object, str]]:
    from django.utils.translation.template import templatize  # noqa: PLC0415 - after the settings

    # What is no text to translate is blanked out: what remains are calls of gettext among names.
    calls = "\n".join(line.strip() for line in templatize(path.read_text()).splitlines())
    yield from _of_python(calls.encode(), path)


def _of_tables(app: str) -> Iterator[tuple[object, str]]:
    for owner, name, column in TABLES:
        if owner != app:
            continue
        for path in (ROOT / "apps" / app).rglob(name):
            for row in path.read_text().splitlines():
                cells = row.split("\t")
                if not row.startswith("#") and len(cells) > column and cells[column].strip():
                    yield cells[column].strip(), str(path.relative_to(ROOT))


def catalogues() -> dict[str, Catalog]:
    """Return the catalogue each app should have, with the translations that exist anywhere."""
    translations = {}
    for app in APPS:
        path = folder(app) / "django.po"
        if path.exists():
            written = read_po(io.BytesIO(path.read_bytes()))
            translations |= {
                message.id: message.string for message in written if message.id and is_translated(message)
            }
    catalogues_made, placed = {}, set()
    for app in APPS:
        catalogues_made[app] = Catalog(
            locale="es", charset="utf-8", creation_date=NEVER, revision_date=NEVER, fuzzy=False
        )
        for message, file in texts(app):
            if message in placed and message not in catalogues_made[app]:
                continue
            placed.add(message)
            catalogues_made[app].add(message, translations.get(message), locations=[(file, None)])
    return catalogues_made


def rendered(catalogue: Catalog) -> tuple[bytes, bytes]:
    """Return the `.po` and the `.mo` of a catalogue; the same input gives the same bytes."""
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalogue, sort_output=True, include_lineno=False, omit_header=True, width=110)
    write_mo(mo, catalogue)
    return HEADER.encode() + po.getvalue(), mo.getvalue()


def is_translated(message: Message) -> bool:
    """Whether every form of *message* has words that nobody marked as doubtful (fuzzy)."""
    return all(_forms(message.string)) and not message.fuzzy


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


def problems(catalogue: Catalog) -> Iterator[str]:
    """Yield what is untranslated, lost one of its places, or says it otherwise than docs/spanish.md."""
    for message in catalogue:
        if not message.id:
            continue
        wanted = _forms(message.id)
        if not is_translated(message):
            yield f"not translated: {wanted[0]!r}"
        elif [_places(text) for text in wanted] != [_places(text) for text in _forms(message.string)]:
            yield f"other places or tags than in English: {wanted[0]!r}"
        for text in _forms(message.string or ""):
            yield from _refused(_TAGS.sub("", text))


def _refused(text: str) -> Iterator[str]:
    for words, instead in _REFUSED.items():
        if match := words.search(text):
            yield f"“{match[0]}” instead of {instead}: {text!r}"
    if _OTHER_QUOTES.search(text):
        yield f"other quotation marks than “…”: {text!r}"


def _places(text: str) -> list[str]:
    return sorted(_PLACES.findall(text))


def faults(catalogue: Catalog, where: Path) -> Iterator[str]:
    """Yield what is wrong with the files in *where*, which should hold *catalogue*, and with its words."""
    for name, body in zip(("django.po", "django.mo"), rendered(catalogue), strict=True):
        if not (where / name).exists() or (where / name).read_bytes() != body:
            yield f"{name} is out of date: run `make messages`"
    yield from problems(catalogue)


def main() -> int:
    """Write, or check; return 1 when the check finds something."""
    is_check, out_of_order = "--check" in sys.argv, []
    for app, catalogue in catalogues().items():
        if not is_check:
            folder(app).mkdir(parents=True, exist_ok=True)
            for name, body in zip(("django.po", "django.mo"), rendered(catalogue), strict=True):
                (folder(app) / name).write_bytes(body)
        out_of_order += [f"apps/{app}: {fault}" for fault in faults(catalogue, folder(app))]
    sys.stdout.write("".join(f"{line}\n" for line in out_of_order))
    return 1 if is_check and out_of_order else 0


if __name__ == "__main__":
    raise SystemExit(main())
