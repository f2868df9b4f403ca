"""The comparison is only worth its numbers if all ways do the same work; their speed is not judged here."""

import os
import subprocess
import sys

import pytest

CODE = """
import torch
torch.set_num_threads(1)
from benchmarks.training_stack import Problem, compare
problem = Problem(sizes=(100, 12, 60), seeds=(0, 3), epochs=2, signals=60, batch_size=20)
result = compare(problem, repetitions=1, devices=2)
assert problem.operations == (2 * 20 * (100 * 12 + 12 * 60) * 3 - 2 * 20 * 100 * 12) * 6 * 2
print(*sorted(name for name, seconds in result["seconds"].items() if len(seconds) == 1), sep="; ")
"""


@pytest.mark.slow
def test_all_ways_end_with_the_same_weights():
    """``compare`` raises unless they do. In a process of its own: XLA reads its flags once."""
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=2"}
    ran = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, env=environment)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "jax; jax, sharded; loop; stack; vmap"
