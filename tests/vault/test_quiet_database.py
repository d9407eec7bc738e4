"""W-33: what PostgreSQL writes into its own log about statements that fail."""

import re
from pathlib import Path
from typing import Final

import psycopg
import pytest

from tests.faults.clusters import Postgres, a_cluster

ROOT: Final = Path(__file__).resolve().parents[2]
QUIET: Final = re.compile(r"ALTER ROLE plainclaim SET (\w+) = (\w+)")
MANUAL: Final = (ROOT / "docs/operations.md").read_text()
CANARIES: Final = ("canary@example.com", "argon2-a-canary-too")
TABLE: Final = "CREATE TABLE members (email text UNIQUE, password text CHECK (length(password) > 3))"
INSERT: Final = "INSERT INTO members VALUES ('canary@example.com', 'argon2-a-canary-too')"
UPDATE: Final = "UPDATE members SET password = '' WHERE email = 'canary@example.com'"


def fail(url: str) -> None:
    """Break a rule of each kind as the site's role; values stand in the statement, as Django writes them."""
    with psycopg.connect(url.replace("postgres@", "plainclaim@"), autocommit=True) as line:
        line.execute(f"DROP TABLE IF EXISTS members; {TABLE}; {INSERT}".encode())
        for statement in (INSERT, UPDATE):
            with pytest.raises(psycopg.IntegrityError):
                line.execute(statement.encode())


def test_w_33_its_log_quotes_no_value_once_the_role_is_as_the_manual_says(tmp_path: Path) -> None:
    statements = [match[0] for match in QUIET.finditer(MANUAL)]
    assert len(statements) == 2
    with a_cluster(tmp_path, wants_postgres=True) as cluster:
        if not isinstance(cluster, Postgres) or cluster.data is None:
            pytest.skip("needs PostgreSQL's programs: the log of another's server is out of reach")
        log, name = cluster.data / "server.log", cluster.fresh()
        with psycopg.connect(cluster.url(name), autocommit=True) as superuser:
            superuser.execute("CREATE ROLE plainclaim LOGIN")
            superuser.execute("GRANT ALL ON SCHEMA public TO plainclaim")
            fail(cluster.url(name))
            before = log.read_text()
            for statement in statements:
                superuser.execute(statement.encode())
        fail(cluster.url(name))
        after = log.read_text().removeprefix(before)
    assert all(canary in before for canary in CANARIES)
    assert "duplicate key" in after
    assert "check constraint" in after
    assert not any(canary in after for canary in CANARIES)


def test_w_33_the_container_of_the_database_is_set_the_same() -> None:
    compose = (ROOT / "compose.yaml").read_text()
    for name, value in QUIET.findall(MANUAL):
        assert f"-c, {name}={value}" in compose
