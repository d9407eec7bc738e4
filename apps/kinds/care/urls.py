"""Addresses of the timeline and of one clinical record."""

from django.urls import path

from apps.kinds.care import views

app_name = "care"
urlpatterns = [
    path("", views.care_list, name="list"),
    path("<uuid:record_id>/", views.care_page, name="record"),
    path("<uuid:record_id>/show/", views.show, name="show"),
    path("<uuid:record_id>/form/<int:place>/", views.form, name="form"),
    path("<uuid:record_id>/paper/<int:place>/", views.paper, name="paper"),
    path("<uuid:record_id>/paper/<int:place>/<int:number>/", views.picture, name="picture"),
]
