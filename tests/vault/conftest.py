"""What the vault's tests share."""

from pathlib import Path

import pyrage
import pytest

from apps.vault import backups
from apps.vault.backups import Recipients


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    """Return where an operator's private key is, or will be."""
    return tmp_path / "operator.key"


@pytest.fixture
def public(identity: Path) -> str:
    """Return the public key of an operator, to whom backups are encrypted."""
    return backups.new_key(identity)


@pytest.fixture
def to(public: str) -> Recipients:
    """Return the same as what encrypts to it."""
    return [pyrage.x25519.Recipient.from_str(public)]
