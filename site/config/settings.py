"""Settings: one file, one code path; the environment decides (docs/configuration.md lists every variable)."""

from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from config import database, env, mail, provider, push, queue

ROOT = env.ROOT
LOCAL = env.mode() == "local"
VAR = Path(env.text("MARQUEE_VAR", str(ROOT / "var")))

DEBUG = env.flag("DEBUG", default=False)
if DEBUG and not LOCAL:
    env.stop("DEBUG", "must not be on outside local mode")
SECRET_KEY = env.secret_key(local_file=VAR / "secret_key" if LOCAL else None)
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if LOCAL else None)
PORT = env.number("PORT", default=8000, low=1, high=65_535)
SITE_URL = env.text("SITE_URL", f"http://localhost:{PORT}" if LOCAL else f"https://{ALLOWED_HOSTS[0].lstrip('.')}")
SITE_NAME = env.text("SITE_NAME", "Marquee")
# Where pages listen to what arrives: a path behind the proxy; in local mode another port, 0 for none.
EVENTS_URL = env.text("EVENTS_URL", "/events")
EVENTS_PORT = env.number("EVENTS_PORT", default=0, high=65_535)
SOURCE_URL = env.text("SOURCE_URL", "")
REDIS_URL = env.redis()
TMDB_API_KEY = env.text("TMDB_API_KEY", "")
MODELS_DIR = Path(env.text("MODELS_DIR", str(VAR / "models")))
TRAINING_ENGINE = env.choice("TRAINING_ENGINE", "local", ["local", "spark"])
SPARK_MASTER = env.spark_master()
SPARK_FOLDER = Path(env.text("SPARK_FOLDER", str(VAR / "spark")))
SPARK_TIMEOUT = env.number("SPARK_TIMEOUT", default=6 * 60 * 60, low=60, high=7 * 24 * 60 * 60)
ACTIVITY_SPOOL_DIR = Path(env.text("ACTIVITY_SPOOL_DIR", str(VAR / "spool")))
ACTIVITY_SPOOL_MB = env.number("ACTIVITY_SPOOL_MB", default=256, low=1, high=100_000)
ACTIVITY_FLUSH_SECONDS = env.number("ACTIVITY_FLUSH_SECONDS", default=1, low=1, high=60)
ACTIVITY_RETENTION_DAYS = env.number("ACTIVITY_RETENTION_DAYS", default=400, low=31, high=36_500)
ACTIVITY_ARCHIVE_DIR = Path(env.text("ACTIVITY_ARCHIVE_DIR", str(VAR / "archive")))

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "template_partials",
    "django_filters",
    "django_tables2",
    "huey.contrib.djhuey",
    "web",
    "catalog",
    "accounts",
    "recs",
    "notify",
    "insights",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "web.middleware.health",
    "csp.middleware.CSPMiddleware",
    "web.middleware.security_headers",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.LoginRequired",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.middleware.local_time",
    "recs.middleware.mine",
    "insights.middleware.activity_log",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.site",
                "recs.context.mine",
                "notify.context.inbox",
                "insights.context.desk",
            ],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

POOL_SIZE = env.number("DATABASE_POOL", default=10, low=1, high=500)
DATABASES = {"default": database.settings(local=LOCAL, var=VAR, pool_size=POOL_SIZE)}
HUEY = queue.make(REDIS_URL)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LOCAL_MEMORY = {"BACKEND": "web.cache.MemoryCache", "OPTIONS": {"MAX_ENTRIES": 20_000}}
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "web.cache.FailSoftRedisCache",
            "LOCATION": REDIS_URL,
            "KEY_PREFIX": "marquee",
            # A server that hangs is as gone as one that refuses.
            "OPTIONS": {"SOCKET_CONNECT_TIMEOUT": 2, "SOCKET_TIMEOUT": 2},
        },
        "local": {**LOCAL_MEMORY, "LOCATION": "local"},
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
else:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.db.DatabaseCache",
            "LOCATION": "cache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        },
        "local": {**LOCAL_MEMORY, "LOCATION": "local"},
    }
    SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Accounts: the e-mail address is the log-in name; it must be confirmed before the first log-in.
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "accounts.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "http" if LOCAL else "https"
ACCOUNT_ADAPTER = "notify.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.entrance.LoginForm",
    "signup": "accounts.forms.entrance.SignupForm",
    "reset_password": "accounts.forms.entrance.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.entrance.ResetPasswordKeyForm",
    "change_password": "accounts.forms.entrance.ChangePasswordForm",
    "set_password": "accounts.forms.entrance.SetPasswordForm",
    "reauthenticate": "accounts.forms.entrance.ReauthenticateForm",
    "add_email": "accounts.forms.entrance.AddEmailForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = "username"
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("TRUSTED_PROXY_COUNT", default=0, high=10)

SITE_ID = None
MAIL_PROVIDER = provider.name()
MAIL_IS_PRINTED = mail.is_printed(local=LOCAL)
MAIL_SETTINGS = mail.settings(local=LOCAL)
globals().update(MAIL_SETTINGS)
MAIL_PER_MINUTE = env.number("MAIL_PER_MINUTE", default=3_000, low=1, high=1_000_000)
MAIL_WEBHOOKS = bool(MAIL_SETTINGS["MAIL_WEBHOOKS"])
MAIL_EVENT_SOURCE = provider.event_source(has_webhooks=MAIL_WEBHOOKS)
if MAIL_PROVIDER:
    INSTALLED_APPS.append("anymail")
ALERTS_PER_WEEK = env.number("ALERTS_PER_WEEK", default=2, low=0, high=50)
POSTAL_ADDRESS = env.text("POSTAL_ADDRESS", "")
UNSUBSCRIBE_EMAIL = mail.address("UNSUBSCRIBE_EMAIL")
VAPID_PUBLIC_KEY, VAPID_PRIVATE_KEY = push.keys()
VAPID_SUBJECT = push.subject(site_url=SITE_URL, sender=MAIL_SETTINGS["DEFAULT_FROM_EMAIL"])
PUSH_HOSTS = push.hosts()

USE_I18N = True
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", _("English")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("de", _("German")),
    ("zh-hans", _("Chinese")),
    ("ja", _("Japanese")),
    ("ru", _("Russian")),
    ("it", _("Italian")),
    ("pt", _("Portuguese")),
    ("hi", _("Hindi")),
    ("ar", _("Arabic")),
    ("ko", _("Korean")),
]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["config.formats"]
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [ROOT / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "web.staticfiles.HashedStaticFilesStorage"
    },
}
MEDIA_ROOT = VAR / "media"
WHITENOISE_USE_FINDERS = LOCAL

# Safety
SECURE_SSL_REDIRECT = not LOCAL and env.flag("SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ALLAUTH_TRUSTED_PROXY_COUNT else None
SECURE_HSTS_SECONDS = 0 if LOCAL else env.number("HSTS_SECONDS", default=31_536_000, high=100_000_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not LOCAL
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not LOCAL
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
CSRF_COOKIE_HTTPONLY = True  # pages carry the token themselves
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "web.errors.csrf_failure"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", *(["https://image.tmdb.org"] if TMDB_API_KEY else [])],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *env.event_sources(ALLOWED_HOSTS, EVENTS_URL, EVENTS_PORT if LOCAL else 0)],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("LOG_LEVEL", "WARNING" if LOCAL else "INFO")},
    "loggers": {"django.security.DisallowedHost": {"handlers": [], "propagate": False}},
}

DJANGO_TABLES2_TEMPLATE = "web/_table.html"
