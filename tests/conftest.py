"""Shape annotations of helpers are checked while the tests run; users pay nothing for them."""

from hypothesis import settings
from jaxtyping import install_import_hook

# an int is a float here, as for every type checker (PEP 484)
install_import_hook("helpers", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")

# the same examples in every run: a failure that CI finds is found again here
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")
