"""The scorecard: every claim of every study, our measurement and the verdict, as a page of the book and as files."""
