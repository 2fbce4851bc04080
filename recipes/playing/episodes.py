"""Whole games. Shapes: N players, H height, W width, C channels."""


def played(choose, players, longest):
    """Play one game with each player and return the returns, not discounted, and the lengths in steps, (N,) each.

    Every game counts, however long: who has finished waits for the others, so that short games are not preferred.

    Args:
        choose: function from screens (N, H, W, C) to actions (N,).
        players: at the beginning of their games; see `recipes.playing`.
        longest: a game that lasts longer counts as it stands then.
    """
    import numpy as np

    n = len(players.screens)
    returns, lengths, going = np.zeros(n), np.zeros(n, int), np.ones(n, bool)
    for _ in range(longest):
        step = players.step(choose(players.screens))
        returns += step.rewards * going
        lengths += going
        going &= ~(step.ended | step.cut)
        if not going.any():
            break
    return returns, lengths


def watched(choose, players, longest, games=1):
    """Return what one player sees in some games, [(screen (H, W, C), return so far), …], of at most so many steps.

    Args:
        choose: as in `played`.
        players: one, at the beginning of a game.
        longest: in steps, of all games together.
        games: how many are watched.
    """
    seen, total = [], 0.0
    for _ in range(longest):
        screens = players.screens
        seen.append((screens[0].copy(), total))
        step = players.step(choose(screens))
        total += float(step.rewards[0])
        if step.ended[0] or step.cut[0]:
            games -= 1
            if not games:
                break
    return seen
