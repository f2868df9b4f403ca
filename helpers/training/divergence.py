"""A training whose loss is no longer a finite number: one sentence that says where, and what helps."""


class TrainingDiverged(RuntimeError):
    """A loss that is no longer a finite number."""
