"""The site's addresses as they are where a provider is configured."""

from django.urls import include, path

from config.urls import *  # noqa: F403
from config.urls import urlpatterns as ours
from notify import webhooks

urlpatterns = [path("webhooks/mail/", include(webhooks.tracking_urls())), *ours]
