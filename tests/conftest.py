"""What every test starts from: one backend unless the caller names one, and a cache of its own."""

import os
import tempfile

os.environ.setdefault("KERAS_BACKEND", "jax")
os.environ["MODELSPEC_CACHE"] = tempfile.mkdtemp(prefix="modelspec-tests-")
