"""Addresses of the overview."""

from django.urls import path

from apps.overview import views

app_name = "overview"
urlpatterns = [path("", views.home, name="home")]
