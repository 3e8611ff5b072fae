"""Every address of the site, grouped by app."""

urlpatterns: list = []
