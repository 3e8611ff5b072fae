"""What a digest holds, and how it becomes a mail. Nothing here writes to the database."""
