"""Addresses of approvals and estimates."""

from django.urls import path

from apps.kinds.approval import views

app_name = "approvals"
urlpatterns = [
    path("", views.approval_list, name="list"),
    path("<uuid:approval_id>/", views.approval_page, name="approval"),
]
