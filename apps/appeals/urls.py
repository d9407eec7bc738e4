"""Addresses of the way on from a refusal, under that of its record."""

from django.urls import path

from apps.appeals import views

app_name = "appeals"
urlpatterns = [
    path("", views.appeal, name="appeal"),
    path("letter/", views.note_letter, name="letter"),
    path("text/", views.keep_text, name="text"),
    path("packet/", views.make_packet, name="packet"),
    path("progress/", views.note_progress, name="progress"),
    path("undo/", views.undo, name="undo"),
    path("day.ics", views.day_file, name="day"),
]
