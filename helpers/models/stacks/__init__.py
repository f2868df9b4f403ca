"""Networks side by side, one per seed, in one stack of tensors."""
