"""Addresses of claims."""

from django.urls import path

from apps.claims import views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("search/", views.search, name="search"),
    path("providers/", views.provider_list, name="providers"),
    path("providers/<str:key>/", views.provider_page, name="provider"),
    path("<uuid:claim_id>/", views.claim_page, name="claim"),
]
