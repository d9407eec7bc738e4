"""Addresses of a member's connections; the callback is the redirect URI registered at the plans."""

from django.urls import path

from apps.connections import views

app_name = "connections"
urlpatterns = [
    path("", views.connections, name="list"),
    path("begin/<slug:slug>/", views.begin, name="begin"),
    path("callback", views.callback, name="callback"),
    path("choose/<uuid:handshake_id>/", views.choose, name="choose"),
    path("<uuid:connection_id>/", views.connection, name="connection"),
    path("<uuid:connection_id>/disconnect/", views.disconnect, name="disconnect"),
]
