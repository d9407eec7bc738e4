"""Addresses of the plan picker."""

from django.urls import path

from apps.plans import views

app_name = "plans"
urlpatterns = [
    path("", views.plans, name="list"),
    path("<slug:slug>/", views.plan, name="plan"),
]
