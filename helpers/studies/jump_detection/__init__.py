"""What the jump detection study alone needs: signals, detectors, networks, measures, figures."""
