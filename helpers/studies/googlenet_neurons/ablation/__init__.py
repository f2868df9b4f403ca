"""What a network's answers lose without groups of its units."""
