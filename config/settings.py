"""Settings, read from the environment.

With DEMO or DEBUG, missing keys are generated and stored in `var/`. Otherwise the site is in
production: it does not start if a required variable is missing, and the error names the variable.
"""

from zoneinfo import available_timezones

import django_stubs_ext
import sentry_sdk
from cryptography.fernet import Fernet
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from sentry_sdk.integrations.django import DjangoIntegration

from config import environment, hooks, log_settings
from config.beat_schedule import beat_schedule
from config.environment import IS_PRODUCTION, database, env, required
from config.hooks import *  # noqa: F403
from config.local_keys import local_key
from config.log_scrubbing import scrubbed_event

# Makes Django's classes subscriptable at run time, as in ModelForm[Workshop].
django_stubs_ext.monkeypatch()

BASE_DIR = environment.BASE_DIR
VAR = environment.VAR
DEBUG: bool = environment.DEBUG
DEMO: bool = environment.DEMO
LOGGING = log_settings.LOGGING

SECRET_KEY = required("SECRET_KEY", "it signs sessions and links in e-mails.") or local_key(
    VAR / "keys", "secret", get_random_secret_key
)
REFLECTION_KEYS = (
    required(
        "REFLECTION_KEYS",
        "it encrypts what people write (Fernet keys, newest first, separated by commas).",
    )
    or local_key(VAR / "keys", "reflections", lambda: Fernet.generate_key().decode())
).split(",")
BASE_URL = (
    required("BASE_URL", "links in e-mails begin with it.") or "http://127.0.0.1:8000"
).rstrip("/")
ALLOWED_HOSTS = [
    host
    for host in required(
        "ALLOWED_HOSTS", "the host names that this site answers to, separated by commas."
    ).split(",")
    if host
] or ["127.0.0.1", "localhost", "testserver"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
# Shown to people who have a question about their data: the name of the host, and an e-mail address
# or telephone number.
HOST_CONTACT = (
    required("HOST_CONTACT", "it tells people who to ask about their data.")
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
    "sets",
    "relationships",
    "partnerships",
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
    "django.middleware.gzip.GZipMiddleware",  # adds random padding against the BREACH attack
    "accounts.middleware.disable_page_caching",
    "accounts.middleware.start_work_after_response",
    "config.middleware.RefuseNulCharacters",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.submissions.answer_submissions",
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

# Settings for the database, the cache and uploads

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", default="")

DATABASES = {"default": database()}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        else {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
    )
}
# Uploaded files up to this size stay in memory; Django would write larger ones to temporary files.
FILE_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 6 * 1024 * 1024
# The most inputs of a form. The preview of an import has one or two for each column and sector.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 6_000

# Settings for users and sign-in

AUTH_USER_MODEL = "accounts.User"
# auth.W004 asks for unique=True. Our e-mail field is unique by a constraint on its lower-case form.
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
# Send no e-mail to an unknown address, as nobody can sign up. The page is the same for known and
# unknown addresses.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_SESSION_REMEMBER = True
# Thirty people in a training room may share one IP address, so allow many sign-ins from it.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": "90/m/ip,5/m/key",
    "login": "90/m/ip",
    "login_failed": "60/m/ip,5/300s/key",
    # E-mails to people outside a cohort that one person can cause (partnerships).
    "name_outsider": "10/d/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60

# Settings for messages: e-mail, rules, tasks and Celery

MAIL_FOLDER = VAR / "mail"
EMAIL_URL = required("EMAIL_URL", "it names the SMTP server that sends reminders and surveys.")
if EMAIL_URL:
    vars().update(
        env.email_url_config(EMAIL_URL) | {"EMAIL_BACKEND": "outbox.backends.smtp.EmailBackend"}
    )
else:
    EMAIL_BACKEND = "outbox.backends.maildir.EmailBackend"
# Seconds to wait for each SMTP reply. Four replies come between the pre-send check and the record
# that the e-mail was sent, and must fit into the lease (outbox.delivery.claims.LEASE) with time to
# spare for a busy database.
EMAIL_TIMEOUT = 10
# Concurrent SMTP connections of a worker. Exchange Online allows three.
EMAIL_CONNECTIONS = env.int("EMAIL_CONNECTIONS", default=3)
if EMAIL_CONNECTIONS < 1:
    raise ImproperlyConfigured(
        f"EMAIL_CONNECTIONS is {EMAIL_CONNECTIONS}: at least one is needed to send."
    )
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Convenor <convenor@example.org>")
# The envelope sender, to which bounces are returned, and the mailbox from which they are read.
BOUNCE_ADDRESS = env.str("BOUNCE_ADDRESS", default="")
BOUNCE_MAILBOX_URL = env.str("BOUNCE_MAILBOX_URL", default="")
# The mail service that reports bounces by a signed webhook, and its signing key.
BOUNCE_WEBHOOK_SERVICE = env.str("BOUNCE_WEBHOOK_SERVICE", default="").lower()
BOUNCE_WEBHOOK_KEY = env.str("BOUNCE_WEBHOOK_KEY", default="")
if BOUNCE_WEBHOOK_SERVICE not in ("", "mailgun", "mailersend", "postal"):
    raise ImproperlyConfigured("Set BOUNCE_WEBHOOK_SERVICE to mailgun, mailersend or postal.")
if bool(BOUNCE_WEBHOOK_SERVICE) != bool(BOUNCE_WEBHOOK_KEY):
    raise ImproperlyConfigured(
        "Set both BOUNCE_WEBHOOK_SERVICE and BOUNCE_WEBHOOK_KEY, or neither."
    )

CELERY_BROKER_URL = REDIS_URL or None
CELERY_BROKER_TRANSPORT = "config.kombu_workaround.Transport" if REDIS_URL else None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 600}
# Retry without limit: Redis may be away for longer than Celery's default of 100 retries.
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 280
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = beat_schedule(
    minutely=["outbox.tasks.turn", *hooks.MINUTELY_TASKS],
    hourly=hooks.HOURLY_TASKS,
    reads_bounces=bool(BOUNCE_MAILBOX_URL),
)

# Settings for language and time

LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.str("TIME_ZONE", default="Europe/London")
if TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured(
        f"Set TIME_ZONE to a time zone such as Europe/London, not {TIME_ZONE!r}."
    )

# Settings for static files

STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
if not IS_PRODUCTION:
    # Files are served from their sources, but WhiteNoise warns if this folder is missing.
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "ui.css_bundle.BundleFinder",
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

# Settings for security

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

# A request with this token gets details from /health/ready, not only whether the site is ready.
HEALTH_TOKEN = env.str("HEALTH_TOKEN", default="").strip()
if HEALTH_TOKEN and (len(HEALTH_TOKEN) < 20 or not HEALTH_TOKEN.isascii()):
    raise ImproperlyConfigured(
        "HEALTH_TOKEN is too easy to guess. Set it to at least 20 random letters and digits, or "
        "leave it empty."
    )

# Text that people write must reach no error report, neither Django's (shown with DEBUG or mailed)
# nor Sentry's: no request bodies, local variables, personal data or private links.
DEFAULT_EXCEPTION_REPORTER_FILTER = "config.log_scrubbing.SilentReporterFilter"

if SENTRY_DSN := env.str("SENTRY_DSN", default=""):
    sentry_sdk.init(
        dsn=SENTRY_DSN,
        integrations=[DjangoIntegration()],
        send_default_pii=False,
        max_request_body_size="never",
        include_local_variables=False,
        before_send=scrubbed_event,
        before_send_transaction=scrubbed_event,
        before_breadcrumb=scrubbed_event,
    )
