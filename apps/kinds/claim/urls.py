"""Addresses of claims."""

from django.urls import path

from apps.kinds.claim import views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("search/", views.search, name="search"),
    path("providers/", views.provider_list, name="providers"),
    path("providers/<str:key>/", views.provider_page, name="provider"),
    path("<uuid:claim_id>/", views.claim_page, name="claim"),
    path("<uuid:claim_id>/bill/", views.compare, name="compare"),
    path("<uuid:claim_id>/paid/", views.note_paid, name="paid"),
    path("<uuid:claim_id>/checks/", views.keep_checks, name="checks"),
    path("<uuid:claim_id>/apart/", views.keep_apart, name="apart"),
    path("<uuid:claim_id>/undo/", views.undo, name="undo"),
]
