"""Tests of the worker: `python3 -m unittest discover workers/torch`, with PyTorch or without."""
