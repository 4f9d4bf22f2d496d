"""How the shipped H200 data was measured: co-location points, kernels, hardware queues, and checks of the worker."""
