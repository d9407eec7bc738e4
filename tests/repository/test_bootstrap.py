"""What an operator runs first, by itself and not through make."""

import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parents[2]


def test_packages_are_fetched_by_the_machines_own_list_of_authorities(tmp_path: Path) -> None:
    """Behind a proxy that reads TLS `make demo` worked, and bin/bootstrap as the manual has it did not."""
    (tmp_path / "bin").mkdir()
    for script in ("bootstrap", "find-uv"):
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
