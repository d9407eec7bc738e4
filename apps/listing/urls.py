"""Addresses of the public pages, rooted at the site."""

from django.urls import path

from apps.listing import views
from apps.listing.policies import POLICIES

app_name = "listing"
urlpatterns = [
    path("", views.landing, name="landing"),
    path("app/", views.app, name="app"),
    path("app/logo-<int:side>.png", views.logo, name="logo"),
    path("app/client-metadata.json", views.client_metadata, name="client_metadata"),
    path("app/capability-statement.json", views.capability_statement, name="capability_statement"),
    path("app/annex/<slug:slug>/", views.annex, name="annex"),
    path("app/packet/", views.packets, name="packets"),
    path("app/packet/<uuid:key>/", views.packet_page, name="packet"),
    path("app/packet/<uuid:key>.zip", views.packet_zip, name="packet_zip"),
    path("app/packet-key.pem", views.packet_key, name="packet_key"),
    path("app/site.webmanifest", views.web_manifest, name="web_manifest"),
    path("app/fhir-r4/", views.fhir_r4, name="fhir_r4"),
    *(path(f"{name}/", views.policy, {"policy": name}, name=name.replace("-", "_")) for name in POLICIES),
    *(
        path(f"{name}/<slug:version>/", views.kept_policy, {"policy": name}, name="kept_policy")
        for name in POLICIES
    ),
    path("accessibility/", views.accessibility, name="accessibility"),
    path("glossary/", views.glossary, name="glossary"),
    path(".well-known/security.txt", views.security_txt, name="security_txt"),
    path("robots.txt", views.robots_txt, name="robots_txt"),
]
