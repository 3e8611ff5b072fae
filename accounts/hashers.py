from django.contrib.auth import hashers


class Argon2PasswordHasher(hashers.Argon2PasswordHasher):
    """Argon2id with OWASP's 19 MiB × 2 × 1: Django's own 100 MiB × 8 lanes lets a few log-ins fill the memory."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
