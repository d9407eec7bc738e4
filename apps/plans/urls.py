"""Addresses of the plan picker."""

from django.urls import path

from apps.plans import views

app_name = "plans"
urlpatterns = [
    path("", views.plans, name="list"),
    path("ask/", views.ask, name="ask"),
    path("<slug:slug>/", views.plan, name="plan"),
]
