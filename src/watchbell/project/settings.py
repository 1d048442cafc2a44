"""Django's settings, made from `line.config`; nothing here is read from anywhere else."""

from pathlib import Path
from urllib.parse import urlsplit

from watchbell.kernel import engines
from watchbell.line import config

SECRET_KEY, *SECRET_KEY_FALLBACKS = config.secret_keys()
DEBUG = False
IS_DEMO = config.is_demo()
PUBLIC_URL = config.public_url()
_host = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = list({_host.hostname or "localhost", "localhost", "127.0.0.1", "[::1]", "testserver"})
CSRF_TRUSTED_ORIGINS = [f"{_host.scheme}://{_host.netloc}"]
IS_HTTPS = _host.scheme == "https"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = IS_HTTPS
SESSION_COOKIE_NAME = f"watchbell_{config.port()}"
CSRF_COOKIE_NAME = f"watchbell_csrf_{config.port()}"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
USE_TZ = True
TIME_ZONE = "America/Chicago"
LANGUAGE_CODE = "en-us"
USE_I18N = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "watchbell.project.urls"
AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"

INSTALLED_APPS = [
    "django.forms",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "watchbell.console.apps.ConsoleConfig",  # before allauth: its templates take over allauth's
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "procrastinate.contrib.django",
    "watchbell.kernel.apps.KernelConfig",
    "watchbell.district.sites.apps.SitesConfig",
    "watchbell.district.accounts.apps.AccountsConfig",
    "watchbell.district.people.apps.PeopleConfig",
    "watchbell.district.identity.apps.IdentityConfig",
    "watchbell.district.schedules.apps.SchedulesConfig",
    "watchbell.district.equipment.apps.EquipmentConfig",
    "watchbell.field.paging.apps.PagingConfig",
    "watchbell.field.panic.apps.PanicConfig",
    "watchbell.field.video.apps.VideoConfig",
    "watchbell.response.plans.apps.PlansConfig",
    "watchbell.response.incidents.apps.IncidentsConfig",
    "watchbell.response.dispatch.apps.DispatchConfig",
    "watchbell.response.accountability.apps.AccountabilityConfig",
    "watchbell.response.command.apps.CommandConfig",
    "watchbell.prevention.procedures.apps.ProceduresConfig",
    "watchbell.response.review.apps.ReviewConfig",
    "watchbell.prevention.drills.apps.DrillsConfig",
    "watchbell.communication.channels.apps.ChannelsConfig",
    "watchbell.communication.families.apps.FamiliesConfig",
    "watchbell.communication.notices.apps.NoticesConfig",
    "watchbell.communication.public.apps.PublicConfig",
    "watchbell.communication.newsletter.apps.NewsletterConfig",
]

MIDDLEWARE = [
    "watchbell.project.middleware.KnowsProxies",
    "django.middleware.security.SecurityMiddleware",
    "watchbell.project.middleware.SecurityHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "watchbell.project.middleware.ActsInDistrict",
    "watchbell.project.middleware.AsksForSecondFactor",
    "watchbell.project.middleware.StaysInDistrict",
]
if config.setting("TEST") == "1":
    MIDDLEWARE.insert(0, "watchbell.project.counting.CountsQueries")

PROCRASTINATE_ON_APP_READY = "watchbell.kernel.jobs.on_app_ready"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "watchbell.console.context.frame",
            ],
        },
    }
]

_database = engines.app_options()
DATABASES = {
    "default": {
        "ENGINE": "watchbell.kernel.postgres",
        "NAME": _database["dbname"],
        "USER": _database["user"],
        "PASSWORD": _database["password"],
        "HOST": _database["host"],
        "PORT": _database["port"],
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 3, "application_name": "watchbell"},
    }
}

STATIC_URL = "/static/"
STATIC_ROOT = Path(__file__).parent.parent / "console" / "static"
FORM_RENDERER = "watchbell.console.forms.ConsoleRenderer"

AUTHENTICATION_BACKENDS = ["watchbell.project.sign_in.Backend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
ACCOUNT_ADAPTER = "watchbell.project.sign_in.Adapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "5/5m/key,60/m/ip", "login": "300/m/ip"}  # a school has one address
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
SOCIALACCOUNT_ADAPTER = "watchbell.project.district_identity.SocialAdapter"
MFA_ADAPTER = "watchbell.project.sign_in.SecondFactors"
MFA_FORMS = {
    "authenticate": "watchbell.project.account_record.CodeForm",
    "reauthenticate": "watchbell.project.account_record.CodeAgainForm",
    "authenticate_webauthn": "watchbell.project.account_record.PasskeyForm",
    "login_webauthn": "watchbell.project.account_record.PasskeyLoginForm",
    "reauthenticate_webauthn": "watchbell.project.account_record.PasskeyAgainForm",
}
USERSESSIONS_ADAPTER = "watchbell.project.account_record.Sessions"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not IS_HTTPS
MFA_TOTP_ISSUER = "Watchbell"
MFA_TOTP_TOLERANCE = 1  # a telephone's clock is a little off, and typing takes a while; each code is taken once
USERSESSIONS_TRACK_ACTIVITY = False
PASSWORD_RESET_TIMEOUT = 3 * 86400
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # set-up links are handed over by an administrator
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(config.private_folder("cache")),
    }
}
LOGGING_CONFIG = None
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008"]
