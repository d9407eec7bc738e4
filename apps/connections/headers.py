"""Headers of the pages whose address, or whose links, hold something secret."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpResponse
from django.utils.cache import add_never_cache_headers


def secret_address[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Keep the answer out of caches and its address out of every referrer, our own logs' included (O-38).

    A browser sends `Origin: null` with forms of such a page, so it must hold none.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        response = view(*args, **kwargs)
        add_never_cache_headers(response)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    return wrapped
