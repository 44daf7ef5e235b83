"""Settings of every Convenor: read from the environment, with defaults only where a demo or a developer needs none.

With DEMO or DEBUG on, what is missing is made up and kept in `var/`. Without them this is production, and a missing
setting stops the start with a sentence that says which and why.
"""

from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import django_stubs_ext
import environ
import sentry_sdk
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from sentry_sdk.integrations.django import DjangoIntegration

from config.local_keys import local_key
from config.log_scrubbing import without_private_links

# Lets ModelForm[Workshop] and its like be written in code that runs, not only in annotations.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("CONVENOR_VAR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
IS_PRODUCTION = not (DEBUG or DEMO)


def required(name: str, why: str) -> str:
    """The environment's value; in production its absence stops the start, elsewhere it is the empty string."""
    value = str(env.str(name, default=""))
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set: {why} See docs/running.md.")
    return value


SECRET_KEY = required("SECRET_KEY", "it signs sessions and the links in e-mails.") or local_key(
    VAR / "keys", "secret", get_random_secret_key
)
REFLECTION_KEYS = (
    required(
        "REFLECTION_KEYS", "it seals what people write (Fernet keys, newest first, comma between)."
    )
    or local_key(VAR / "keys", "reflections", lambda: Fernet.generate_key().decode())
).split(",")
BASE_URL = (
    required("BASE_URL", "links in e-mails begin with it.") or "http://127.0.0.1:8000"
).rstrip("/")
ALLOWED_HOSTS = [
    host
    for host in required(
        "ALLOWED_HOSTS", "the host names that this site answers to, comma between."
    ).split(",")
    if host
] or ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Whom people ask about what is held on them: the name of the host, and an e-mail address or telephone number.
HOST_CONTACT = (
    required("HOST_CONTACT", "people are told whom to ask about what is held on them.")
    or "Change Together CIC, hello@example.org"
)

INSTALLED_APPS = [
    "ui",
    "accounts",
    "outbox",
    "programmes",
    "cohorts",
    "workshops",
    "reflections",
    "surveys",
    "reports",
    "privacy",
    "home",
    "allauth",
    "allauth.account",
    "django_htmx",
    "template_partials.apps.SimpleAppConfig",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "accounts.middleware.disable_page_caching",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "home.context_processors.layout",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
            "builtins": [
                "django.templatetags.i18n",
                "template_partials.templatetags.partials",
                "ui.templatetags.ui",
            ],
        },
    }
]
FORM_RENDERER = "ui.forms.Renderer"

# Data -----------------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")


def database() -> dict[str, Any]:
    """PostgreSQL by DATABASE_URL; without one SQLite in `var/`, whose writers queue instead of failing."""
    url = (
        required("DATABASE_URL", "it names the PostgreSQL database.")
        or f"sqlite:///{VAR / 'convenor.sqlite3'}"
    )
    settings: dict[str, Any] = dict(env.db_url_config(url))
    if settings["ENGINE"] == "django.db.backends.sqlite3":
        VAR.mkdir(parents=True, exist_ok=True)
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA secure_delete=ON;",
        }
    else:
        settings["CONN_MAX_AGE"] = 60
        settings["CONN_HEALTH_CHECKS"] = True
        # Our statements are long and read few rows. To compile one took seconds, to run it then milliseconds; and by
        # what a page anywhere costs on a spinning disk, PostgreSQL would read whole tables instead of an index.
        planning = "-c jit=off -c random_page_cost=1.1"
        settings["OPTIONS"] = {"options": planning, **settings.get("OPTIONS", {})}
    return settings


DATABASES = {"default": database()}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
# Uploads are read at once and never kept as files; beyond this size Django spools them to a temporary file.
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
# The import's preview has a box or two a column and a sector.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000

# People and doors -----------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
# auth.W004 asks for unique=True; ours is unique by a constraint on the lower-cased address.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home:today"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_USER_DISPLAY = "accounts.adapter.display"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_FORMS = {
    "request_login_code": "accounts.forms.SignInForm",
    "confirm_login_code": "accounts.forms.CodeForm",
}
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 900
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION = "none"
# Nobody can sign up, so a stranger's address gets no e-mail; the page says the same to both.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# A training room is one address to us: thirty people who sign in at once are not an attack.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "90/m/ip,5/m/key",
    "login": "90/m/ip",
    "login_failed": "60/m/ip,5/300s/key",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60

# Messages -------------------------------------------------------------------------------------------------------------

MAIL_FOLDER = VAR / "mail"
EMAIL_URL = required("EMAIL_URL", "it names the SMTP server that sends reminders and surveys.")
if EMAIL_URL:
    vars().update(
        env.email_url_config(EMAIL_URL) | {"EMAIL_BACKEND": "outbox.backends.smtp.EmailBackend"}
    )
else:
    EMAIL_BACKEND = "outbox.backends.maildir.EmailBackend"
