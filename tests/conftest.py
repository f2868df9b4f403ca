"""Shape annotations of helpers are checked while the tests run; users pay nothing for them."""

from jaxtyping import install_import_hook

# an int is a float here, as for every type checker (PEP 484)
install_import_hook("helpers", "beartype.beartype(conf=beartype.BeartypeConf(is_pep484_tower=True))")
