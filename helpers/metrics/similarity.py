"""How similar two vectors are: curves, filters, columns of weights. The last axis is compared, the others broadcast."""

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional


def cosine(a: Float[Tensor, "*#rest point"], b: Float[Tensor, "*#rest point"]) -> Float[Tensor, "*rest"]:
    """Cosine of the angle between two vectors, -1 to 1; 0 if one of them is zero."""
    return (functional.normalize(a, dim=-1) * functional.normalize(b, dim=-1)).sum(-1)


def correlation(a: Float[Tensor, "*#rest point"], b: Float[Tensor, "*#rest point"]) -> Float[Tensor, "*rest"]:
    """Pearson correlation of two vectors, -1 to 1; 0 if one of them is constant."""
    return cosine(_centred(a), _centred(b))


def aligned_correlation(
    a: Float[Tensor, "*#rest point"], b: Float[Tensor, "*#rest point"], *, reach: int
) -> Float[Tensor, "*rest"]:
    """The largest correlation of two curves when one is shifted by up to ``reach`` points in either direction.

    Only those points are compared that both curves have for every shift.
    """
    inner = a[..., reach : a.shape[-1] - reach].unsqueeze(-2)
    moved = b.unfold(-1, b.shape[-1] - 2 * reach, 1)  # (..., move, point)
    return correlation(inner, moved).amax(-1)


def _centred(a: Float[Tensor, "*rest point"]) -> Float[Tensor, "*rest point"]:
    constant = (a == a[..., :1]).all(-1, keepdim=True)  # rounding may move the mean of a constant
    return (a - a.mean(-1, keepdim=True)).masked_fill(constant, 0)
