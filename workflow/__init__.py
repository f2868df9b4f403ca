"""How the book is made: what the Snakefile and the Makefile call. Nothing of helpers imports this."""
