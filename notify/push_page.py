"""What the part of the settings about push messages shows."""

import hashlib
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from accounts.models import DeviceType, User
from notify.models import Channel, Device
from notify.services import preferences


@dataclass(frozen=True, slots=True)
class Line:
    """A device of the list. `fingerprint` lets a browser find itself in it without anybody telling its address."""

    device: Device
    fingerprint: str

    @property
    def is_browser(self) -> bool:
        return self.device.device_type == DeviceType.WEB


def is_on() -> bool:
    return bool(settings.VAPID_PUBLIC_KEY)


def context(user: User) -> dict[str, Any]:
    """Empty where push is off."""
    if not is_on():
        return {}
    lines = [Line(device, fingerprint(device.token)) for device in user.devices.order_by("-last_seen_at", "-pk")]
    wanted = any(on for (_kind, channel), on in preferences.squares(user).items() if channel == Channel.PUSH)
    return {"push_key": settings.VAPID_PUBLIC_KEY, "push_lines": lines, "push_is_wanted": wanted}


def fingerprint(token: str) -> str:
    """SHA-256 in hexadecimal digits; static/js/push.js computes the same."""
    return hashlib.sha256(token.encode()).hexdigest()
