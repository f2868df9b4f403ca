"""The build of the book: the programs that the Snakefile and the Makefile call. Nothing in helpers imports them."""
