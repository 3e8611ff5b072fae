"""What accounts say to the apps above them."""

from django.dispatch import Signal

# An account is about to be deleted, within the same transaction. Gets `user`. Rows that point at the person
# by a cascading key go by themselves; whoever keeps something else about them clears it now.
account_closing = Signal()
