"""A made-up community for trying the site out: who the people are, what they like, and when they said so."""
