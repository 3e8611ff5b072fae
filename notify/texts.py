"""Words of others, as the database can keep them."""


def storable(said: str) -> str:
    """Anything goes but NUL and halves of surrogate pairs."""
    return said.replace("\0", "�").encode(errors="replace").decode()
