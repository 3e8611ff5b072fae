"""What Django leaves out for Arabic: moments in the order of its days, which would otherwise be the American one."""

DATETIME_FORMAT = "j F، Y، g:i A"
SHORT_DATETIME_FORMAT = "d\u200f/m\u200f/Y g:i A"
