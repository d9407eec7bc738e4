"""Every address of a payer: a personality's paths, each under a name that says which part answers."""

from functools import cache, partial
from pathlib import Path

from django.urls import URLPattern, path, re_path
from django.views.static import serve

from apps.demo_payer.personalities import STANDARD, Personality
from apps.demo_payer.server import client_registration, control, discovery, oauth_views, sign_in, userinfo
from apps.demo_payer.server.fhir import views

STATIC = Path(__file__).resolve().parent / "static"


class Routes:
    """What Django takes for a URLconf (HttpRequest.urlconf): patterns, and who answers when none fits."""

    handler400 = "apps.demo_payer.server.problems.bad_request"
    handler404 = "apps.demo_payer.server.problems.not_found"
    handler500 = "apps.demo_payer.server.problems.fault"

    def __init__(self, personality: Personality) -> None:
        self.urlpatterns = _patterns(personality)


@cache
def routes_of(personality: Personality) -> Routes:
    """Return the addresses of this personality, always the same object, so that Django compiles them once."""
    return Routes(personality)


def _patterns(personality: Personality) -> list[URLPattern]:
    paths, fhir = personality.paths, personality.paths.fhir
    authorize = {paths.authorize, paths.statement_authorize} - {""}
    slash = "/" if personality.revocation_redirects else ""
    revoke = {paths.revoke and paths.revoke + slash, paths.revoke_too} - {""}
    patterns = [
        path("", sign_in.home, name="home"),
        path("sign-in", sign_in.sign_in, name="sign_in"),
        path("sign-out", sign_in.sign_out, name="sign_out"),
        path("control", control.control, name="control"),
        path("static/<path:path>", serve, {"document_root": STATIC}),
        *(path(address, oauth_views.authorize, name="authorize") for address in sorted(authorize)),
        path(paths.token, oauth_views.token, name="token"),
        *(path(address, oauth_views.revoke, name="revoke") for address in sorted(revoke)),
        *(
            path(document.path, partial(discovery.document, described=document), name=document.kind)
            for document in personality.documents
        ),
        path(f"{fhir}/metadata", discovery.metadata, name="metadata"),
        re_path(rf"^{fhir}/(?P<type_>[A-Z][A-Za-z]{{1,63}})/?$", views.search, name="fhir"),
        re_path(
            rf"^{fhir}/(?P<type_>[A-Z][A-Za-z]{{1,63}})/(?P<fhir_id>[^/]{{1,200}})/?$",
            views.read,
            name="fhir",
        ),
    ]
    if personality.revocation_redirects:
        patterns.append(path(paths.revoke, oauth_views.revoke_elsewhere, name="revoke_redirect"))
    if paths.register:
        patterns.append(path(paths.register, client_registration.register, name="register"))
        patterns.append(
            path(f"{paths.register}/<str:client_id>", client_registration.manage, name="registered")
        )
    if paths.jwks:
        patterns.append(path(paths.jwks, discovery.jwks, name="jwks"))
    if paths.userinfo:
        patterns.append(path(paths.userinfo, userinfo.userinfo, name="userinfo"))
    return patterns


# Django wants a root URLconf: it serves errors from before a personality is known, such as a wrong Host.
urlpatterns = routes_of(STANDARD).urlpatterns
handler400, handler404, handler500 = Routes.handler400, Routes.handler404, Routes.handler500