# For each of the mail server's answers. Four of them come between the fence and the write, and must fit into the lease
# (outbox.delivery.precheck.LEASE) with time to spare for a database that is busy.
EMAIL_TIMEOUT = 10
# At once; Exchange Online allows three.
EMAIL_CONNECTIONS = env.int("EMAIL_CONNECTIONS", default=3)
if EMAIL_CONNECTIONS < 1:
    raise ImproperlyConfigured(
        f"EMAIL_CONNECTIONS is {EMAIL_CONNECTIONS}: at least one is needed to send."
    )
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Convenor <convenor@example.org>")
# Where mail that cannot be delivered goes back to; the mailbox from which reports of it are read.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
BOUNCE_MAILBOX_URL = env.str("BOUNCE_MAILBOX_URL", default="")
# The service that sends our mail, where it says by a signed webhook what did not arrive, and the key it signs with.
BOUNCE_WEBHOOK_SERVICE = env.str("BOUNCE_WEBHOOK_SERVICE", default="").lower()
BOUNCE_WEBHOOK_KEY = env.str("BOUNCE_WEBHOOK_KEY", default="")
if BOUNCE_WEBHOOK_SERVICE not in ("", "mailgun", "mailersend", "postal"):
    raise ImproperlyConfigured(
        "BOUNCE_WEBHOOK_SERVICE is neither mailgun nor mailersend nor postal."
    )
if bool(BOUNCE_WEBHOOK_SERVICE) != bool(BOUNCE_WEBHOOK_KEY):
    raise ImproperlyConfigured(
        "BOUNCE_WEBHOOK_SERVICE and BOUNCE_WEBHOOK_KEY: set both, or neither."
    )

# All that the system ever sends: each rule answers who is owed what, as of a moment.
MESSAGE_RULES = [
    "workshops.messages.invitations.INVITATION",
    "workshops.availability.emails.ASK",
    "workshops.availability.emails.NUDGE",
    "workshops.calendar.invites.CALENDAR",
    "workshops.calendar.invites.CALENDAR_CANCELLED",
    "workshops.messages.reminders.WEEK_BEFORE",
    "workshops.messages.reminders.DAY_BEFORE",
    "workshops.messages.announcements.ANNOUNCEMENT",
    "surveys.invitations.SURVEY",
    "surveys.invitations.NUDGE",
    "privacy.retention_warnings.REMOVAL",
    "reflections.experiments.follow_up_emails.LOOK_BACK",
    "reflections.reply_digest.REPLIES",
]

# Done each hour by beat, or by `send_due --loop` where there is none. What one run does not come to, the next does.
HOURLY_TASKS = ["privacy.tasks.purge_expired"]
# A dotted path, because accounts may not import reflections.
KEEPS_WORDS_OF = "reflections.anonymisation.keeps_words_of"

CELERY_BROKER_URL = REDIS_URL or None
CELERY_BROKER_TRANSPORT = "config.kombu_workaround.Transport" if REDIS_URL else None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
# For ever: Redis may be away for longer than Celery's hundred tries.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 280
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    # A turn too many costs nothing. What waits through a day without a worker is forgotten; but the clocks of beat and
    # worker may be hours apart, and by which of them a task expires is not ours to say.
    "take a turn": {
        "task": "outbox.tasks.turn",
        "schedule": 60.0,
        "options": {"expires": 4 * 60 * 60},
    },
    **{
        task: {"task": task, "schedule": 3600.0, "options": {"expires": 3600}}
        for task in HOURLY_TASKS
    },
}
if BOUNCE_MAILBOX_URL:
    CELERY_BEAT_SCHEDULE["read what came back"] = {
        "task": "outbox.tasks.read_bounces",
        "schedule": 300.0,
        "options": {"expires": 290},
    }

# Words and time -------------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/London")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(
        f"TIME_ZONE is {TIME_ZONE!r}, which is no time zone: write Europe/London, for instance."
    )

# Static files ---------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
if not IS_PRODUCTION:
    # Files are then served from where they are written; WhiteNoise warns all the same of a folder that is not there.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "ui.css_bundle.JoinedStyles",
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if IS_PRODUCTION
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
WHITENOISE_AUTOREFRESH = DEBUG

# Safe by default ------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BASE_URL.startswith("https:")
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
)
SECURE_SSL_REDIRECT = IS_PRODUCTION and BASE_URL.startswith("https:")
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 31_536_000 if BASE_URL.startswith("https:") else 0

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "config.log_scrubbing.QuietFormatter",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        },
        "json": {"()": "outbox.delivery.log.JsonFormatter"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line"},
        "deliveries": {"class": "logging.StreamHandler", "formatter": "json"},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    # Who was refused a page is the everyday work of its doors, not worth a traceback.
    "loggers": {
        "django.server": {"level": "WARNING"},
        "django.request": {"level": "ERROR"},
        # They tell each step of typesetting.
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
        "outbox.deliveries": {"handlers": ["deliveries"], "propagate": False},
    },
}

# What people write must not reach an error report, neither Django's own, which are shown with DEBUG on or mailed,
# nor Sentry's: no request bodies, no local variables, no personal data, no private links.
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.log_scrubbing.SilentReporterFilter"

if SENTRY_DSN := env.str("SENTRY_DSN", default=""):
    sentry_sdk.init(
        dsn=SENTRY_DSN,
        integrations=[DjangoIntegration()],
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=without_private_links,
        before_send_transaction=without_private_links,
        before_breadcrumb=without_private_links,
    )
