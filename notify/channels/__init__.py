"""The ways out. A new one is a function of the shape `base.SendBatch` and one more entry."""

from collections.abc import Mapping

from notify.channels import email, push
from notify.channels.base import Outcome, Result, SendBatch, Unavailable
from notify.models import Channel

CHANNELS: Mapping[str, SendBatch] = {Channel.EMAIL: email.send_batch, Channel.PUSH: push.send_batch}

__all__ = ["CHANNELS", "Outcome", "Result", "SendBatch", "Unavailable"]
