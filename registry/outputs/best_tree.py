"""The best tree for joint scores of arcs and relations, in the graph.

Shapes: B batch, T words, R relations, H heads (the root and T words).
"""
import functools

from registry.outputs import trees


def at(scores, heads):
    """Return the scores of all relations (B, T, R) at one head of each word, for scores (B, T, R, H), heads (B, T)."""
    from keras import ops

    chosen = ops.expand_dims(ops.expand_dims(heads, 2) == ops.arange(ops.shape(scores)[3]), 2)
    return ops.sum(ops.where(chosen, scores, 0.0), axis=3)


@functools.lru_cache
def finder(relations, projective):
    """Return the function from scores (B, T, R, H) and what is real (B, T) to heads int32, numbers of relations int32
    and the probabilities of both together, (B, T) each; one graph for all shapes, made once for each pair of arguments.

    Args:
        relations: the R names.
        projective: find the best tree without crossing arcs (Eisner) rather than the best of all (Chu-Liu-Edmonds).
    """
    import tensorflow as tf

    from zoo.layers import projective as eisner
    from zoo.layers import spanning

    find = eisner.projective_tree if projective else spanning.maximum_spanning_tree

    def best(scores, real):
        heads = find(tf.reduce_logsumexp(scores, 2), tf.reduce_sum(tf.cast(real, tf.int32), 1))
        at_head = at(scores, heads)  # (B, T, R)
        if trees.ROOT in relations:  # of the root and of nothing else
            is_root = tf.constant([name == trees.ROOT for name in relations])
            at_head = tf.where(is_root == (heads == 0)[..., None], at_head, -1e9)
        sure = tf.exp(tf.reduce_max(at_head, -1) - tf.reduce_logsumexp(scores, (2, 3)))
        return heads, tf.argmax(at_head, -1, output_type=tf.int32), sure

    specs = [tf.TensorSpec((None, None, len(relations), None)), tf.TensorSpec((None, None), tf.bool)]
    return tf.function(best, input_signature=specs)
