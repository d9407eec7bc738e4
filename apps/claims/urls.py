"""Addresses of claims."""

from django.urls import path

from apps.claims import approval_views, views

app_name = "claims"
urlpatterns = [
    path("", views.claim_list, name="list"),
    path("search/", views.search, name="search"),
    path("providers/", views.provider_list, name="providers"),
    path("providers/<str:key>/", views.provider_page, name="provider"),
    path("approvals/", approval_views.approval_list, name="approvals"),
    path("approvals/<uuid:approval_id>/", approval_views.approval_page, name="approval"),
    path("<uuid:claim_id>/", views.claim_page, name="claim"),
]
