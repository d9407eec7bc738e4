"""All settings of the site, read from the environment (the table is in README, "Configuration")."""

from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from config.logs import STANDARD_ERROR

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    environ.Env.read_env(BASE_DIR / ".env")

# --- who we are ----------------------------------------
DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY: str = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# The origin members and payers see, e.g. https://plainclaim.example
SITE_URL: str = env.str("SITE_URL").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[urlsplit(SITE_URL).hostname or ""])
IS_HTTPS = SITE_URL.startswith("https://")
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# The privacy policy is named by its date: members agree to this version before they first leave for a plan,
# and are asked again when it changes. A date that is none stops the start.
PRIVACY_POLICY_VERSION: str = env.str("PRIVACY_POLICY_VERSION", default="2026-11-27")
date.fromisoformat(PRIVACY_POLICY_VERSION)

# --- the vault: what wraps members' data keys ----------------------------------------
# Names what returns the wrapper; by default the list of the environment: the first key wraps, all open.
VAULT_WRAPPER: str = env.str("VAULT_WRAPPER", default="apps.vault.keys.key_list")
VAULT_KEYS: list[str] = env.list("VAULT_KEYS", default=[])
if not VAULT_KEYS and VAULT_WRAPPER == "apps.vault.keys.key_list":
    raise ImproperlyConfigured("VAULT_KEYS is empty: set at least one key (python -m apps.vault makes one).")
# Of the wrapper apps.vault.command.command_wrapper: an operator's program, and the names of its keys.
VAULT_COMMAND: str = env.str("VAULT_COMMAND", default="")
VAULT_COMMAND_KEYS: list[str] = env.list("VAULT_COMMAND_KEYS", default=[])
VAULT_COMMAND_SECONDS: float = env.float("VAULT_COMMAND_SECONDS", default=10.0)
# How long a process keeps data keys that a remote wrapper unwrapped.
VAULT_UNWRAPPED_SECONDS: float = env.float("VAULT_UNWRAPPED_SECONDS", default=300.0)

# --- the one door to the network ----------------------------------------
# host:port pairs that may be plain http or private addresses; for the demo payer and for tests only.
OUTBOUND_TRUSTED_HOSTS: list[str] = env.list("OUTBOUND_TRUSTED_HOSTS", default=[])
OUTBOUND_CONNECT_SECONDS: float = env.float("OUTBOUND_CONNECT_SECONDS", default=5.0)
OUTBOUND_READ_SECONDS: float = env.float("OUTBOUND_READ_SECONDS", default=30.0)
OUTBOUND_MAX_BYTES: int = env.int("OUTBOUND_MAX_BYTES", default=32 * 1024 * 1024)

# --- apps ----------------------------------------
INSTALLED_APPS = [
    "apps.vault",
    "apps.outbound",
    "apps.fhir",
    "apps.plain_language",
    "apps.accounts",
    "apps.plans",
    "apps.connections",
    "apps.claims",
    "apps.coverage",
    "apps.sync",
    "apps.overview",
    "apps.takeaway",
    "apps.listing",
    "apps.demo_payer",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "django_tasks_db",
    "config.operators.OperatorsConfig",  # django.contrib.admin, with our own site
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.headers.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.languages.MemberLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.accounts.waiting_forms.ForgetSecretsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.errors.KeysMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "apps.listing.naming.app_name",
            ],
            "builtins": ["django.templatetags.i18n", "apps.plain_language.templatetags.plain"],
        },
    },
]

