"""A RabbitMQ of the tests' own on loopback."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.stack import free_ports

PROGRAM = next(Path("/usr/lib/rabbitmq/lib").glob("*/sbin/rabbitmq-server"), None)
"""None where none is installed."""


def settings(folder: Path, port: int) -> dict[str, str]:
    """Return the environment of a server at *port* that keeps everything in *folder*, and of its `epmd`."""
    between, names = free_ports(2)
    node = {"NODENAME": f"test{port}@localhost", "NODE_IP_ADDRESS": "127.0.0.1", "NODE_PORT": str(port)}
    node |= {"DIST_PORT": str(between), "MNESIA_BASE": str(folder / "data"), "LOG_BASE": str(folder)}
    # None of these is there: what the machine has set up for a RabbitMQ of its own does not hold here.
    node |= {
        one: str(folder / one) for one in ("PID_FILE", "ENABLED_PLUGINS_FILE", "CONFIG_FILE", "CONF_ENV_FILE")
    }
    node |= {"SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}"}
    env = {"HOME": str(folder), "ERL_EPMD_PORT": str(names), "ERL_EPMD_ADDRESS": "127.0.0.1"}
    return env | {f"RABBITMQ_{name}": value for name, value in node.items()}


def address(port: int) -> str:
    """Return the address of a server at *port*, as CELERY_BROKER_URL takes it."""
    return f"amqp://guest:guest@127.0.0.1:{port}//"


@contextmanager
def running(folder: Path) -> Iterator[str]:
    """Run it until the block ends; yield its address."""
    (port,) = free_ports(1)
    env = {**os.environ, **settings(folder, port)}
    with (folder / "said").open("wb") as said:
        directory = subprocess.Popen(["epmd"], env=env, stdout=said, stderr=said)
        server = subprocess.Popen([str(PROGRAM)], env=env, stdout=said, stderr=said)
        try:
            give_up_at = time.monotonic() + 60
            while b"completed with" not in (folder / "said").read_bytes():
                assert time.monotonic() < give_up_at, (folder / "said").read_text()
                time.sleep(0.1)
            yield address(port)
        finally:
            for process in (server, directory):
                process.terminate()
                process.wait(30)
