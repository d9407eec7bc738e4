"""Addresses of taking records along."""

from django.urls import path

from apps.takeaway import views

app_name = "takeaway"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("make/", views.make, name="make"),
    path("plainclaim-records-1.schema.json", views.schema, name="schema"),
    path("<uuid:export_id>/", views.export_page, name="export"),
    path("<uuid:export_id>/file/", views.download, name="download"),
    path("<uuid:export_id>/delete/", views.delete, name="delete"),
]
