"""Every address of the site; each app owns its own."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

from apps.accounts.languages import choose_language
from apps.accounts.signing_in import never_by_plan, operators_only
from apps.connections.views import closing, keys, trips
from config import health

# Operators sign in where members do: the same rate limits, verification and messages (W-18).
admin.site.login = never_by_plan(secure_admin_login(admin.site.login))  # type: ignore[method-assign]
admin.site.has_permission = operators_only(admin.site.has_permission)  # type: ignore[method-assign,assignment]

handler500 = "config.errors.error_page"
urlpatterns = [
    path("", include("apps.listing.urls")),
    path("app/jwks.json", keys.jwks, name="jwks"),
    path("", include("apps.overview.urls")),
    path("plans/", include("apps.plans.urls")),
    path("connections/", include("apps.connections.urls")),
    path("launch", trips.launch, name="launch"),
    path("sync/", include("apps.sync.urls")),
    path("claims/", include("apps.claims.urls")),
    path("coverage/", include("apps.coverage.urls")),
    path("language/", choose_language, name="language"),
    path("take-along/", include("apps.takeaway.urls")),
    path("account/close/", closing.close, name="close"),
    path("account/closed/", closing.closed, name="closed"),
    path("account/", include("apps.accounts.urls")),
    path("account/", include("allauth.urls")),
    path("admin/", admin.site.urls),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
