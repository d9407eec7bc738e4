"""A wrapper that asks a program of the operator's: the way to a KMS of any kind, without its library here."""

import hashlib
import hmac
import shlex
import subprocess
from dataclasses import dataclass
from typing import ClassVar, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from apps.vault.keys import NAME
from apps.vault.wrapping import NotThisKey, WrapperDown
from config.safe_secrets import KEY_BYTES

NOT_THIS_KEY: Final = 3
"""Exit code by which the program says that it could try, and the bytes are not wrapped by that key."""
MOST_BYTES: Final = 4096  # of one wrapped key; what KMS of today return is a few hundred


@dataclass(frozen=True)
class CommandWrapper:
    """Runs ``PROGRAM wrap NAME`` and ``PROGRAM unwrap NAME``: bytes come on standard input and go on output.

    What the program wraps is the data key and a digest of its context, so that a wrapped key moved to
    another row is noticed whatever the program does. Its standard error is not read: it may quote them.
    """

    command: tuple[str, ...]
    key_names: tuple[str, ...]
    seconds: float
    is_remote: ClassVar[bool] = True

    @property
    def current(self) -> str:
        """The first name."""
        return self.key_names[0]

    @property
    def names(self) -> frozenset[str]:
        """The names of all keys the program has."""
        return frozenset(self.key_names)

    def wrap(self, data_key: bytes, *, context: bytes) -> bytes:
        """Return what the program makes of the key; raise WrapperDown."""
        try:
            wrapped = self._run("wrap", self.current, data_key + _digest(context))
        except NotThisKey:
            raise WrapperDown("VAULT_COMMAND answered a wish to wrap as if it were one to unwrap") from None
        if not wrapped or data_key in wrapped:
            raise WrapperDown("the program of VAULT_COMMAND returned nothing, or the key as it was")
        return wrapped

    def unwrap(self, wrapped: bytes, *, name: str, context: bytes) -> bytes:
        """Return the key if the program gives it back with the digest of this context."""
        key = self._run("unwrap", name, wrapped)
        data_key, digest = key[:KEY_BYTES], key[KEY_BYTES:]
        if len(data_key) != KEY_BYTES or not hmac.compare_digest(digest, _digest(context)):
            raise NotThisKey
        return data_key

    def _run(self, verb: str, name: str, key_bytes: bytes) -> bytes:
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program, and no shell
                [*self.command, verb, name],
                input=key_bytes,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self.seconds,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise WrapperDown(f"VAULT_COMMAND did not {verb} within {self.seconds:g} s") from None
        except OSError as error:
            raise WrapperDown(f"VAULT_COMMAND cannot be run: {error.strerror}") from None
        if done.returncode == NOT_THIS_KEY:
            raise NotThisKey
        if done.returncode:
            raise WrapperDown(f"VAULT_COMMAND did not {verb} with key {name!r}: exit code {done.returncode}")
        if len(done.stdout) > MOST_BYTES:
            raise WrapperDown("VAULT_COMMAND returned more than a wrapped key can be")
        return done.stdout


def command_wrapper() -> CommandWrapper:
    """Return the wrapper of VAULT_COMMAND, VAULT_COMMAND_KEYS and VAULT_COMMAND_SECONDS."""
    command, names = shlex.split(settings.VAULT_COMMAND), settings.VAULT_COMMAND_KEYS
    if not command or not names or not all(NAME.fullmatch(name) for name in names):
        raise ImproperlyConfigured(
            "VAULT_COMMAND needs a program, and VAULT_COMMAND_KEYS the names of its keys, the current first "
            "(at most 32 of a-z, 0-9, _ and -)."
        )
    return CommandWrapper(tuple(command), tuple(names), settings.VAULT_COMMAND_SECONDS)


def _digest(context: bytes) -> bytes:
    return hashlib.sha256(context).digest()
