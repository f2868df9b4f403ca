"""The sizes of the clusters that the study prints for each set of kernels (section 7.2, tables 5 to 17)."""

from __future__ import annotations

SIZES: dict[str, tuple[int, ...]] = {
    "mixed3a 3×3": (55, 5, 12, 9, 33, 14),
    "mixed3a 5×5": (3, 20, 8, 1),
    "mixed3b 3×3": (149, 2, 16, 7, 18),
    "mixed3b 5×5": (85, 3, 3, 5),
    "mixed4a 3×3": (80, 2, 122),
    "mixed4a 5×5": (12, 27, 9),
    "mixed4b 3×3": (28, 134, 27, 35),
    "mixed4b 5×5": (3, 39, 3, 9, 10),
    "mixed4c 3×3": (83, 6, 34, 133),
    "mixed4c 5×5": (26, 2, 36),
    "mixed4d 3×3": (89, 7, 86, 106),
    "mixed4d 5×5": (34, 4, 23, 3),
    "mixed4e 3×3": (58, 5, 123, 134),
    "mixed4e 5×5": (52, 22, 19, 12, 23),
    "mixed5a 3×3": (210, 2, 1, 107),
    "mixed5a 5×5": (51, 62, 15),
    "mixed5b 3×3": (317, 6, 27, 34),
    "mixed5b 5×5": (46, 40, 42),
}
