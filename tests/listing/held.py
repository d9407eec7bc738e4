"""The rows of sentences.toml: each is named by the first words of a sentence and a digest of all of it.

Whoever changes a sentence, also behind its first words, is asked whether what it rests on still proves it.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "sentences.toml"
LEDGER: dict[str, dict[str, Any]] = tomllib.loads(FILE.read_text())
ASK = """A sentence of [{page}] in tests/listing/sentences.toml is not what it was when its row was written.
Read each sentence below beside the tests of its row: do they still prove every word, or does the operator
still promise it? If not, mend the sentence or its tests. Then name the row as it stands here. This does so,
for its diff to be read:
    UPDATE_SENTENCES=1 bin/with-test-env .venv/bin/pytest -n0 tests/listing/test_sentences.py
"""


def start_of(row: str) -> str:
    """Return the first words that a row names."""
    return re.sub(r" #[0-9a-f]{8}$", "", row)


def name_of(row: str, said: Collection[str]) -> str:
    """Return how a row has to be named for what is said now; "" where nothing begins with its words."""
    sentences = _sentences_of(row, said)
    digest = hashlib.sha256("\n".join(sentences).encode()).hexdigest()[:8]
    return f"{start_of(row)} #{digest}" if sentences else ""


def to_read(page: str, rows: Collection[str], said: Collection[str]) -> str:
    """Return what to do about rows of a page whose sentences changed: their names, and what is said now."""
    changed = ("\n  ".join((name_of(row, said), *_sentences_of(row, said))) for row in rows)
    return ASK.format(page=page) + "\n".join(changed)


def rename(page: str, names: Mapping[str, str]) -> None:
    """Name rows of a page anew in the file."""
    before, head, rest = FILE.read_text().partition(f"\n[{page}]")
    rows, following, after = rest.partition("\n[")
    for old, new in names.items():
        rows = rows.replace(f"\n{_in_toml(old)} = ", f"\n{_in_toml(new)} = ")
    FILE.write_text("".join((before, head, rows, following, after)))


def _sentences_of(row: str, said: Collection[str]) -> list[str]:
    return sorted({sentence for sentence in said if sentence.startswith(start_of(row))})


def _in_toml(row: str) -> str:
    return '"{}"'.format(row.replace("\\", "\\\\").replace('"', '\\"'))
