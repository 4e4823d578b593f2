"""A sibling pattern that works from the first minute: `make new NAME=orders-mailer`."""
