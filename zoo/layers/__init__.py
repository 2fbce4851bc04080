"""Layers that Keras lacks, in portable `keras.ops`; TensorFlow kernels stand behind a check of the backend."""
