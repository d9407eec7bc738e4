"""All settings of the site, read from the environment (the table is in README, "Configuration")."""

from pathlib import Path
from typing import Any

from config import headers, policies
from config.environment import Reader
from config.logs import LOGGERS, STANDARD_ERROR, LineFormatter
from config.mailers import mailer_of
from config.safe_settings import host_of, refuse_unsafe

BASE_DIR = Path(__file__).resolve().parent.parent

env = Reader()
if (BASE_DIR / ".env").is_file():
    Reader.read_env(BASE_DIR / ".env")

# --- who we are ----------------------------------------
DEBUG: bool = env.bool("DEBUG", default=False)
SECRET_KEY: str = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# The origin members and payers see, e.g. https://plainclaim.example
SITE_URL: str = env.str("SITE_URL", default="").rstrip("/")
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[host_of(SITE_URL)])
IS_HTTPS = SITE_URL.startswith("https://")
# Passkeys want a name; who opened this machine by its number, and set out for a plan there, comes back there.
SITE_BY_NUMBER = (
    SITE_URL.replace("//localhost", "//127.0.0.1", 1)
    if host_of(SITE_URL) == "localhost" and "127.0.0.1" in ALLOWED_HOSTS
    else ""
)
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var")))

# The policies are named by their date: members agree to the newest version before they first leave for a
# plan, and are asked again when there is another. Who runs the site under other texts has another file.
POLICIES_FILE = env.str("POLICIES_FILE", default=str(policies.FILE))
POLICY_VERSIONS = policies.read(Path(POLICIES_FILE))

# --- the vault: what wraps members' data keys ----------------------------------------
# What packets for payers are signed with: 32 random bytes in base64. Empty: they are not signed, and say so.
PACKET_KEY = env.str("PACKET_KEY", default="")
# The commit an image was made from; a checkout knows its own.
COMMIT = env.str("COMMIT", default="")
# Names what returns the wrapper; by default the list of the environment: the first key wraps, all open.
VAULT_WRAPPER: str = env.str("VAULT_WRAPPER", default="apps.vault.keys.key_list")
VAULT_KEYS: list[str] = env.list("VAULT_KEYS", default=[])
# Of the wrapper apps.vault.command.command_wrapper: an operator's program, and the names of its keys.
VAULT_COMMAND: str = env.str("VAULT_COMMAND", default="")
VAULT_COMMAND_KEYS: list[str] = env.list("VAULT_COMMAND_KEYS", default=[])
VAULT_COMMAND_SECONDS: float = env.float("VAULT_COMMAND_SECONDS", default=10.0)
# How long a process keeps data keys that a remote wrapper unwrapped.
VAULT_UNWRAPPED_SECONDS: float = env.float("VAULT_UNWRAPPED_SECONDS", default=300.0)

# --- the audit ----------------------------------------
# The first makes the codes of entries, the others check older ones; where none is set, it is SECRET_KEY.
AUDIT_KEYS: list[str] = env.list("AUDIT_KEYS", default=[])

# --- the one door to the network ----------------------------------------
# host:port pairs that may be plain http or private addresses; for the demo payer and for tests only.
OUTBOUND_TRUSTED_HOSTS: list[str] = env.list("OUTBOUND_TRUSTED_HOSTS", default=[])
OUTBOUND_CONNECT_SECONDS: float = env.float("OUTBOUND_CONNECT_SECONDS", default=5.0)
OUTBOUND_READ_SECONDS: float = env.float("OUTBOUND_READ_SECONDS", default=30.0)
OUTBOUND_MAX_BYTES: int = env.int("OUTBOUND_MAX_BYTES", default=32 * 1024 * 1024)

