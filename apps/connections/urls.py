"""Addresses of a member's connections; the callback is the redirect URI registered at the plans."""

from django.urls import path

from apps.connections.views import choosing, ending, pages, setting_out, sign_in, trip

app_name = "connections"
urlpatterns = [
    path("", pages.connections, name="list"),
    path("begin/<slug:slug>/", setting_out.begin, name="begin"),
    path("callback", trip.callback, name="callback"),
    path("callback/<slug:slug>", trip.callback, name="callback_of"),
    path("choose/<uuid:handshake_id>/", choosing.choose, name="choose"),
    path("go-on/<uuid:handshake_id>/", choosing.go_on, name="go_on"),
    path("receipts/", ending.receipts, name="receipts"),
    path("receipts/<uuid:receipt_id>/", ending.receipt, name="receipt"),
    path("<uuid:connection_id>/", pages.connection, name="connection"),
    path("<uuid:connection_id>/disconnect/", ending.disconnect, name="disconnect"),
    path("<uuid:connection_id>/sign-in/", sign_in.link, name="link"),
    path("sign-in/<uuid:identity_id>/remove/", sign_in.unlink, name="unlink"),
]
