"""What the net fragments study alone needs: digits, networks, training, figures."""
