"""Codes of free lists and units in everyday words (findings M-18 and M-19)."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
import zstandard

from apps.plain_language.free_words import (
    FOLDER,
    _index,
    cms_field,
    cms_value,
    contents,
    free_words,
    unit_words,
    words_in,
)

ROOT = Path(__file__).resolve().parents[2]
TABLES = sorted(path.stem for path in FOLDER.glob("*.codes"))
WEB_PROCESS = """
import resource, sys
from apps.plain_language.free_words import free_words
assert not [name for name in sys.modules if "icd" in name]
before = int(open("/proc/self/statm").read().split()[1])
assert free_words("ICD-10-PCS", "0DTJ4ZZ")
pages = int(open("/proc/self/statm").read().split()[1]) - before
print(pages * resource.getpagesize())
"""


@pytest.mark.parametrize("code", ["E119", "E11.9", " e11.9 "])
def test_a_diagnosis_has_its_words_with_and_without_dot(code: str) -> None:
    assert free_words("ICD-10-CM", code) == "Type 2 diabetes mellitus without complications"


@pytest.mark.parametrize("code", ["", "9999999", "2113", "E11.999999", "Chapter 1", "../etc", "R4444"])
def test_what_is_no_diagnosis_code_has_no_words(code: str) -> None:
    assert free_words("ICD-10-CM", code) is None


@pytest.mark.parametrize(
    ("system", "code", "words"),
    [
        ("ICD-10-CM", "W55.22XD", "Struck by cow, subsequent encounter"),
        ("ICD-10-PCS", "0DTJ4ZZ", "Resection of Appendix, Percutaneous Endoscopic Approach"),
        ("ICD-9", "401.1", "Benign essential hypertension"),
        ("ICD-9", "V0182", "Exposure to SARS-associated coronavirus"),
        ("ICD-9 procedure", "92.14", "Bone scan"),
        ("HCPCS", "J2270", "Injection, morphine sulfate, up to 10 mg"),
        ("HCPCS modifier", "KO", "Single drug unit dose formulation"),
        ("MS-DRG", "695", "Kidney and Urinary Tract Signs and Symptoms with MCC"),
        ("MS-DRG", "42", "Peripheral, Cranial Nerve and Other Nervous System Procedures without CC/MCC"),
        ("CVX", "121", "zoster vaccine, live"),
        ("CVX", "3", "measles, mumps and rubella virus vaccine"),
        ("RxNorm", "1151150", "Diclofenac (Ophthalmic)"),
    ],
)  # fmt: skip
def test_a_code_of_a_free_list_has_its_official_words(system: str, code: str, words: str) -> None:
    """M-19: 253 ICD-10 and 32 ICD-9 procedures, 99 HCPCS lines, CVX 140 and MS-DRG were bare codes."""
    assert free_words(system, code) == words


@pytest.mark.parametrize("code", ["59762154003", "59762-1540-03", "59762-1540-3"])
def test_a_drugs_number_tells_the_drug_however_it_is_written(code: str) -> None:
    """M-19; the capitals that pharmacists need (amLODIPine) are no reading for a member."""
    assert free_words("NDC", code) == "Amlodipine (Oral Pill)"


@pytest.mark.parametrize(
    ("system", "code"),
    [
        *(("CPT", "97110"), ("CDT", "D1110"), ("revenue code", "0250"), ("SNOMED CT", "73761001")),
        *(("HCPCS", "97110"), ("HCPCS", "D1110"), ("HCPCS modifier", "25"), ("APR-DRG", "042")),
        *(("MS-DRG", "0042"), ("NDC", "834061"), ("NDC", "5976215403"), (None, "J2270"), ("", "")),
        ("ICD-9", None),
        *(("ICD-10-PCS", "0DTJ4ZI"), ("ICD-10-PCS", "\n0DTJ4Z"), ("ICD-10-PCS", "٠DTJ4ZZ")),
    ],
)  # fmt: skip
def test_licensed_lists_and_what_is_no_code_have_no_words(system: str | None, code: str | None) -> None:
    assert free_words(system, code) is None


def test_medicares_fields_and_their_values_have_medicares_words_as_v2_and_v3_name_them() -> None:
    """M-18: v3 fields came as bare codes of fields whose words CMS publishes."""
    assert cms_field("CLM_IDR_LD_DT") == "Claim IDR Load Date"
    assert cms_value("CLM-NRLN-RIC-CD", "M").startswith("Part B DMEPOS claim record")  # type: ignore[union-attr]
    assert cms_value("line_place_of_srvc_cd", "11") is not None
    assert cms_value("clm_ptnt_dschrg_stus_cd", "01") is None  # NUBC's
    assert cms_field("no such\tfield") is None


def test_the_first_and_the_last_code_of_every_block_are_found() -> None:
    assert len(TABLES) >= 12
    for table in TABLES:
        lines = lines_of(table)
        found = [words_in(table, line.partition("\t")[0]) for line in (lines[0], lines[-1])]
        assert found == [line.partition("\t")[2] for line in (lines[0], lines[-1])]
        before, after = chr(0x20), chr(0x7E) * 3
        assert words_in(table, before) is None
        assert words_in(table, after) is None


def test_the_tables_hold_what_their_contents_say_and_stay_small() -> None:
    stated = [line.split("\t") for line in contents().decode().splitlines()[1:]]
    assert sorted(name for name, *_ in stated) == TABLES
    for name, count, digest in stated:
        lines = lines_of(name)
        assert len(lines) == int(count)
        assert hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest() == digest
        assert lines == sorted(lines, key=lambda line: line.partition("\t")[0])
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 2_500_000


def test_one_code_costs_a_web_process_little_memory() -> None:
    """M-19: 79,000 texts are on disk; a process that shows one of them holds an index and one block."""
    made = subprocess.run(
        [sys.executable, "-c", WEB_PROCESS], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert int(made.stdout) < 4_000_000


def test_the_tables_say_whose_words_they_are() -> None:
    notice = (FOLDER / "NOTICE.md").read_text()
    assert [name for name in TABLES if f"`{name}.codes`" not in notice] == []
    assert "courtesy of the U.S. National Library of Medicine" in notice


def test_the_tables_are_those_that_the_published_lists_give(shared: Path) -> None:
    folder = shared / "terminology"
    if not (folder / "free").is_dir():
        pytest.skip("no free code lists beside the project")
    command = [sys.executable, "bin/code_tables.py", str(folder), "--check"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def test_units_are_words_and_unknown_ones_stay() -> None:
    assert [unit_words(unit) for unit in ("[mi_i]", "mL", "TAB", None)] == ["miles", "mL", "TAB", ""]


def lines_of(table: str) -> list[str]:
    """Return every line of a table, opened block by block as its index says."""
    body = (FOLDER / f"{table}.codes").read_bytes()
    index = _index(table)
    opened = [
        zstandard.ZstdDecompressor().decompress(body[start:end], max_output_size=1 << 20).decode()
        for start, end in zip(index.starts, index.starts[1:], strict=False)
    ]
    assert [text.partition("\t")[0] for text in opened] == list(index.first_codes)
    return "".join(opened).splitlines()
