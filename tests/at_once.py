"""Many at the same moment: threads that begin together, each with connections of its own as a process has."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from django.db import connections


def at_once[Given, Made](act: Callable[[Given], Made], given: Iterable[Given]) -> list[Made]:
    """Do it with each of them, all at the same moment; return what came of it, and raise what one raised."""
    several = list(given)
    ready = threading.Barrier(len(several))

    def do(one: Given) -> Made:
        ready.wait()
        try:
            return act(one)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(several)) as pool:
        return list(pool.map(do, several))
