"""Addresses of claims."""

from django.urls import path

from apps.claims import views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("<uuid:claim_id>/", views.claim_page, name="claim"),
]
