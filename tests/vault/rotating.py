"""`python -m tests.vault.rotating`: rotates keys again and again, and dies by kill -9 at chosen statements.

Reads one JSON list a line on standard input, ``[[options, statement], ...]``: so many processes begin at
once, each runs ``rotate_keys`` with its options and kills itself when it is about to send that statement to
the database (0: it may live). Answers with their exit codes. One process is set up and forked: that is quick.
"""

import io
import json
import os
import signal
import sys
from typing import Any

import django


def main() -> None:
    """Answer line by line until standard input ends."""
    django.setup()
    for line in sys.stdin:
        children = [_begin(options, statement) for options, statement in json.loads(line)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
        sys.stdout.write(json.dumps(codes) + "\n")
        sys.stdout.flush()


def _begin(options: list[str], statement: int) -> int:
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        _rotate(options, statement)
        code = 0
    except BaseException as error:  # noqa: BLE001 - the other side of a fork must never go on with the loop
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    finally:
        sys.stderr.flush()
        os._exit(code)


def _rotate(options: list[str], statement: int) -> None:
    from django.core.management import call_command  # noqa: PLC0415 - after setup
    from django.db import connection  # noqa: PLC0415

    sent = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal sent
        sent += 1
        if sent == statement:
            os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        call_command("rotate_keys", *options, stdout=io.StringIO(), stderr=sys.stderr)


if __name__ == "__main__":
    main()
