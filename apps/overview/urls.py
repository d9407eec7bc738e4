"""Addresses of the overview."""

from django.urls import path

from apps.overview import views

app_name = "overview"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("year/", views.newest_year, name="newest_year"),
    path("year/<int:year>/", views.year, name="year"),
]
