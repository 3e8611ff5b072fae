"""/settings/ and what stands below it; django-allauth has /accounts/."""

from django.urls import path

from accounts.views import closing, settings

app_name = "accounts"
urlpatterns = [
    # /settings/
    path("settings/", settings.profile, name="settings"),
    path("settings/language/", settings.region, name="region"),
    path("settings/privacy/", settings.privacy, name="privacy"),
    path("settings/security/", settings.security, name="security"),
    path("settings/delete/", closing.close, name="close"),
]
