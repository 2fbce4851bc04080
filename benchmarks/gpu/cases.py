"""The cases that are measured on a GPU, of `benchmarks.speed.cases`, and each side's ways to do them, of which the
fastest counts."""

ALONE, COMPILED, REDUCED = {}, {"compile": True}, {"compile": "reduce-overhead"}
GRAPH, BOTH = {"graph": True}, {"compile": True, "graph": True}
TUNED = {"compile": "max-autotune-no-cudagraphs", "graph": True}  # takes minutes
LAST = {"channels_last": True}

THEIRS = {
    "vgg": tuple({**LAST, **way} for way in (ALONE, COMPILED, BOTH)),
    "bilstm": (ALONE, GRAPH),
    "transformer": (ALONE, COMPILED, BOTH),
    "gpt": (ALONE, COMPILED, BOTH, TUNED),
    "deepfm": (ALONE, COMPILED),
    "ctc": (ALONE, LAST),
    "decoding": (ALONE, COMPILED, REDUCED),
}
MANY = {"steps": 16}
CUDNN, FIT = {**MANY, "cudnn": True}, {**MANY, "fit": True}
OURS = {case: (MANY,) for case in THEIRS} | {"bilstm": (MANY, CUDNN, ALONE, FIT), "ctc": (MANY, CUDNN),
                                            "deepfm": (MANY, ALONE, FIT), "decoding": (ALONE,)}
LARGER = 16  # times the batch, beside the batch itself
