"""The inbox, what people want to hear, links in mails, push, and the staff pages about all of them."""

from django.urls import URLPattern

app_name = "notify"

urlpatterns: list[URLPattern] = []
