"""Addresses of the account page; allauth's own follow under the same prefix."""

from django.urls import path

from apps.accounts import views

app_name = "accounts"
urlpatterns = [path("", views.account, name="account")]
