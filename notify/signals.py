"""What notify tells the app above it."""

from django.dispatch import Signal

# Somebody's mail program fetched what only an opened mail fetches, by the word of a provider (there is no pixel of
# ours), counted once a mail: delivery, user, at.
mail_opened = Signal()

# Somebody followed a link of a mail, counted once a mail and link, machines left out: delivery, user, path, at.
mail_clicked = Signal()

# After the commit: somebody unsubscribed, by a link of a mail or at the provider: user, kinds (which came by mail until
# then; never none).
mail_left = Signal()

# Somebody followed a push message: delivery, user, at.
push_clicked = Signal()

# Somebody of the staff looks at what one person gets from us: actor, person, what ("mail", "digest" or "why"). Sent
# before anything is shown.
person_inspected = Signal()
