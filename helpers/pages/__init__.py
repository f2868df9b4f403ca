"""What a page talks to: its run, parameters, claims, results, sweeps."""
