"""What an operator runs first, by itself and not through make."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parents[2]


def test_packages_are_fetched_by_the_machines_own_list_of_authorities(tmp_path: Path) -> None:
    """Behind a proxy that reads TLS `make demo` worked, and bin/bootstrap as the manual has it did not."""
    (tmp_path / "bin").mkdir()
    for script in ("bootstrap", "run-uv"):
        shutil.copy(HERE / "bin" / script, tmp_path / "bin" / script)
    uv = tmp_path / "tools" / "uv"
    uv.parent.mkdir()
    uv.write_text('#!/bin/bash\necho "$UV_SYSTEM_CERTS $UV_NATIVE_TLS $1"\n')
    uv.chmod(0o755)
    for given, expected in ({}, "1 1"), ({"UV_SYSTEM_CERTS": "0", "UV_NATIVE_TLS": "0"}, "0 0"):
        ran = subprocess.run(
            [tmp_path / "bin" / "bootstrap"],
            env={"PATH": f"{uv.parent}:/usr/bin:/bin"} | given,
            capture_output=True,
            text=True,
            check=True,
        )
        assert ran.stdout.splitlines() == [f"{expected} venv", f"{expected} pip"]


def test_an_audit_that_was_none_is_told_from_one_that_found_something(tmp_path: Path) -> None:
    """Without a way to PyPI's database every package looked as if it were unknown there."""
    audited = tmp_path / "pip-audit"
    for said, is_none in (
        ("ERROR:pip_audit._cli:amqp: Dependency not found on PyPI and could not be audited", True),
        ("Found 1 known vulnerability in 1 package", False),
    ):
        audited.write_text(f"#!/bin/sh\necho '{said}' >&2; exit 1\n")
        audited.chmod(0o755)
        ran = subprocess.run(
            ["make", "--assume-old=.venv/.installed", "audit", f"BIN={tmp_path}"],
            cwd=HERE, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ran.returncode != 0
        assert said in ran.stderr
        assert ("Nothing was audited" in ran.stderr) == is_none
