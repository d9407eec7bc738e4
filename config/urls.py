"""Every address of the site; each app owns its own."""

from django.contrib import admin
from django.urls import include, path

from apps.accounts.languages import choose_language
from apps.connections.views import pages, trips
from apps.desk.views import alive, metrics, ready

handler500 = "config.errors.error_page"
urlpatterns = [
    path("", include("apps.listing.urls")),
    path("app/jwks.json", pages.jwks, name="jwks"),
    path("", include("apps.overview.urls")),
    path("plans/", include("apps.plans.urls")),
    path("connections/", include("apps.connections.urls")),
    path("launch", trips.launch, name="launch"),
    path("sync/", include("apps.sync.urls")),
    path("claims/approvals/", include("apps.kinds.approval.urls")),
    path("claims/<uuid:record_id>/appeal/", include("apps.appeals.urls")),
    path("claims/", include("apps.kinds.claim.urls")),
    path("care/", include("apps.kinds.joined.urls")),
    path("care/", include("apps.kinds.care.urls")),
    path("coverage/", include("apps.kinds.coverage.urls")),
    path("language/", choose_language, name="language"),
    path("take-along/", include("apps.takeaway.urls")),
    path("account/close/", pages.close, name="close"),
    path("account/closed/", pages.closed, name="closed"),
    path("account/", include("apps.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", alive, name="healthz"),
    path("readyz", ready, name="readyz"),
    path("metrics", metrics, name="metrics"),
]