# --- apps ----------------------------------------
INSTALLED_APPS = [
    "apps.audit",
    "apps.vault",
    "apps.outbound",
    "apps.fhir",
    "apps.plain_language",
    "apps.accounts",
    "apps.plans",
    "apps.connections",
    "apps.records",
    "apps.kinds.claim",
    "apps.kinds.approval",
    "apps.kinds.coverage",
    "apps.kinds.places",
    "apps.kinds.care",
    "apps.kinds.joined",
    "apps.sync",
    "apps.appeals",
    "apps.overview",
    "apps.takeaway",
    "apps.desk",
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
    "config.headers.CompressedPagesMiddleware",
    "config.headers.EverybodysFilesMiddleware",
    "config.headers.PrivatePagesMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.session_lives.SessionLifeMiddleware",
    "apps.accounts.languages.MemberLanguageMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "apps.accounts.curtain.CurtainMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "apps.accounts.waiting_forms.KeepNoFormMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.errors.KeysMiddleware",
    "apps.records.gate.GateMiddleware",
]
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
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
                "apps.listing.face.app_name",
                "apps.kinds.care.views.care_in_menu",
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
        CACHES["default"]["KEY_FUNCTION"] = "config.shared_cache.digested"
        CACHES["default"].setdefault("OPTIONS", {})["serializer"] = "config.shared_cache.AsJSON"
