"""``python -m apps.vault [name]`` prints a new entry for VAULT_KEYS."""

import argparse
import base64
import secrets
import sys

# Not through keys.make(): this must run before any settings exist.
parser = argparse.ArgumentParser(prog="python -m apps.vault", description="Print a new entry for VAULT_KEYS.")
parser.add_argument("name", nargs="?", default="first", help="What the key is called; the first is 'first'.")
name = parser.parse_args().name
sys.stdout.write(f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
