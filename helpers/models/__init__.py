"""The networks and detectors of the studies, and the files that keep trained ones."""
