"""The zoo: one file, one architecture, one function from features to features.

Every file has `SIZES` (named settings; `tiny` is for tests), `body(x, *, …)` on Keras tensors and `space(hp)`, the
keras-tuner search space over the arguments of `body`. `TAKES` and `GIVES` name the rank of the features: "vector"
(B, D), "grid" (B, H, W, C), "sequence" (B, T, D), "ids" (B, T, F) or "any". `POOL` says how a grid or a sequence
becomes one vector where one answer is wanted, `HANDMADE` whether the architecture reads hand-made features, and `FITS`
and `AVOID` when to choose it. The zoo knows Keras only: no domains, no data, no training.
"""
