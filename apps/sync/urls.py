"""Addresses of the progress page, of "Update now", and of the records as the plan has them."""

from django.urls import path

from apps.sync import views

app_name = "sync"
urlpatterns = [
    path("<uuid:run_id>/", views.run_page, name="run"),
    path("connections/<uuid:connection_id>/", views.again, name="again"),
    path("connections/<uuid:connection_id>/people/", views.people, name="people"),
    path("connections/<uuid:connection_id>/clinical/", views.clinical_half, name="clinical"),
    path("claims/<uuid:claim_id>/", views.claim_record, name="claim_record"),
    path("records/<uuid:record_id>/", views.record, name="record"),
]
