"""Code that only the jump detection study needs: signals, detectors, networks, measures, figures."""
