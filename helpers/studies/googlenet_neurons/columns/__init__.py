"""What the pages of the study write to the table of units (:mod:`helpers.pages.unit_table`), a module a topic."""
