"""The groups of people who look after the site, and what each may do."""

from django.contrib.auth.models import Group, Permission
from django.db.models import Q

EDITORS = "editors"
EXPERIMENTERS = "experimenters"

# Deleting stays with administrators: a deleted film takes what people did with it along. An editors' pick does not.
RIGHTS = {
    EDITORS: Q(content_type__app_label="catalog")
    & (~Q(codename__startswith="delete_") | Q(codename="delete_editorspick")),
    EXPERIMENTERS: Q(
        content_type__app_label="recs", codename__in=["add_experiment", "change_experiment", "view_experiment"]
    )
    | Q(content_type__app_label="recs", codename="view_assignment")
    | Q(content_type__app_label="insights", codename="view_experimentsnapshot"),
}


def ensure() -> dict[str, Group]:
    """Make the groups that are missing and give each its rights; rights that somebody added by hand stay."""
    groups = {}
    for name, rights in RIGHTS.items():
        groups[name], _ = Group.objects.get_or_create(name=name)
        groups[name].permissions.add(*Permission.objects.filter(rights))
    return groups
