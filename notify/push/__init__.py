"""Push messages on the wire: where they may go, what goes there, and who takes them."""
