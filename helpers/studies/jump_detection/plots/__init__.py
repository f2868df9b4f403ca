"""Figures of the jump detection study: signals, filters, small networks layer by layer."""
