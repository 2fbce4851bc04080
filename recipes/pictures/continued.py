"""Texts that a language model wrote, behind the beginnings that it was given."""

from recipes.pictures.markup import block, escape


def pictures(run):
    """Return none: texts are read."""
    return []


def section(run, shown):
    """Return each text, what was given in bold."""
    texts = "".join(one(x) for x in run.evidence.get("continued") or [])
    lead = "Bold: the beginning of a test text. Behind it: what the model drew, one after the other."
    return block("continued", "What it writes", texts, lead=lead) if texts else ""


def one(found):
    """Return one text as HTML."""
    given, text = found["given"], found["text"]
    rest = text[len(given) :] if text.startswith(given) else text
    return f'<pre class="written"><strong>{escape(given)}</strong>{escape(rest)}</pre>\n'
