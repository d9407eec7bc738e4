"""Addresses of a member's connections; the callback is the redirect URI registered at the plans."""

from django.urls import path

from apps.connections.views import pages, trips

app_name = "connections"
urlpatterns = [
    path("", pages.connections, name="list"),
    path("begin/<slug:slug>/", trips.begin, name="begin"),
    path("callback", trips.callback, name="callback"),
    path("callback/<slug:slug>", trips.callback, name="callback_of"),
    path("choose/<uuid:handshake_id>/", trips.choose, name="choose"),
    path("go-on/<uuid:handshake_id>/", trips.go_on, name="go_on"),
    path("receipts/", pages.receipts, name="receipts"),
    path("receipts/<uuid:receipt_id>/", pages.receipt, name="receipt"),
    path("<uuid:connection_id>/", pages.connection, name="connection"),
    path("<uuid:connection_id>/disconnect/", pages.disconnect, name="disconnect"),
    path("<uuid:connection_id>/sign-in/", pages.link, name="link"),
    path("sign-in/<uuid:identity_id>/remove/", pages.unlink, name="unlink"),
]
