"""What a reader passes on: citations, the certificate of a build, the archive of its results."""
