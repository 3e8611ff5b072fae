"""What accounts say to the apps above them."""

from django.dispatch import Signal

# An account is about to be deleted, within the same transaction. Gets `user`. Rows that point at the person
# by a cascading key go by themselves; whoever keeps something else about them clears it now.
account_closing = Signal()

# A person has said that they live in another time zone; saved already. Gets `user` and `before`, the old zone's name.
zone_changed = Signal()

# A person has changed what they allow; saved within the same transaction. Gets `user`. Whoever made something for them
# by what they allowed before makes it anew.
allowances_changed = Signal()

# A person no longer wants to be counted; saved within the same transaction. Gets `user`. Whoever has tied
# something to them for statistics unties it now.
consent_withdrawn = Signal()
