"""Who takes messages to which kind of device: Web Push to browsers, and to native apps whatever is plugged in.

`register("android", Firebase())` in the `ready()` of an app of yours is all it takes; docs/notifications.md shows one.
"""

from accounts.models import DeviceType
from notify.push.base import Adapter
from notify.push.web import WebPush

_ADAPTERS: dict[str, Adapter] = {DeviceType.WEB: WebPush()}


def register(device_type: str, adapter: Adapter) -> None:
    """From now on this adapter serves this kind of device (a DeviceType)."""
    _ADAPTERS[DeviceType(device_type)] = adapter


def unplug(device_type: str) -> None:
    """Nobody serves it any more."""
    _ADAPTERS.pop(device_type, None)


def of(device_type: str) -> Adapter | None:
    """The adapter of this kind of device; None where none is plugged in, or it is not set up."""
    adapter = _ADAPTERS.get(device_type)
    return adapter if adapter and adapter.is_ready() else None


def served() -> list[str]:
    """The kinds of device that can be pushed to on this site."""
    return [kind for kind in _ADAPTERS if of(kind)]
