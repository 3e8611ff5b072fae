"""Mail for people who only look round: read in the terminal instead of sent."""

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend


class TerminalBackend(EmailBackend):
    """Print the words of a mail, not its encoding: in most languages that would hide the link that it is about."""

    def write_message(self, message: EmailMessage) -> None:
        line = "-" * 79
        self.stream.write(
            f"{line}\nTo: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}\n{line}\n"
        )
