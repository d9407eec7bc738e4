"""Where a record of care and a claim are taken apart."""

from django.urls import path

from apps.kinds.joined import views

app_name = "joined"
urlpatterns = [path("<uuid:record_id>/claims/<uuid:claim_id>/", views.keep_apart, name="apart")]
