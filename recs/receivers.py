"""What recs does when others speak: each receiver calls a service or enqueues a task."""
