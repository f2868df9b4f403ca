"""What the probing study alone needs."""
