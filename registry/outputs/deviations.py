"""Errors of numbers, and intervals found on errors. Shapes: N examples, H steps, C columns."""


def sums(truth, answers):
    """Return what the metrics sum over examples, (N, 4 + 3C): 1, squared and absolute error, absolute error of the last
    step, all means over steps and columns; then of each column the squared error, the truth and its square.

    Args:
        truth, answers: (N, C) or (N, H, C).
    """
    import numpy as np

    n, columns = len(truth), truth.shape[-1]
    truth, answers = (np.asarray(x, "float64").reshape(n, -1, columns) for x in (truth, answers))
    error = answers - truth
    square = np.square(error).mean(1)
    whole = [np.ones(n), square.mean(1), abs(error).mean((1, 2)), abs(error[:, -1]).mean(1)]
    return np.concatenate([np.stack(whole, 1), square, truth.mean(1), np.square(truth).mean(1)], 1)


def scores(sums, columns):
    """Return metric → value for summed counts (…, 4 + 3C): `mse`, `mae`, `rmse`, `mae_last`, and `r2`, the share of the
    variance that is explained, a mean over columns."""
    import numpy as np

    n = np.maximum(sums[..., 0], 1e-9)
    error, total, square = np.split(sums[..., 4:] / n[..., None], 3, -1)
    variance = np.maximum(square - total**2, 1e-12)
    return {"mse": sums[..., 1] / n, "mae": sums[..., 2] / n, "rmse": np.sqrt(sums[..., 1] / n),
            "mae_last": sums[..., 3] / n, "r2": (1 - error / variance).mean(-1)}


def conformal(errors, cover):
    """Return for each step and column, in one row, the size that a share `cover` of the errors does not exceed; one
    error more than there are counts as the largest, which makes the share hold for exchangeable examples.

    Args:
        errors: (N, …).
        cover: between 0 and 1.
    """
    import numpy as np

    sizes = np.sort(abs(np.asarray(errors, "float64")).reshape(len(errors), -1), axis=0)
    place = min(int(np.ceil((len(sizes) + 1) * cover)), len(sizes)) - 1
    return tuple(sizes[max(place, 0)].round(6).tolist())
