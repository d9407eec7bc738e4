"""Every address of the payer."""

from pathlib import Path

from django.urls import path, re_path
from django.views.static import serve

from apps.demo_payer.server import discovery, oauth_views, sign_in
from apps.demo_payer.server.fhir import views

STATIC = Path(__file__).resolve().parent / "static"
handler400 = "apps.demo_payer.server.problems.bad_request"
handler404 = "apps.demo_payer.server.problems.not_found"
handler500 = "apps.demo_payer.server.problems.fault"

urlpatterns = [
    path("", sign_in.home, name="home"),
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("static/<path:path>", serve, {"document_root": STATIC}),
    path("oauth2/authorize", oauth_views.authorize, name="authorize"),
    path("oauth2/token", oauth_views.token),
    path("oauth2/revoke", oauth_views.revoke),
    path("oauth2/jwks", discovery.jwks),
    path(".well-known/openid-configuration", discovery.openid_configuration),
    path("fhir/r4/.well-known/smart-configuration", discovery.smart_configuration),
    path("fhir/r4/metadata", discovery.metadata),
    re_path(r"^fhir/r4/(?P<type_>[A-Z][A-Za-z]{1,63})/?$", views.search),
    re_path(r"^fhir/r4/(?P<type_>[A-Z][A-Za-z]{1,63})/(?P<fhir_id>[^/]{1,200})/?$", views.read),
]
