"""The payer's settings: nothing is read from the environment but the folder it lives in."""

from pathlib import Path
from typing import Any

from django.utils.csp import CSP

from apps.demo_payer.server import place

DEBUG = False
SECRET_KEY = place.secret_key()
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "apps.demo_payer.server.urls"
INSTALLED_APPS = ["apps.demo_payer.server", "django.contrib.sessions"]
MIDDLEWARE = [
    "apps.demo_payer.server.personality_play.Playing",  # first, where it can spoil every answer
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
APPEND_SLASH = False
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "apps.demo_payer.server.addresses.personality",
            ]
        },
    },
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": place.folder() / "harborlight.sqlite3",
        "CONN_MAX_AGE": None,  # as long as the thread, which is as long as the client's connection
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",  # two uses of one code or refresh token wait for each other
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The site runs on the same host at another port, and browsers share cookies across ports: other names.
SESSION_COOKIE_NAME = "harborlight_session"
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 15 * 60
CSRF_COOKIE_NAME = "harborlight_csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "apps.demo_payer.server.problems.form_refused"
X_FRAME_OPTIONS = "DENY"
# No form-action: browsers apply it to the redirect after Allow, which leads to the client's own origin.
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
# No request lines: their queries hold codes, states and member ids.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "ERROR"},
    "loggers": {"django": {"handlers": ["stderr"], "level": "ERROR", "propagate": False}},
}
