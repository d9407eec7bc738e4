"""``python -m apps.vault [name]`` prints a new entry for VAULT_KEYS."""

import base64
import secrets
import sys

# Not through keys.make(): this must run before any settings exist.
name = sys.argv[1] if len(sys.argv) > 1 else "first"
sys.stdout.write(f"{name}:{base64.b64encode(secrets.token_bytes(32)).decode()}\n")
