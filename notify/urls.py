"""The inbox, what people want to hear, links in mails, push, and the staff pages about all of them."""

from django.urls import URLPattern, URLResolver, include, path

from notify import webhooks
from notify.views import announcements, inbox, links, mail_health, mail_people, mails, preferences, push

# /inbox/
inbox_urls = [
    path("", inbox.show, name="inbox"),
    path("badge/", inbox.badge, name="inbox_badge"),
    path("read-all/", inbox.read_all, name="inbox_read_all"),
    path("undo/", inbox.undo, name="inbox_undo"),
    path("mute/", inbox.mute, name="inbox_mute"),
    path("<int:pk>/open/", inbox.follow, name="inbox_open"),
    path("<int:pk>/<slug:act>/", inbox.mark, name="inbox_mark"),
]
# /staff/announcements/
announcement_urls = [
    path("", announcements.show_all, name="announcements"),
    path("new/", announcements.new, name="announcement_new"),
    path("<int:pk>/", announcements.show, name="announcement"),
    path("<int:pk>/edit/", announcements.edit, name="announcement_edit"),
    path("<int:pk>/withdraw/", announcements.withdraw, name="announcement_withdraw"),
]
# /settings/notifications/
preference_urls = [
    path("", preferences.show, name="preferences"),
    path("kinds/", preferences.kinds, name="preferences_kinds"),
    path("digest/", preferences.digest, name="preferences_digest"),
    path("digest/on/", preferences.digest_on, name="preferences_join"),
    path("digest/now/", preferences.digest_now, name="preferences_now"),
    path("quiet/", preferences.quiet, name="preferences_quiet"),
    path("pause/", preferences.pause, name="preferences_pause"),
    path("resume/", preferences.resume, name="preferences_resume"),
    path("clicks/", preferences.clicks, name="preferences_clicks"),
]
# The links of our mails: /u/<token>/, /m/<token>/
link_urls = [
    path("u/<str:token>/", links.unsubscribe, name="unsubscribe"),
    path("m/<str:token>/", links.act, name="act"),
    path("m/go/<str:token>/", links.click, name="click"),
]
# /staff/mail/
mail_urls = [
    path("", mails.show_all, name="mails"),
    path("<int:number>/", mails.show, name="mail"),
    path("<int:number>/html/", mails.preview, name="mail_preview"),
    path("<int:number>/again/", mails.resend, name="mail_resend"),
    path("<int:number>/arrived/", mails.confirm, name="mail_confirm"),
    path("health/", mail_health.health, name="mail_health"),
    path("why/", mail_people.why, name="mail_why"),
    path("next/", mail_people.dry_run, name="mail_dry_run"),
    path("preview/", mail_people.preview, name="digest_preview"),
    path("preview/<int:pk>/html/", mail_people.frame, name="digest_frame"),
    path("preview/<int:pk>/send/", mail_people.send_test, name="digest_test"),
    path("circuits/<int:pk>/close/", mail_health.close_circuit, name="circuit_close"),
    path("suppressions/", mail_health.suppressed, name="suppressions"),
    path("suppressions/add/", mail_health.suppress, name="suppression_add"),
    path("suppressions/<int:pk>/lift/", mail_health.lift, name="suppression_lift"),
    path("suppressions/<int:pk>/back/", mail_health.put_back, name="suppression_back"),
]
# /sw.js, /manifest.webmanifest, /push/, /settings/notifications/push/
push_urls = [
    path("sw.js", push.worker, name="push_worker"),
    path("manifest.webmanifest", push.manifest, name="manifest"),
    path("push/key/", push.key, name="push_key"),
    path("push/renew/", push.renew, name="push_renew"),
    path("push/<str:token>/", push.follow, name="push_open"),
    path("settings/notifications/push/", push.show, name="push"),
    path("settings/notifications/push/on/", push.subscribe, name="push_subscribe"),
    path("settings/notifications/push/test/", push.send_test, name="push_test"),
    path("settings/notifications/push/<int:pk>/remove/", push.remove, name="push_remove"),
]

app_name = "notify"

urlpatterns: list[URLPattern | URLResolver] = [
    *link_urls,
    *push_urls,
    path("inbox/", include(inbox_urls)),
    path("settings/notifications/", include(preference_urls)),
    path("staff/announcements/", include(announcement_urls)),
    path("staff/mail/", include(mail_urls)),
    path("webhooks/mail/", include(webhooks.tracking_urls())),
]
