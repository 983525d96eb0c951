"""Any loss of `scarce.losses` on JAX arrays: its value, and what its outputs stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import jax
import jax.numpy as jnp
import numpy as np

from scarce.arrays import binary_losses
from scarce.arrays.class_losses import losses_of_labels, losses_of_mass
from scarce.arrays.input_checks import changed, check_unused, row_weights, spread
from scarce.errors import ScarceError
from scarce.jax.jax_library import LIBRARY
from scarce.jax.traced import is_traced, stand_ins, with_traced
from scarce.losses import SigmoidLoss, SoftmaxLoss, binary_algebra, class_algebra, get
from scarce.losses.formulas import unbounded
from scarce.losses.inputs import can_hold

if TYPE_CHECKING:
    from jax.typing import ArrayLike
    from numpy.typing import ArrayLike as NumPyArrayLike

    from scarce.losses import Loss
    from scarce.losses.modulation import Kind

INSTEAD = {"background": "only the mean over positives knows a background, and the functions are unreduced"}


def value(
    loss: Loss,
    logits: ArrayLike,
    labels: ArrayLike,
    *,
    sample_weight: ArrayLike | None = None,
    where: ArrayLike | None = None,
) -> jax.Array:
    """Return the loss of every element (sigmoid) or row (softmax), unreduced.

    ``s w_y phi(p_y)``, with its derivatives by closed form: finite up to logits of 1e4 in every type, under
    ``jit``, ``vmap``, ``grad`` and ``hessian``.

    *Domain*: any logits; half precision is computed in single. An infinite logit of a sigmoid gives the
    limit. In a softmax a class at minus infinity is impossible: its loss is infinite where it is the target,
    and elsewhere it is as if absent; plus infinity gives NaN. *Link*: `posterior`.

    Parameters
    ----------
    loss : SigmoidLoss or SoftmaxLoss
        With class counts where it needs them, and with ``reduction="none"``, the default.
    logits : array, shape (...,) for a sigmoid, with the classes on ``loss.axis`` for a softmax
        Raw outputs.
    labels : array
        For a sigmoid 0 and 1, or probabilities, in the logits' shape. For a softmax class indices in the
        logits' shape without the class axis, or one-hot or soft targets in the logits' shape.
        ``loss.ignore_index`` speaks of indices, never of one-hot or soft targets.
    sample_weight : array, optional
        One weight a row, or one an element, finite and at least 0.
    where : array of bool, optional
        What counts, in the shape of a weight; the rest costs 0 whatever its logits, NaN included.

    Returns
    -------
    array
        In the logits' shape, for a softmax without the class axis; in single precision at least.

    Raises
    ------
    ScarceError
        E505, E515, E516 or E527 if shapes do not fit; E507 while class counts are missing; E571 if the loss
        reduces, and E576 if it has a background, which only a mean knows.

    Notes
    -----
    While JAX traces, values are unknown, so that these give NaN for their row and not an error: a label that
    is not a class, a target outside [0, 1] or masses that do not sum to 1 by more than rounding (.01), and a
    sample weight that is negative, NaN or infinite.

    Examples
    --------
    >>> from scarce.losses import get
    >>> loss = get("focal", kind="softmax", gamma=2.0, class_weight=[0.5, 2.0])
    >>> value(loss, jnp.zeros((2, 2)), jnp.array([0, 1])).round(4)
    Array([0.0866, 0.3466], dtype=float32)
    """
    return _value_with({}, loss, logits, labels, sample_weight, where)


def value_of_name(
    name: str,
    kind: Kind,
    logits: ArrayLike,
    labels: ArrayLike,
    sample_weight: ArrayLike | None,
    where: ArrayLike | None,
    **settings: Any,
) -> jax.Array:
    """Return `value` of a loss of the catalogue, with settings of which JAX may trace some."""
    check_unused(f"{kind}_{name}", settings, INSTEAD)
    traced = {key: given for key, given in settings.items() if is_traced(given)}
    loss = get(name, kind=kind, **settings | stand_ins(name, kind, traced))
    return _value_with(traced, loss, logits, labels, sample_weight, where)


def _value_with(
    traced: dict[str, Any],
    loss: Loss,
    logits: ArrayLike,
    labels: ArrayLike,
    sample_weight: ArrayLike | None,
    where: ArrayLike | None,
) -> jax.Array:
    if loss.reduction != "none":
        raise ScarceError("E571", reduction=loss.reduction)
    check_unused("scarce.jax", changed(loss), INSTEAD)
    given, target = jnp.asarray(logits), _indices(labels)
    known, weight = with_traced(loss, traced, _computed(given).dtype)
    weight = None if weight is None else row_weights(LIBRARY, weight)
    of = _of_rows if isinstance(loss, SoftmaxLoss) else _of_elements
    losses, valid = of(known, given, target, where, weight)
    if sample_weight is not None:
        by_row = row_weights(LIBRARY, jnp.asarray(sample_weight).astype(losses.dtype))
        by_row = spread(LIBRARY, by_row, losses.shape, "sample_weight")
        losses = losses * (by_row if valid is None else jnp.where(valid, by_row, 0.0))
    losses = unbounded(LIBRARY, losses)
    return losses if valid is None else jnp.where(valid, losses, 0.0)


def posterior(loss: Loss, logits: ArrayLike) -> jax.Array:
    """Return the probabilities that raw outputs of a trained model stand for.

    ``eta_k`` proportional to ``p_k / (w_k a(p_k))``; label smoothing is undone.

    Parameters
    ----------
    loss : SigmoidLoss or SoftmaxLoss
        That the model was trained with.
    logits : array
        As in `value`.

    Returns
    -------
    array
        In the logits' shape, in single precision at least.

    Raises
    ------
    ScarceError
        E513 if the loss has no posterior.

    Notes
    -----
    For inference: its derivative is not given by a closed form and may be NaN where the model is certain.

    Examples
    --------
    >>> from scarce.losses import get
    >>> posterior(get("focal", gamma=2.0), jnp.array([-2.545])).round(4)
    Array([0.001], dtype=float32)
    """
    if isinstance(loss, SigmoidLoss):
        return binary_algebra.probability(LIBRARY, log_odds(loss, logits))
    loss.check_posterior()
    z = jnp.moveaxis(_computed(logits), loss.axis, -1)
    rows = z.reshape(-1, z.shape[-1])
    share = class_algebra.posterior(LIBRARY, loss, loss.numbers.beside(LIBRARY, rows), rows)
    return jnp.moveaxis(share.reshape(z.shape), -1, loss.axis)


def log_odds(loss: SigmoidLoss, logits: ArrayLike) -> jax.Array:
    """Return the log-odds of a sigmoid loss's posterior, which do not saturate.

    Parameters
    ----------
    loss : SigmoidLoss
        That the model was trained with.
    logits : array
        Any shape.

    Returns
    -------
    array
        In the logits' shape.

    Examples
    --------
    >>> from scarce.losses import get
    >>> log_odds(get("focal", gamma=2.0), jnp.array([40.0])).round(1)
    Array([118.9], dtype=float32)
    """
    loss.check_posterior()
    z = _computed(logits)
    return binary_algebra.log_odds(LIBRARY, loss, loss.numbers.beside(LIBRARY, z), z)


def base_score(loss: Loss, prior: NumPyArrayLike) -> jax.Array:
    """Return the constant logits whose posterior is the prior: what to set the last bias to.

    Parameters
    ----------
    loss : SigmoidLoss or SoftmaxLoss
        That the model is to be trained with.
    prior : array_like
        The positive class's frequency; for a softmax one frequency a class. Known when tracing.

    Returns
    -------
    array
        In the prior's shape.

    Examples
    --------
    >>> from scarce.losses import get
    >>> print(f"{base_score(get('focal', gamma=2.0), 0.01):.3f}")
    -1.706
    """
    return jnp.asarray(loss.base_score(prior))


def _of_elements(
    loss: SigmoidLoss, logits: jax.Array, target: jax.Array, where: ArrayLike | None, weight: jax.Array | None
) -> tuple[jax.Array, jax.Array | None]:
    """Return the losses and what counts, which is None where all does."""
    if logits.shape != target.shape:
        suggestion = "pass one target an element, in the shape of the logits"
        raise ScarceError("E505", logits=logits.shape, target=target.shape, suggestion=suggestion)
    valid = _valid(logits.shape, target, where, loss.ignore_index)
    if valid is not None:
        logits, target = jnp.where(valid, logits, 0.0), jnp.where(valid, target, jnp.zeros_like(target))
    z = _computed(logits)
    numbers = binary_losses.numbers_beside(LIBRARY, loss.numbers, z)
    if weight is None:
        return binary_losses.losses(LIBRARY, loss, numbers, z, target), valid
    negative, positive = (  # a rule's own weights cannot be traced, and the loss is linear in them
        binary_losses.losses(LIBRARY, loss, numbers._replace(class_weight=side), z, target)
        for side in np.eye(2)
    )
    return weight[..., 0] * negative + weight[..., 1] * positive, valid


def _of_rows(
    loss: SoftmaxLoss, logits: jax.Array, target: jax.Array, where: ArrayLike | None, weight: jax.Array | None
) -> tuple[jax.Array, jax.Array | None]:
    """Return the losses and what counts, which is None where all does."""
    axis = loss.axis
    if not -logits.ndim <= axis < logits.ndim:
        raise ScarceError("E516", shape=logits.shape)
    z = jnp.moveaxis(logits, axis, -1)
    rows, n_classes = z.shape[:-1], z.shape[-1]
    hard = target.ndim < logits.ndim and LIBRARY.is_whole(target)
    if target.shape != (rows if hard else logits.shape):
        suggestion = f"pass whole numbers without the class axis {axis}, or soft targets in the logits' shape"
        raise ScarceError("E505", logits=logits.shape, target=target.shape, suggestion=suggestion)
    valid = _valid(rows, target if hard else None, where, loss.ignore_index)
    if valid is not None:
        z = jnp.where(valid[..., None], z, 0.0)
    z = _computed(z).reshape(-1, n_classes)
    numbers = loss.numbers if weight is None else loss.numbers._replace(class_weight=weight)
    numbers = numbers.beside(LIBRARY, z)
    if hard:
        labels = target if valid is None else jnp.where(valid, target, jnp.zeros_like(target))
        losses = losses_of_labels(LIBRARY, loss, numbers, z, labels.reshape(-1))
    else:
        mass = jnp.moveaxis(target, axis, -1).reshape(-1, n_classes)
        losses = losses_of_mass(LIBRARY, loss, numbers, z, mass.astype(z.dtype))
    return losses.reshape(rows), valid


def _valid(
    shape: tuple[int, ...], target: jax.Array | None, where: ArrayLike | None, ignore_index: Any
) -> jax.Array | None:
    """Return what counts, or None where all does."""
    valid = None
    if where is not None:
        asked = spread(LIBRARY, jnp.asarray(where, dtype=bool), shape, "where")
        valid = jnp.broadcast_to(asked, shape)
    if ignore_index is None or target is None:
        return valid
    if LIBRARY.is_whole(target):
        if not can_hold(ignore_index, *LIBRARY.bounds(target)):
            return valid
        ignore_index = np.asarray(ignore_index, target.dtype)
    counts = target != ignore_index
    return counts if valid is None else valid & counts


def _indices(labels: ArrayLike) -> jax.Array:
    """Return labels as an array; wide whole numbers that JAX would wrap around end where its type does."""
    if isinstance(labels, np.ndarray | np.generic) and labels.dtype.kind in "iu":
        limits = np.iinfo(jax.dtypes.canonicalize_dtype(labels.dtype))
        labels = np.clip(labels, limits.min, limits.max)
    return jnp.asarray(labels)


def _computed(logits: ArrayLike) -> jax.Array:
    """Return the logits in the type to compute in: single, or double where they are doubles."""
    given = jnp.asarray(logits)
    return given.astype(jnp.promote_types(given.dtype, jnp.float32))
