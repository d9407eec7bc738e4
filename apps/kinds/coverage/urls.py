"""Addresses of coverage."""

from django.urls import path

from apps.kinds.coverage import views

app_name = "coverage"
urlpatterns = [
    path("", views.coverage_list, name="list"),
    path("<uuid:coverage_id>/number/", views.show_number, name="number"),
    path("<uuid:coverage_id>/card/", views.card, name="card"),
]
