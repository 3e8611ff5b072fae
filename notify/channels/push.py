"""Push messages to browsers and phones: one row of the outbox for each device, so that none keeps another waiting."""

from collections.abc import Iterable, Iterator

from django.utils import timezone

from notify import reasons
from notify.channels.base import Outcome
from notify.models import Channel, Delivery, Device
from notify.push import adapters, messages
from notify.push.base import Adapter, Answer, Verdict
from notify.services import devices


def send_batch(deliveries: Iterable[Delivery]) -> Iterator[Outcome]:
    """Never raises; one dead device is one outcome."""
    for delivery in deliveries:
        yield _send(delivery)


def _send(delivery: Delivery) -> Outcome:
    device = Device.objects.filter(pk=delivery.data.get("device"), user_id=delivery.user_id).first()
    if device is None:
        return Outcome.refused(delivery, reasons.NO_DEVICE, "the device is no longer this person's")
    adapter = adapters.of(device.device_type)
    if adapter is None:
        return _nobody(delivery, device)
    payload = bytes(delivery.message or b"")
    if len(payload) > messages.MOST_BYTES:
        return Outcome.refused(delivery, reasons.TOO_LARGE, f"{len(payload)} bytes; not sent")
    if _is_outdated(delivery):
        return Outcome.refused(delivery, reasons.EXPIRED, "a newer message of the same topic has gone out")
    try:
        message = messages.read(payload)
    except ValueError as problem:
        return Outcome.refused(delivery, reasons.BROKEN, str(problem))
    return _outcome(delivery, device, _hand_over(adapter, device, message))


def _nobody(delivery: Delivery, device: Device) -> Outcome:
    said = f"no adapter is plugged in for devices of the kind {device.device_type}"
    return Outcome.refused(delivery, reasons.NO_DEVICE, said)


def _hand_over(adapter: Adapter, device: Device, message: messages.Message) -> Answer:
    """Once more, much shorter, where it was found too large."""
    answer = adapter.send(device, message)
    return adapter.send(device, messages.shrunk(message)) if answer.verdict == Verdict.TOO_LARGE else answer


def _outcome(delivery: Delivery, device: Device, answer: Answer) -> Outcome:
    match answer.verdict:
        case Verdict.TAKEN:
            Device.objects.filter(pk=device.pk).update(last_ok_at=timezone.now())
            return Outcome.sent(delivery, answer.external_id)
        case Verdict.GONE:
            devices.gone(device=device)
            return Outcome.refused(delivery, reasons.NO_DEVICE, answer.said)
        case Verdict.TOO_LARGE:
            return Outcome.refused(delivery, reasons.TOO_LARGE, answer.said)
        case Verdict.LATER:
            return Outcome.retry(delivery, answer.said, answer.after)
        case Verdict.CLOSED:
            return Outcome.unavailable(delivery, answer.said)
        case _:
            return Outcome.refused(delivery, reasons.REFUSED, answer.said)


def _is_outdated(delivery: Delivery) -> bool:
    """An old message that was put off must not take the place of a newer one."""
    about = {"data__device": delivery.data.get("device"), "data__topic": delivery.data.get("topic")}
    newer = Delivery.objects.filter(
        user_id=delivery.user_id, channel=Channel.PUSH, created_at__gt=delivery.created_at, **about
    )
    return newer.filter(sent_at__isnull=False).exists()
