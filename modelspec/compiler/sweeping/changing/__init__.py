"""A sweep changed from outside: stopped, extended, tried again, tidied, checked, repaired."""
