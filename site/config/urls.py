"""Every address of the site, grouped by app."""

from django.contrib import admin
from django.urls import include, path

from recs.views.home import home
from web import views

handler400 = "web.errors.bad_request"
handler403 = "web.errors.forbidden"
handler404 = "web.errors.not_found"
handler500 = "web.errors.server_error"

urlpatterns = [
    path("", home, name="home"),
    path("", include("catalog.urls")),
    path("", include("recs.urls")),
    path("", include("accounts.urls")),
    path("", include("notify.urls")),
    path("insights/", include("insights.urls")),
    path("accounts/", include("allauth.urls")),
    path("theme/", views.theme, name="theme"),
    path("styleguide/", views.styleguide, name="styleguide"),
    path("admin/", admin.site.urls),
]