# --- data ----------------------------------------
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR}/plainclaim.sqlite3")
}
_database = DATABASES["default"]
if _database["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    if Path(_database["NAME"]).parent.is_dir() and ":memory:" not in _database["NAME"]:
        Path(_database["NAME"]).touch(mode=0o600)  # SQLite gives its journals the mode of the file
    _database.setdefault("OPTIONS", {}).update(
        transaction_mode="IMMEDIATE",
        timeout=20,
        init_command="PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
    )
elif _database["ENGINE"].endswith("postgresql"):
    # A connection of the pool that the database has ended meanwhile would cost somebody their page.
    _database["CONN_HEALTH_CHECKS"] = True
    _database.setdefault("OPTIONS", {}).setdefault("connect_timeout", 3)  # a host that says nothing at all
    _database["OPTIONS"].setdefault(
        "pool",
        {
            "min_size": 1,
            "max_size": env.int("DATABASE_POOL", default=10),
            # Seconds a page or a worker waits for a connection, and how long the pool tries by itself to make
            # one: its pauses double, so that after a long outage it would wait for minutes more. When it has
            # given up, whoever asks next has it try at once.
            "timeout": 5,
            "reconnect_timeout": 2,
        },
    )
# Counts rate limits and keeps the public keys of plans; all processes of all hosts have to share it.
CACHES: dict[str, dict[str, Any]] = {"default": {"BACKEND": "config.shared_cache.SharedCache"}}
if env.str("CACHE_URL", default=""):
    CACHES = {"default": env.cache("CACHE_URL")}
    if CACHES["default"]["BACKEND"].endswith("redis.RedisCache"):
        CACHES["default"]["KEY_FUNCTION"] = "config.cache_values.digested"
        CACHES["default"].setdefault("OPTIONS", {})["serializer"] = "config.cache_values.AsJSON"
SESSION_ENGINE = "config.sessions"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Where hints of work wait: in a table, for `sync_worker`; or in this broker, for Celery's workers and beat.
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", default="")
if CELERY_BROKER_URL and urlsplit(CELERY_BROKER_URL).scheme not in {"amqp", "amqps", "redis", "rediss"}:
    raise ImproperlyConfigured(
        "CELERY_BROKER_URL begins with none of amqp://, amqps://, redis://, rediss://."
    )
TASKS: dict[str, dict[str, Any]] = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
if CELERY_BROKER_URL:
    TASKS = {"default": {"BACKEND": "config.celery.CeleryBackend"}}
# The one forward step of the stages: what happens to a connection right after the plan said yes.
CODE_TEXTS = env.str("CODE_TEXTS", default="")
CONNECTIONS_AFTER_CONNECT = "apps.sync.actions.start_first"
# How many kinds of records one run asks a plan for at the same time; 1 asks for one after the other.
SYNC_LANES = env.int("SYNC_LANES", default=4)
# What else the worker of sync looks after every few seconds, for stages that come after it.
CLAIMS_NEWS = "apps.sync.news.of_claims"
SYNC_ALSO_LOOKS_AFTER = ["apps.takeaway.actions.look_after"]

# --- members ----------------------------------------
AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "overview:home"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = env.str("ACCOUNT_EMAIL_VERIFICATION", default="mandatory")
# allauth refuses codes where the address need not be verified
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_EMAIL_VERIFICATION == "mandatory"
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "apps.accounts.forms.SignupForm"}
# Passkeys: the device checks who holds it (W-15). Codes on paper help when the device is gone.
MFA_ADAPTER = "apps.accounts.passkeys.PasskeyAdapter"
MFA_FORMS = {
    "login_webauthn": "apps.accounts.forms.LoginForm",
    "authenticate_webauthn": "apps.accounts.forms.AuthenticateForm",
    "reauthenticate_webauthn": "apps.accounts.forms.ReauthenticateForm",
    "add_webauthn": "apps.accounts.forms.AddForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # http://localhost only; browsers refuse it elsewhere
MFA_RECOVERY_CODES_SHOW_ONCE = True
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
_mail = env.email_url("EMAIL_URL", default="consolemail://")
MAILERS: dict[str, dict[str, Any]] = {"default": {"BACKEND": _mail["EMAIL_BACKEND"]}}
if _mail["EMAIL_BACKEND"].endswith("smtp.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {
        "host": _mail["EMAIL_HOST"],
        "port": _mail["EMAIL_PORT"],
        "username": _mail["EMAIL_HOST_USER"],
        "password": _mail["EMAIL_HOST_PASSWORD"],
        "use_tls": _mail.get("EMAIL_USE_TLS", False),
        "use_ssl": _mail.get("EMAIL_USE_SSL", False),
        "timeout": 20,
    }
elif _mail["EMAIL_BACKEND"].endswith("filebased.EmailBackend"):
    MAILERS["default"]["OPTIONS"] = {"file_path": _mail["EMAIL_FILE_PATH"]}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Plainclaim <no-reply@localhost>")

# --- browsers ----------------------------------------
SECURE_CSP: dict[str, Any] = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
    "manifest-src": [CSP.SELF],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # none at all would make browsers send Origin: null with every form
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"  # the plan's redirect back must carry the session
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# --- words, time, files ----------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG

# --- errors and logs ----------------------------------------
DEFAULT_EXCEPTION_REPORTER = "config.errors.QuietReporter"
LOGGING: dict[str, Any] = {
    **STANDARD_ERROR,
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "celery.app.trace": {"level": "WARNING"},  # a line for each task that was done
        "celery.worker.strategy": {"level": "WARNING"},  # and for each that came
        "celery.beat": {"level": "WARNING"},
        "django.tasks": {"level": "WARNING"},
        "django_tasks_db": {"level": "WARNING"},
        "urllib3": {"level": "CRITICAL"},  # it writes paths and headers, which hold patient ids
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
    },
}
