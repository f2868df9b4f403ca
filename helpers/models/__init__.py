"""Networks: the studies' own and their initialisation, trained networks by name, networks side by side."""
