"""Addresses of the progress page and of "Update now"."""

from django.urls import path

from apps.sync import views

app_name = "sync"
urlpatterns = [
    path("<uuid:run_id>/", views.run_page, name="run"),
    path("connections/<uuid:connection_id>/", views.again, name="again"),
]