SESSION_ENGINE = "config.sessions"
# How long somebody is signed in: idle, in all; operators; where a device is kept so, by the passkey alone.
SESSION_IDLE_MINUTES: float = env.float("SESSION_IDLE_MINUTES", default=30.0)
SESSION_HOURS: float = env.float("SESSION_HOURS", default=12.0)
OPERATOR_IDLE_MINUTES: float = env.float("OPERATOR_IDLE_MINUTES", default=15.0)
OPERATOR_HOURS: float = env.float("OPERATOR_HOURS", default=8.0)
SESSION_KEPT_DAYS: float = env.float("SESSION_KEPT_DAYS", default=30.0)
# Where hints of work wait: in a table, for `sync_worker`; or in this broker, for Celery's workers and beat.
CELERY_BROKER_URL: str = env.str("CELERY_BROKER_URL", default="")
_queue_backend = "config.celery.CeleryBackend" if CELERY_BROKER_URL else "django_tasks_db.DatabaseBackend"
TASKS: dict[str, dict[str, Any]] = {"default": {"BACKEND": _queue_backend}}
CODE_TEXTS = env.str("CODE_TEXTS", default="")
# The one forward step of the stages: what happens to a connection right after the plan said yes.
CONNECTIONS_AFTER_CONNECT = "apps.sync.actions.start_first"
# What else a member reads among what happened to the account: what was read of the records.
ACCOUNTS_ALSO_HAPPENED = "apps.records.activity.happened"
# Counts what hangs on connections, for receipts: a stage after theirs knows kinds of records.
CONNECTIONS_HOLDINGS = "apps.records.holdings.counted"
# What an operator answers a member whose last update failed, by the number of the attempt.
CONNECTIONS_UPDATE_REPLY = "apps.sync.support.reply_of_last"
# What has to be known of a connection after it is gone: whom the household takes for the holder.
CONNECTIONS_BEFORE_ERASE = "apps.records.household.note_holder"
# How many kinds of records one run asks a plan for at the same time; 1 asks for one after the other. 0 is for
# tests: without a thread of its own, an answer in flight cannot be cut when a plan is stopped.
SYNC_LANES = env.int("SYNC_LANES", default=4)
# The kinds of records, in the order in which they are counted and shown; the first is what members come for.
RECORD_KINDS = [
    "apps.kinds.claim.kind.CLAIM",
    "apps.kinds.approval.kind.APPROVAL",
    "apps.kinds.coverage.kind.COVERAGE",
    "apps.kinds.places.kind.PLACES",
    *(
        f"apps.kinds.care.kind.{name}"
        for name in (
            *("VISIT", "PROBLEM", "DIAGNOSIS", "ALLERGY", "MEDICINE", "TEST", "MEASUREMENT", "VACCINE"),
            *("PROCEDURE", "ANSWER", "PAPER", "CARE_PLAN", "IMPLANT", "ELSE"),
            *("MISTAKE", "CANCELLED", "ANOTHER", "SOURCE", "SAMPLE", "DRUG", "FILE"),
        )
    ),
]
RECORD_ODDITIES = "apps.kinds.claim.oddities.count"
RECORD_TEXTS = "apps.kinds.claim.wording.codes.texts_digest"
# What check_plan asks of a plan beyond its documents: the conversation belongs to a later room.
PLANS_REHEARSAL = "apps.connections.rehearsal.rehearse"
# The listing and the stages import nothing of each other: what each tells of the other it has from here.
PLANS_ASKERS = "apps.listing.askers.choices"
PLANS_CLIENT_METADATA = "apps.listing.packet.of_sheet"
LISTING_REDIRECT_URIS = "apps.plans.clients.redirect_uris_in_use"
LISTING_CLIENT_ROLE = "apps.sync.client_role.client_role"
LISTING_POLICY_IN_FORCE = "apps.accounts.policies.in_force"
LISTING_REGISTRATIONS = "apps.plans.clients.sheets"
DESK_LISTING = "apps.listing.face.ForDesk"
SYNC_EVIDENCE_KEPT_BY = "apps.listing.gathered.keep"
SYNC_COUNTS_KEPT_BY = "apps.listing.transfers.keep"
DESK_LOG_DAYS = "apps.listing.face.log_days"
SYNC_FIRST_ANSWER = "apps.overview.needs.first_answer"
CLAIMS_NEWS = "apps.sync.news.of_claims"
CLAIMS_ARRIVING = "apps.overview.today.arriving"
# Which limits a claim reached: the count over a year belongs to a room after theirs.
CLAIMS_LIMITS = "apps.overview.how_far.of_claim"
# Whether the time to appeal a claim is not over, by the letter that the member noted.
CLAIMS_TIME = "apps.appeals.ways.may_ask"
# What was done for a claim, its claims, the timeline's, medicines: kinds know nothing of each other.
CLAIMS_CARE = "apps.kinds.joined.page.of_claim"
CLAIMS_PHONE = "apps.kinds.coverage.cards.phone_of"
APPROVAL_PAPERS = "apps.kinds.care.timeline.papers_of_approvals"
CARE_JOINED = "apps.kinds.joined.page.of_care"
CARE_TIMELINE = "apps.kinds.joined.timeline.Claims"
CARE_MEDICINES = "apps.kinds.joined.medicines.each_once"
SYNC_ALSO_LOOKS_AFTER = [  # every few seconds, for stages that come after sync
    "apps.records.projection.look_after",
    "apps.takeaway.actions.look_after",
    "apps.plans.held_changes.look_after",
    "apps.audit.trail.look_after",
    "apps.overview.mail_news.look_after",
    "apps.accounts.policies.look_after",
]
SYNC_ALSO_ASKS = ["apps.desk.alarms.look_after"]  # the same, of what waits for servers of others

# --- what operators look at ----------------------------------------
BACKUP_HOURS: int = env.int("BACKUP_HOURS", default=30)  # so old a last one is wrong; 0: made elsewhere
BACKUP_RECORDS_DAYS: int = env.int("BACKUP_RECORDS_DAYS", default=90)  # 7 to 180; the policy says it
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")  # reads /metrics; "": this machine alone does
ALARM_WEBHOOK_URL: str = env.str("ALARM_WEBHOOK_URL", default="")  # besides the mails to operators

