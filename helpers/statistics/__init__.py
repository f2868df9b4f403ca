"""How certain a number is: intervals, permutation tests, probabilities by simulation."""
