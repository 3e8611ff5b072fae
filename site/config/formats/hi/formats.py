"""What Django leaves out for Hindi: moments in the order of its days, which would otherwise be the American one."""

DATETIME_FORMAT = "j F Y, g:i A"
SHORT_DATETIME_FORMAT = "d-m-Y g:i A"