# --- members ----------------------------------------
AUTH_USER_MODEL = "accounts.Member"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [f"django.contrib.auth.hashers.{name}PasswordHasher" for name in ("Argon2", "PBKDF2")]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
    {"NAME": "apps.accounts.passwords.GuessablePasswordValidator"},
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
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60  # of operators before their first passkey (apps.accounts.ways)
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
PASSWORD_RESET_TIMEOUT = 30 * 60  # seconds a link to choose a new password holds
# Wrong passwords: of all strangers, of a browser that is known. Codes for an address that is not confirmed.
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "login_failed_known": "5/300s/key",  # at the pace of login.gov, which takes 10 and then waits 10 minutes
    "confirm_email": "1/10s/key,10/h/key",
    "password_judged": "60/m/ip",
    "passkey_asked": "60/m/ip",
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = False  # kept only behind a passkey (apps.accounts.session_lives)
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if IS_HTTPS else "http"
# What the app is called, for mails that no request of a browser leads to: its name is the listing's.
ACCOUNTS_APP_NAME = "apps.listing.face.app_name"
ACCOUNTS_PLAN_WORDS = "apps.plans.models.words_of_names"  # each with figures is no password
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "apps.accounts.forms.SignupForm"}
# Passkeys: the device checks who holds it (W-15); beside them the code of an app, as a second step. Codes on
# paper help when the device is gone.
MFA_ADAPTER = "apps.accounts.passkeys.PasskeyAdapter"
MFA_FORMS = {
    "authenticate": "apps.accounts.forms.CodeForm",
    "reauthenticate": "apps.accounts.forms.CodeAgainForm",
    "login_webauthn": "apps.accounts.forms.LoginForm",
    "authenticate_webauthn": "apps.accounts.forms.AuthenticateForm",
    "reauthenticate_webauthn": "apps.accounts.forms.ReauthenticateForm",
    "add_webauthn": "apps.accounts.forms.AddForm",
    "activate_totp": "apps.accounts.authenticator_app.ActivateForm",
}
MFA_SUPPORTED_TYPES = ["webauthn", "totp", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS  # http://localhost only; browsers refuse it elsewhere
MFA_RECOVERY_CODES_SHOW_ONCE = True
TRUSTED_PROXIES: int = env.int("TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MAILERS: dict[str, dict[str, Any]] = {
    "default": mailer_of(env.email_url("EMAIL_URL", default="consolemail://"))
}
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")

# --- browsers ----------------------------------------
SECURE_CSP: dict[str, Any] = headers.POLICY
SECURE_REFERRER_POLICY = "same-origin"  # none at all would make browsers send Origin: null with every form
SESSION_COOKIE_NAME = "__Host-session" if IS_HTTPS else "session"
SESSION_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_SAMESITE = "Lax"  # the plan's redirect back must carry the session
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_AGE = int(SESSION_HOURS * 3600)
DEVICE_COOKIE_NAME = "__Host-device" if IS_HTTPS else "device"
MESSAGE_COOKIE_NAME = "__Host-messages" if IS_HTTPS else "messages"
MESSAGE_STORAGE = "config.message_cookie.MessageStorage"
CSRF_COOKIE_NAME = "__Host-csrf" if IS_HTTPS else "csrftoken"
CSRF_COOKIE_SECURE = IS_HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_TRUSTED_ORIGINS = [SITE_URL]
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_SSL_REDIRECT = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = IS_HTTPS
SECURE_HSTS_PRELOAD = IS_HTTPS
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_HANDLERS = ["config.uploads.BoundedUploadHandler"]  # strangers' files, too, reach no disk

# --- words, time, files ----------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
FORMAT_MODULE_PATH = "config.formats"
LANGUAGE_COOKIE_NAME = "__Host-language" if IS_HTTPS else "django_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = IS_HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = env.str("TIME_ZONE", default="America/New_York")
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
WHITENOISE_ADD_HEADERS_FUNCTION = headers.guard_file

# --- errors and logs ----------------------------------------
DEFAULT_EXCEPTION_REPORTER = "config.errors.QuietReporter"
# "json": an object a line, in UTC, for programs that collect lines.
LOG_FORMAT: str = env.str("LOG_FORMAT", default="line")
LineFormatter.is_json = LOG_FORMAT == "json"
LOGGING: dict[str, Any] = {
    **STANDARD_ERROR,
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": LOGGERS,
}

refuse_unsafe(globals())
