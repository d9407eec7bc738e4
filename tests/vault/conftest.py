"""What the vault's tests share."""

from tests.connections.conftest import shared_database

__all__ = ["shared_database"]
