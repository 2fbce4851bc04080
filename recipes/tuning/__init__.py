"""The search for better settings of a recipe: keras-tuner over whole recipes, so that a trial is a training as `run`
does it, without the test part. Importing this package imports no Keras."""
