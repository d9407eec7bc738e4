"""A pretend KMS as an operator's program: ``kms.py FOLDER wrap|unwrap NAME``, bytes in, bytes out.

FOLDER holds one file of 32 bytes for each key, and notes each call in ``calls``. A file ``down`` makes it
fail, ``slow`` makes it hang, ``strange`` makes it return other bytes of the same length.
"""

import os
import sys
import time
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def main() -> int:
    """Return the exit code."""
    folder, (verb, name) = Path(sys.argv[1]), sys.argv[2:]
    with (folder / "calls").open("a") as calls:
        calls.write(f"{verb} {name}\n")
    if (folder / "down").exists():
        sys.stderr.write("the KMS is down; the bytes were ...\n")
        return 1
    if (folder / "slow").exists():
        time.sleep(60)
    given, cipher = sys.stdin.buffer.read(), AESGCM((folder / name).read_bytes())
    if (folder / "strange").exists():
        sys.stdout.buffer.write(os.urandom(64))
        return 0
    if verb == "wrap":
        nonce = os.urandom(12)
        sys.stdout.buffer.write(nonce + cipher.encrypt(nonce, given, None))
        return 0
    try:
        sys.stdout.buffer.write(cipher.decrypt(given[:12], given[12:], None))
    except InvalidTag:
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
