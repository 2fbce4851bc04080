"""How written texts are judged: BLEU and chrF as sacrebleu computes them (Papineni et al. 2002,
https://aclanthology.org/P02-1040; Popović 2015, https://aclanthology.org/W15-3049; Post 2018,
https://aclanthology.org/W18-6319), and word and phone error rates as SIGMORPHON's shared tasks do.

A metric is a function of counts summed over texts. Shapes: N texts, C counts.
"""
METRICS = {"translation": ("bleu", "chrf"), "pronunciation": ("wer", "per"), "speech": ("wer", "cer", "string_error")}
BLEU_COUNTS = 10  # length of answer and truth, then n-grams right and in all for n of 1 to 4


def counts(judged_as, answers, truth, tokenize):
    """Return the counts (N, C) of N answers against N true texts."""
    import numpy as np

    if judged_as == "speech":
        return spoken_counts(answers, truth)
    if judged_as == "translation":
        columns = [metric._extract_corpus_statistics(answers, [truth]) for metric in measures(tokenize)]
        return np.concatenate([np.asarray(column, "float32") for column in columns], 1)
    rows = []
    for answer, true in zip(answers, truth):
        said, wanted = answer.split(), true.split()
        rows.append((said != wanted, edits(said, wanted), len(wanted)))
    return np.array(rows, "float32").reshape(-1, 3)


def scores_of(judged_as, sums, n, tokenize):
    """Return metric → value for summed counts (…, C) over n texts: BLEU and chrF from 0 to 100, error rates from 0."""
    import numpy as np

    if judged_as == "speech":
        return spoken_scores(sums, n)
    if judged_as == "pronunciation":
        return {"wer": sums[..., 0] / n, "per": sums[..., 1] / np.maximum(sums[..., 2], 1)}
    rows = np.round(np.asarray(sums, "float64")).astype("int64").reshape(-1, np.shape(sums)[-1])
    bleu, chrf = measures(tokenize)
    values = [[metric._compute_score_from_stats(part.tolist()).score for part in parts]
              for metric, parts in ((bleu, rows[:, :BLEU_COUNTS]), (chrf, rows[:, BLEU_COUNTS:]))]
    return {name: np.reshape(value, np.shape(sums)[:-1]) for name, value in zip(METRICS[judged_as], values)}


def spoken_counts(answers, truth):
    """Return the counts (N, 5) of N answers against N true texts: edits of words, words, edits of characters,
    characters, and 1 where anything is wrong."""
    import jiwer
    import numpy as np

    def of_characters(answer, true):
        found = jiwer.process_characters(true, answer)
        return found.substitutions + found.insertions + found.deletions

    rows = [(edits(a.split(), t.split()), len(t.split()), of_characters(a, t), len(t), a != t)
            for a, t in zip(answers, truth)]
    return np.array(rows, "float32").reshape(-1, 5)


def spoken_scores(sums, n):
    """Return metric → value for summed counts (…, 5) over n texts: word and character error rate, and the share of
    texts that are not right from first to last."""
    import numpy as np

    return {"wer": sums[..., 0] / np.maximum(sums[..., 1], 1), "cer": sums[..., 2] / np.maximum(sums[..., 3], 1),
            "string_error": sums[..., 4] / n}


def measures(tokenize):
    """Return sacrebleu's BLEU and chrF."""
    from sacrebleu.metrics import BLEU, CHRF

    return BLEU(tokenize=tokenize), CHRF()


def signatures(judged_as, tokenize):
    """Return metric → how it was computed, as sacrebleu signs it; of error rates in words."""
    if judged_as == "pronunciation":
        return {"wer": "share of words whose phones are not all right", "per": "edits of phones / phones of the truth"}
    if judged_as == "speech":
        return {"wer": "edits of words / words of the truth", "cer": "edits of characters / characters of the truth"}
    for metric in (found := measures(tokenize)):
        metric.corpus_score(["a"], [["a"]])  # a signature needs references
    return {name: str(metric.get_signature()) for name, metric in zip(METRICS[judged_as], found)}


def edits(answer, truth):
    """Return how many words (each a list) must be put in, left out or replaced, as jiwer counts them."""
    import jiwer

    found = jiwer.process_words(" ".join(truth), " ".join(answer))
    return found.substitutions + found.insertions + found.deletions
