"""Why a message was not sent: one word in the row, one sentence for staff.

Every row that is skipped, failed or in doubt has one of these.
"""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOTHING_TO_SAY = "nothing_to_say"
LATE = "late"
UNWANTED = "unwanted"
PAUSED = "paused"
SUPPRESSED = "suppressed"
INACTIVE = "inactive"
SIMULATED = "simulated"
NO_ADDRESS = "no_address"
UNVERIFIED = "unverified"
ADDRESS_CHANGED = "address_changed"
CAPPED = "capped"
NO_DEVICE = "no_device"
REFUSED = "refused"
TOO_LARGE = "too_large"
GAVE_UP = "gave_up"
UNCONFIRMED = "unconfirmed"
EXPIRED = "expired"
BROKEN = "broken"

SENTENCES: Mapping[str, Promise] = {
    NOTHING_TO_SAY: _("There were fewer than three fresh films to write about."),
    LATE: _("It was due while the site was down; only the newest was sent."),
    UNWANTED: _("The person does not want this kind of message by this channel."),
    PAUSED: _("The person has paused their messages."),
    SUPPRESSED: _("The address is on the suppression list."),
    INACTIVE: _("The account is closed or switched off."),
    SIMULATED: _("The person is simulated."),
    NO_ADDRESS: _("There is no address to write to."),
    UNVERIFIED: _("The person has not confirmed their address."),
    ADDRESS_CHANGED: _("The person’s address has changed since the message was made."),
    CAPPED: _("The person had enough messages already; this one goes into the next digest."),
    NO_DEVICE: _("No device of the person can be pushed to."),
    REFUSED: _("The other side refused it for good."),
    TOO_LARGE: _("The other side found it too large."),
    GAVE_UP: _("Every attempt failed."),
    UNCONFIRMED: _("The connection broke at the moment of handing over: it may have arrived, or not."),
    EXPIRED: _("It came too late to be of use."),
    BROKEN: _("The message could not be made or sent because of a fault of ours."),
}
