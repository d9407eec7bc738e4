"""Addresses of the overview."""

from django.urls import path
from django.views.generic import RedirectView

from apps.overview import views

app_name = "overview"
urlpatterns = [
    path("home/", views.home, name="home"),
    path("home/settled/", views.settle, name="settle"),
    path("money/", views.money, name="money"),
    path("money/limits/", views.type_limits, name="type_limits"),
    path("money/<int:year>/", views.year, name="year"),
    path("hiding/", views.hiding, name="hiding"),
    path("people/", views.people, name="people"),
    path("search/", views.search, name="search"),
    # Where these pages were before; bookmarks go on leading there.
    path("year/", RedirectView.as_view(pattern_name="overview:money", query_string=True), name="before"),
    path(
        "year/<int:year>/",
        RedirectView.as_view(pattern_name="overview:year", query_string=True),
        name="before",
    ),
]
