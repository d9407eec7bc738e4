"""Where published records are, for the tests that read them: beside the project, or in PLAINCLAIM_SHARED."""

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("PLAINCLAIM_SHARED") or Path(__file__).parent.parent.parent / "shared")
WHY_NOT = "published payer data (../shared/fhir) is not on this machine"
IS_HERE = (SHARED / "fhir").is_dir()
needs_published = pytest.mark.skipif(not IS_HERE, reason=WHY_NOT)
