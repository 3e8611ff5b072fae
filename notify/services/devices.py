"""The browsers and phones of a person. `users.device_token` shows the newest of them and is kept in step here."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from accounts.models import DeviceType, User
from notify import user_agents
from notify.models import Device
from notify.push import endpoints

IN_SESSION = "push_device"  # the browser that this session turned on
MOST = 20  # of one person; the one that was out of sight longest makes room
# The curve P-256 (FIPS 186-4, D.1.2.3): y² = x³ - 3x + b over the field of P.
P = 2**256 - 2**224 + 2**192 + 2**96 - 1
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


class BadSubscription(ValueError):
    """No browser gave us this."""


def subscribe(*, user: User, endpoint: str, keys: Mapping[str, str], user_agent: str = "") -> Device:
    """Remember this person's browser. A browser has one owner: whoever comes last, from the same endpoint, takes it.

    Raises BadSubscription for an address that we do not send to, and for keys that cannot be any browser's.
    """
    found = _checked(endpoint, keys)
    return remember(
        user=user, device_type=DeviceType.WEB, token=endpoint, keys=found, name=user_agents.name(user_agent)
    )


def remember(
    *, user: User, device_type: str, token: str, keys: Mapping[str, str] | None = None, name: str = ""
) -> Device:
    """Any kind of device. It is another one (and gets none of the messages in wait) when it changes its owner."""
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        for taken in Device.objects.filter(token=token).exclude(user=user).select_related("user"):
            _drop(taken)
        device, _ = Device.objects.update_or_create(
            token=token,
            defaults={
                "user": user,
                "device_type": device_type,
                "keys": dict(keys or {}),
                "name": name[:200],
                "last_seen_at": timezone.now(),
            },
        )
        for old in user.devices.order_by("-last_seen_at", "-pk")[MOST:]:
            old.delete()
        _show_newest(user.pk)
    return device


def renew(*, old: str, auth: str, endpoint: str, keys: Mapping[str, str]) -> Device | None:
    """A browser has changed its own address: same device, same owner. Nobody is signed in then; that the caller knows
    the old address and its secret proves that it is that browser. None when it is not. Raises BadSubscription."""
    found = _checked(endpoint, keys)
    with transaction.atomic():
        device = Device.objects.select_for_update().filter(token=old, device_type=DeviceType.WEB).first()
        if device is None or not hmac.compare_digest(str(device.keys.get("auth", "")).encode(), auth.encode()):
            return None
        Device.objects.filter(token=endpoint).exclude(pk=device.pk).delete()
        device.token, device.keys, device.last_seen_at = endpoint, found, timezone.now()
        device.save(update_fields=["token", "keys", "last_seen_at"])
        _show_newest(device.user_id)
    return device


def unsubscribe(*, user: User, endpoint: str) -> bool:
    """Forget this person's browser; False when it was not theirs."""
    device = user.devices.filter(token=endpoint).first()
    if device is not None:
        _drop(device)
    return device is not None


def remove(*, device: Device) -> None:
    """Its owner does not want it any more."""
    _drop(device)


def signed_out(*, user: User, device_pk: int | None) -> None:
    """Whoever uses this browser next is not to read what is for them."""
    device = user.devices.filter(pk=device_pk).first() if device_pk else None
    if device is not None:
        _drop(device)


def gone(*, device: Device) -> None:
    """The push service knows it no more; nothing happens where it has another address meanwhile."""
    with transaction.atomic():
        Device.objects.filter(pk=device.pk, token=device.token).delete()
        _show_newest(device.user_id)


def seen(*, device_pk: int, user: User) -> None:
    """Somebody used it just now."""
    if user.devices.filter(pk=device_pk).update(last_seen_at=timezone.now()):
        _show_newest(user.pk)


def _drop(device: Device) -> None:
    with transaction.atomic():
        device.delete()
        _show_newest(device.user_id)


def _show_newest(user_pk: int) -> None:
    newest = Device.objects.filter(user_id=user_pk).order_by("-last_seen_at", "-pk").first()
    token = _shown(newest.token) if newest else None
    if token:
        User.objects.filter(device_token=token).exclude(pk=user_pk).update(device_token=None, device_type=None)
    User.objects.filter(pk=user_pk).update(device_token=token, device_type=newest.device_type if newest else None)


def _shown(token: str) -> str:
    """Endpoints may be longer than that column is wide."""
    return token if len(token) <= 255 else f"sha256:{hashlib.sha256(token.encode()).hexdigest()}"


def _checked(endpoint: str, keys: Mapping[str, str]) -> dict[str, str]:
    try:
        endpoints.check(endpoint)
    except endpoints.NotAllowed as problem:
        raise BadSubscription(str(problem)) from problem
    point, secret = _bytes(keys.get("p256dh", "")), _bytes(keys.get("auth", ""))
    if len(secret) != 16:
        raise BadSubscription("the secret is not 16 bytes long")
    if not _is_on_curve(point):
        raise BadSubscription("the key is no point of the curve")
    return {"p256dh": keys["p256dh"], "auth": keys["auth"]}


def _bytes(text: str) -> bytes:
    """base64url without padding, as browsers write it."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""


def _is_on_curve(point: bytes) -> bool:
    if len(point) != 65 or point[0] != 4:
        return False
    x, y = int.from_bytes(point[1:33]), int.from_bytes(point[33:])
    return x < P and y < P and (y * y - (x * x * x - 3 * x + B)) % P == 0
