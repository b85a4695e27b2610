"""Raw random words by position: Philox 4x64-10 of Random123, the one stream that NumPy keeps for good."""

from __future__ import annotations

import numpy as np

from modelspec.weights.keys import Key

WORDS_A_COUNT = 4
"""Words that one value of the counter gives."""


def stream(key: Key, start: int) -> np.random.Philox:
    """The stream of a key from a position on; its `random_raw` gives 64-bit words.

    Word `i` is word `i % 4` of Philox 4x64-10 at the counter `i // 4 + 1` (NumPy counts before it draws).
    Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011.

    Args:
        key: the key.
        start: the position of the first word, a multiple of 4.
    """
    if start % WORDS_A_COUNT:
        raise ValueError(f"no stream begins at word {start}")
    return np.random.Philox(key=np.array(key, np.uint64), counter=start // WORDS_A_COUNT)
