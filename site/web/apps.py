from django.apps import AppConfig


class WebConfig(AppConfig):
    """The toolkit that every app may use; it imports none of them."""

    name = "web"
