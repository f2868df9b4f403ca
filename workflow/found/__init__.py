"""What the book found, for its first page and those of the studies: a picture of all verdicts, cards, conclusions."""
